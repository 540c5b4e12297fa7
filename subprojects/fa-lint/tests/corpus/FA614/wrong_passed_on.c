/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

void print_and_drop(fa_allocator *a)
{
    char *line = fa_heap_alloc(a, 100, 16);
    if (line == NULL)
        return;
    line[0] = 0;
    fa_release(a, line);
    printf("%s\n", line); // expect: FA614
}
