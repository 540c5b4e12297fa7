/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void two(fa_allocator *a)
{
    fa_window small = FA_WINDOW_INIT, large = FA_WINDOW_INIT;
    fa_window_open(a, &small, 1024);
    fa_window_open(a, &large, 65536);
    (void)fa_window_alloc(&small, 16, 16);
    fa_window_close(&small);
    (void)fa_window_alloc(&large, 16, 16);
    fa_window_close(&large);
}
