/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void fill(fa_allocator *a, void **blocks, int count)
{
    for (int i = 0; i < count; i++)
        blocks[i] = fa_pool_alloc(a, 64, 16);
}
