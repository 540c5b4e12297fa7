// SPDX-License-Identifier: MIT OR Apache-2.0
// The same work on one thread and on two at once, in one allocator. The empty call shows what the machine itself
// allows: two hardware threads of one core never reach twice the speed of one.
#include "bench.hpp"
#include "empty.h"

namespace
{

using namespace bench;

fa_allocator *shared()
{
    static allocator a;
    return a;
}

void empty_call(benchmark::State &state)
{
    alignas(128) static block storage;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(bench_empty(&storage));
    }
}

void frame(benchmark::State &state)
{
    fa_allocator *a = shared();
    while (state.KeepRunningBatch(blocks_per_frame)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(fa_frame_alloc(a, block_size, block_align));
        fa_frame_end(a);
    }
}

void pool(benchmark::State &state)
{
    fa_allocator *a = shared();
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++) {
            void *block = fa_pool_alloc(a, block_size, block_align);
            use(block);
            fa_release(a, block);
        }
    }
}

template <std::size_t size> void heap(benchmark::State &state)
{
    fa_allocator *a = shared();
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++) {
            void *block = fa_heap_alloc(a, size, block_align);
            use(block);
            fa_release(a, block);
        }
    }
}

void one_and_two(benchmark::internal::Benchmark *b)
{
    b->Threads(1)->Threads(2)->UseRealTime();
}
BENCHMARK(empty_call)->Name("floor/scaling_empty_call")->Apply(one_and_two);
BENCHMARK(frame)->Name("framealloc/scaling_frame")->Apply(one_and_two);
BENCHMARK(pool)->Name("framealloc/scaling_pool")->Apply(one_and_two);
BENCHMARK_TEMPLATE(heap, 8 * 1024)->Name("framealloc/scaling_heap_8KiB")->Apply(one_and_two);
BENCHMARK_TEMPLATE(heap, 100 * 1024)->Name("framealloc/scaling_heap_100KiB")->Apply(one_and_two);

} // namespace
