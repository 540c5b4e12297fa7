/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_SUSPENDS void yield_until(int event);

int twice(fa_allocator *a)
{
    int *values = fa_frame_new_zeroed(a, int, 4), sum = 0;
    if (values != NULL)
        sum += values[0];
    yield_until(1);
    values = fa_frame_new_zeroed(a, int, 4);
    if (values != NULL)
        sum += values[0];
    return sum;
}
