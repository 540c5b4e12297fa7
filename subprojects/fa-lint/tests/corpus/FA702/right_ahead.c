/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_SUSPENDS void next_frame(void);

int wait_and_sum(fa_allocator *a)
{
    int *values = fa_frame_alloc_ahead(a, 1, 16, 16);
    if (values == NULL)
        return 0;
    values[0] = 3;
    next_frame();
    return values[0];
}
