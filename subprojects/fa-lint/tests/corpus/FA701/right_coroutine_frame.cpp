/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "coroutine_min.hpp"

job load(fa_allocator *a)
{
    co_await tick{};
    if (fa_frame_begin(a) == FA_OK) {
        int *cells = fa_frame_new(a, int, 16);
        if (cells != nullptr)
            cells[0] = 1;
        fa_frame_end(a);
    }
    co_await tick{};
}
