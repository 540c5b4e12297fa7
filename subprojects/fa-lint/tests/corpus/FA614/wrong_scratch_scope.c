/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

/* Scopes within scopes: what the inner one took is gone, what was there before stays. */
int mean(fa_allocator *a, int count);
int mean(fa_allocator *a, int count)
{
    int *inner = NULL, result = 0;
    FA_SCRATCH_SCOPE (a) {
        int *outer = fa_scratch_alloc(a, 64, 16);
        if (outer == NULL)
            return -1;
        outer[0] = count;
        FA_SCRATCH_SCOPE (a) {
            inner = fa_scratch_alloc(a, 64, 16);
            if (inner != NULL)
                inner[0] = outer[0];
        }
        result = outer[0];
        if (inner != NULL)
            result += inner[0]; // expect: FA614
    }
    return result;
}
