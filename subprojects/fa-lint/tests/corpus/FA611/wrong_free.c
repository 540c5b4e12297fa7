/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdlib.h>

void log_line(fa_allocator *a, int n)
{
    char *line = fa_pool_alloc(a, 64, 16);
    if (line == NULL)
        return;
    line[0] = (char)n;
    free(line); // expect: FA611
}
