/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int reuse(fa_allocator *a)
{
    int sum = 0;
    int *block = fa_pool_alloc(a, 16, 16);
    fa_release(a, block);
    block = fa_pool_alloc(a, 16, 16);
    if (block != NULL)
        sum = *block = 4;
    fa_release(a, block);
    return sum;
}
