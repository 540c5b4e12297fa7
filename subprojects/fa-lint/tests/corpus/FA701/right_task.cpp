/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "coroutine_min.hpp"

job load(fa_allocator *a, fa_task task)
{
    int *cells = static_cast<int *>(fa_task_alloc(a, task, 64, 16));
    co_await tick{};
    if (cells != nullptr)
        cells[0] = 1;
}
