/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void fallback(fa_allocator *a)
{
    char *text = fa_frame_strdup(a, "none");
    text = fa_heap_alloc(a, 100, 16);
    if (text != NULL)
        text[0] = 0;
    fa_release(a, text);
}
