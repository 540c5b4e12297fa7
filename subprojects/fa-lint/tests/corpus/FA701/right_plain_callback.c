/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

typedef int (*visitor)(fa_allocator *a, int item);

static int visit(fa_allocator *a, int item)
{
    int *copy = fa_frame_new(a, int, 1);
    return copy != NULL ? *copy = item : 0;
}

int each(fa_allocator *a, visitor visitor, int count)
{
    int sum = 0;
    for (int i = 0; i < count; i++)
        sum += visitor(a, i);
    return sum;
}

int all(fa_allocator *a)
{
    return each(a, visit, 10);
}
