// SPDX-License-Identifier: MIT OR Apache-2.0
// Large blocks taken and released again, as a frame loop does with its buffers.
#include "bench.hpp"

namespace
{

using namespace bench;

template <int place, std::size_t size> void framealloc(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++) {
            void *block = fa_heap_alloc(a, size, block_align);
            use(block);
            fa_release(a, block);
        }
    }
}
BENCH_PLACES("framealloc/heap_8KiB", framealloc, 8 * 1024);
BENCH_PLACES("framealloc/heap_100KiB", framealloc, 100 * 1024);

template <int place, std::size_t size> void malloc_and_free(benchmark::State &state)
{
    placed<place>();
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++) {
            void *block = std::malloc(size);
            use(block);
            std::free(block);
        }
    }
}
BENCH_PLACES("malloc/heap_8KiB", malloc_and_free, 8 * 1024);
BENCH_PLACES("malloc/heap_100KiB", malloc_and_free, 100 * 1024);

} // namespace
