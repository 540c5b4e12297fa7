/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void draw(fa_allocator *a)
{
    FA_FRAME(a) {
        float *depths = fa_frame_new(a, float, 100);
        if (depths != NULL)
            depths[0] = 1;
    }
}
