/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_SUSPENDS void yield_until(int event);

int wait_and_sum(fa_allocator *a)
{
    int *values = fa_pool_alloc(a, 16, 16);
    if (values == NULL)
        return 0;
    values[0] = 3;
    yield_until(7);
    int sum = values[0];
    fa_release(a, values);
    return sum;
}
