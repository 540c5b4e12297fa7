/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int plan(fa_allocator *a)
{
    for (int scale = 1; scale <= 8; scale *= 2) {
        FA_SPECULATIVE(a, attempt) {
            int *cells = fa_frame_new(a, int, (size_t)(64 / scale));
            if (cells == NULL)
                continue;
            cells[0] = scale;
            if (scale > 2)
                return fa_speculation_keep(&attempt) == FA_OK;
        }
    }
    return 0;
}
