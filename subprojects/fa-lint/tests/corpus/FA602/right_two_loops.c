/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void transform(fa_allocator *a, int rows, int columns)
{
    for (int r = 0; r < rows; r++) {
        double *row = fa_heap_alloc_array(a, (size_t)columns, sizeof *row, 16);
        if (row == NULL)
            return;
        for (int c = 0; c < columns; c++)
            row[c] = c;
        fa_release(a, row);
    }
}
