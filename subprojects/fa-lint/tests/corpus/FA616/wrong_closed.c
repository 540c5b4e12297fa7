/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int sparks(fa_allocator *a)
{
    fa_window window = FA_WINDOW_INIT;
    if (fa_window_open(a, &window, 0) != FA_OK)
        return 0;
    int *first = fa_window_new(&window, int);
    fa_window_close(&window);
    int *second = fa_window_new(&window, int); // expect: FA616
    return first != NULL && second != NULL;
}
