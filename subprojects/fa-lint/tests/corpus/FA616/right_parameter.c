/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int *next_value(fa_window *window, int value)
{
    int *place = fa_window_new(window, int);
    if (place != NULL)
        *place = value;
    return place;
}

int both(fa_window *left, fa_window *right)
{
    int *first = next_value(left, 1);
    fa_window_close(left);
    int *second = next_value(right, 2);
    fa_window_close(right);
    return first != NULL && second != NULL;
}
