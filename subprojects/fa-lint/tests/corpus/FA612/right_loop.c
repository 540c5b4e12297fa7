/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void churn(fa_allocator *a, int n)
{
    void *previous = NULL;
    for (int i = 0; i < n; i++) {
        void *block = fa_pool_alloc(a, 16, 16);
        if (previous != NULL)
            fa_release(a, previous);
        previous = block;
    }
    fa_release(a, previous);
}
