/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

void serve(fa_allocator *a, FILE *file)
{
    char text[100];
    while (fgets(text, sizeof text, file) != NULL) {
        if (fa_frame_begin(a) != FA_OK)
            break;
        char *copy = fa_frame_strdup(a, text);
        if (copy != NULL)
            printf("%s", copy);
        fa_frame_end(a);
    }
}
