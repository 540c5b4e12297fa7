/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

unsigned parse(fa_allocator *a, FILE *file)
{
    unsigned words = 0;
    int byte;
    while ((byte = fgetc(file)) != EOF) {
        char *copy = fa_frame_new(a, char, 16); // expect: FA311
        if (copy != NULL)
            copy[0] = (char)byte;
        words++;
    }
    return words;
}
