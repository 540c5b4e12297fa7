/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>

void print(fa_allocator *a, int n)
{
    char *text = fa_frame_printf(a, NULL, "%d", n);
    if (text != NULL)
        printf("%s\n", text);
    free(text); // expect: FA613
}
