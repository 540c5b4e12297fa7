/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int forget(fa_allocator *a, void **last)
{
    void *block = fa_pool_alloc(a, 16, 16);
    fa_release(a, block);
    if (*last == block)
        *last = NULL;
    return *last == NULL;
}
