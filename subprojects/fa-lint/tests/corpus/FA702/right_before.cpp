/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "coroutine_min.hpp"

job load(fa_allocator *a)
{
    int first = 0;
    if (fa_frame_begin(a) == FA_OK) {
        int *cells = fa_frame_new_zeroed(a, int, 16);
        if (cells != nullptr)
            first = cells[0];
        fa_frame_end(a);
    }
    co_await tick{};
    (void)first;
}
