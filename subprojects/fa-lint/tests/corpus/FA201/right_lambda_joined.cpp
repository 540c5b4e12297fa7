/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <thread>

void start(fa_allocator *a)
{
    int *cells = fa_frame_new(a, int, 4);
    std::thread worker([cells] { cells[0] = 1; });
    worker.join();
}
