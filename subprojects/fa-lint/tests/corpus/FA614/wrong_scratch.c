/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int measure(fa_allocator *a)
{
    int *sums = fa_scratch_alloc(a, 64, 16);
    if (sums == NULL)
        return 0;
    sums[0] = 1;
    fa_scratch_reset(a);
    return sums[0]; // expect: FA614
}
