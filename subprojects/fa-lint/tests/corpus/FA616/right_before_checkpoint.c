/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void attempt(fa_allocator *a)
{
    fa_window window = FA_WINDOW_INIT;
    fa_window_open(a, &window, 0);
    fa_checkpoint start = fa_frame_checkpoint(a);
    (void)fa_frame_new(a, int, 100);
    fa_frame_rollback(a, start);
    (void)fa_window_alloc(&window, 64, 16);
    fa_window_close(&window);
}
