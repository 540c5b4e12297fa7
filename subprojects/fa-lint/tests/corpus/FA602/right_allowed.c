/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void fuzz(fa_allocator *a)
{
    for (int i = 0; i < 100000; i++) {
        void *block = fa_pool_alloc(a, 24, 16); // fa-lint: allow(FA602)
        fa_release(a, block);
    }
}

FA_LINT_ALLOW("FA602", "this is what is measured") void measure(fa_allocator *a)
{
    for (int i = 0; i < 100000; i++) {
        void *block = fa_heap_alloc(a, 24, 16);
        fa_release(a, block);
    }
}
