/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

struct line {
    struct line *next;
    char text[100];
};

struct line *read_all(fa_allocator *a, FILE *file)
{
    struct line *first = NULL;
    char text[100];
    while (fgets(text, sizeof text, file) != NULL) {
        struct line *line = fa_pool_new(a, struct line); // expect: FA311
        if (line == NULL)
            break;
        line->next = first;
        first = line;
    }
    return first;
}
