/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

struct line {
    struct line *next;
};

struct line *read_some(fa_allocator *a, FILE *file, int most)
{
    struct line *first = NULL;
    char text[100];
    int count = 0;
    while (fgets(text, sizeof text, file) != NULL) {
        if (++count > most)
            break;
        struct line *line = fa_pool_new(a, struct line);
        if (line == NULL)
            break;
        line->next = first;
        first = line;
    }
    return first;
}
