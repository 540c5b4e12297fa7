/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int fill(fa_allocator *a, int stop)
{
    fa_window window = FA_WINDOW_INIT;
    int sum = 0;
    if (fa_window_open(a, &window, 0) != FA_OK)
        return 0;
    if (stop > 10)
        fa_window_close(&window);
    int *value = fa_window_new(&window, int); // expect: FA616
    if (value != NULL)
        sum = *value = stop;
    if (stop <= 10)
        fa_window_close(&window);
    return sum;
}
