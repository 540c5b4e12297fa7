// SPDX-License-Identifier: MIT OR Apache-2.0
// What knowing whose memory it is costs: a tag or a phase around a few frame allocations, beside the same allocations
// without, beside counting by hand; and pool blocks under a tag.
#include "bench.hpp"

#include <chrono>

namespace
{

using namespace bench;

constexpr int allocations_in_scope = 8;

void take_some(fa_allocator *a)
{
    for (int i = 0; i < allocations_in_scope; i++)
        use(fa_frame_alloc(a, block_size, block_align));
}

template <int place, typename Scope> void around(benchmark::State &state, Scope scope)
{
    placed<place>();
    allocator a;
    std::int64_t left = 0;
    for (auto _ : state) {
        if (left-- == 0) {
            state.PauseTiming();
            if (fa_frame_active(a))
                fa_frame_end(a);
            fa_frame_begin(a);
            left = 1000;
            state.ResumeTiming();
        }
        scope(a);
    }
}

template <int place> void bare(benchmark::State &state)
{
    around<place>(state, [](fa_allocator *a) { take_some(a); });
}
BENCH_PLACES("framealloc/account_none", bare);

template <int place> void by_hand(benchmark::State &state)
{
    std::uint64_t bytes = 0;
    std::uint64_t peak = 0;
    around<place>(state, [&](fa_allocator *a) {
        for (int i = 0; i < allocations_in_scope; i++) {
            use(fa_frame_alloc(a, block_size, block_align));
            bytes += block_size;
            peak = bytes > peak ? bytes : peak;
            benchmark::DoNotOptimize(peak);
        }
    });
}
BENCH_PLACES("floor/account_by_hand", by_hand);

template <int place> void tagged(benchmark::State &state)
{
    fa_tag tag = 0;
    around<place>(state, [&](fa_allocator *a) {
        if (tag == 0)
            tag = fa_tag_get(a, "bench");
        fa_tag_push(a, tag);
        take_some(a);
        fa_tag_pop(a);
    });
}
BENCH_PLACES("framealloc/account_tag", tagged);

template <int place> void phased(benchmark::State &state)
{
    around<place>(state, [](fa_allocator *a) {
        fa_phase_begin(a, "bench");
        take_some(a);
        fa_phase_end(a);
    });
}
BENCH_PLACES("framealloc/account_phase", phased);

template <int place> void timed_by_hand(benchmark::State &state)
{
    std::chrono::nanoseconds sum{0};
    around<place>(state, [&](fa_allocator *a) {
        auto start = std::chrono::steady_clock::now();
        take_some(a);
        sum += std::chrono::steady_clock::now() - start;
        benchmark::DoNotOptimize(sum);
    });
}
BENCH_PLACES("floor/account_time_by_hand", timed_by_hand);

template <int place> void tagged_pool_pair(benchmark::State &state)
{
    placed<place>();
    allocator a;
    fa_tag_push_name(a, "bench");
    for (auto _ : state) {
        void *memory = fa_pool_alloc(a, block_size, block_align);
        use(memory);
        fa_release(a, memory);
    }
    fa_tag_pop(a);
}
BENCH_PLACES("framealloc/account_tagged_pool_pair", tagged_pool_pair);

template <int place> void pool_pair(benchmark::State &state)
{
    placed<place>();
    allocator a;
    for (auto _ : state) {
        void *memory = fa_pool_alloc(a, block_size, block_align);
        use(memory);
        fa_release(a, memory);
    }
}
BENCH_PLACES("framealloc/account_pool_pair", pool_pair);

} // namespace
