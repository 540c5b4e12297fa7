/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int *neighbours(fa_allocator *a, int cell)
{
    int *cells = fa_frame_new(a, int, 4);
    for (int i = 0; i < 4 && cells != NULL; i++)
        cells[i] = cell + i;
    return cells;
}

int visit(fa_allocator *a, int depth)
{
    int *cells = depth > 0 ? neighbours(a, depth) : NULL;
    return cells != NULL ? cells[0] + visit(a, depth - 1) : 0;
}
