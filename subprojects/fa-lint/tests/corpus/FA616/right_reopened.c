/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void frames(fa_allocator *a)
{
    fa_window window = FA_WINDOW_INIT;
    for (int i = 0; i < 10; i++) {
        fa_frame_begin(a);
        fa_window_open(a, &window, 4096);
        (void)fa_window_alloc(&window, 64, 16);
        fa_window_close(&window);
        fa_frame_end(a);
    }
}
