/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void *work(fa_allocator *a)
{
    return fa_pool_alloc(a, 16, 16);
}
