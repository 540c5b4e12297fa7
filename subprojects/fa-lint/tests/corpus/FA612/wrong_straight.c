/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void twice(fa_allocator *a)
{
    void *block = fa_pool_alloc(a, 32, 16);
    fa_release(a, block);
    fa_release(a, block); // expect: FA612
}
