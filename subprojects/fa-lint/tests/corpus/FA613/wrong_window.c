/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void burst(fa_allocator *a)
{
    fa_window window = FA_WINDOW_INIT;
    if (fa_window_open(a, &window, 0) != FA_OK)
        return;
    int *spark = fa_window_new(&window, int);
    if (spark != NULL)
        *spark = 1;
    fa_release(a, spark); // expect: FA613
    fa_window_close(&window);
}
