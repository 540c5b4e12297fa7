/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct cell {
    int value;
};

static void drop(fa_allocator *a, struct cell *cell)
{
    if (cell != NULL)
        fa_release(a, cell);
}

int count(fa_allocator *a)
{
    int sum = 0;
    int i = 0;
    do {
        struct cell *cell = fa_pool_new(a, struct cell); // expect: FA602
        if (cell != NULL)
            sum += cell->value = i;
        drop(a, cell);
        i++;
    } while (i < 5000);
    return sum;
}
