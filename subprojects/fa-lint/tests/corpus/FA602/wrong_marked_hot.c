/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_HOT void on_particle(fa_allocator *a, int n);

void on_particle(fa_allocator *a, int n)
{
    while (n-- > 0) {
        void *note = fa_pool_alloc(a, 32, 16); // expect: FA602
        if (note == NULL)
            break;
        fa_release(a, note);
    }
}
