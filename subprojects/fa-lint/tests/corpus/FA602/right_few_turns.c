/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void warm(fa_allocator *a)
{
    for (int i = 0; i < 16; i++) {
        void *block = fa_pool_alloc(a, (size_t)8 << i % 8, 16);
        fa_release(a, block);
    }
}
