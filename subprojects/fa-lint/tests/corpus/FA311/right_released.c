/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

void echo(fa_allocator *a, FILE *file)
{
    char text[100];
    while (fgets(text, sizeof text, file) != NULL) {
        char *copy = fa_pool_alloc(a, sizeof text, 16);
        if (copy != NULL)
            memcpy(copy, text, sizeof text);
        fa_release(a, copy);
    }
}
