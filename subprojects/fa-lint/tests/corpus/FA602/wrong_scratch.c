/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

unsigned hash_all(fa_allocator *a, const unsigned *words)
{
    unsigned sum = 0;
    for (int i = 0; i < 100000; ++i) {
        unsigned *copy = fa_scratch_alloc(a, sizeof *copy, 16); // expect: FA602
        if (copy == NULL)
            break;
        *copy = words[i];
        sum = sum * 31 + *copy;
    }
    fa_scratch_reset(a);
    return sum;
}
