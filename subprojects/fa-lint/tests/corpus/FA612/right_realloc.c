/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int grow(fa_allocator *a, size_t size)
{
    char *text = fa_heap_alloc(a, 16, 16);
    if (text == NULL)
        return -1;
    char *bigger = fa_realloc(a, text, size, 16);
    if (bigger == NULL) {
        fa_release(a, text);
        return -1;
    }
    bigger[0] = 0;
    fa_release(a, bigger);
    return 0;
}
