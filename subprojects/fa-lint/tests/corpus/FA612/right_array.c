/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void free_all(fa_allocator *a, int count)
{
    void *blocks[64];
    if (count > 64)
        count = 64;
    for (int i = 0; i < count; i++)
        blocks[i] = fa_pool_alloc(a, 16, 16);
    for (int i = 0; i < count; i++)
        fa_release(a, blocks[i]);
}
