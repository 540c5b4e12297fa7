/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_SUSPENDS void yield_until(int event);

int wait_and_sum(fa_allocator *a)
{
    int *values = fa_frame_new_zeroed(a, int, 4);
    if (values == NULL)
        return 0;
    values[0] = 3;
    yield_until(7);
    return values[0]; // expect: FA702
}
