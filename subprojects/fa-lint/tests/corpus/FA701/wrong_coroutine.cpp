/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "coroutine_min.hpp"

job load(fa_allocator *a)
{
    co_await tick{};
    int *cells = fa_frame_new(a, int, 16); // expect: FA701
    if (cells != nullptr)
        cells[0] = 1;
}
