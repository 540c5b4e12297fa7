// SPDX-License-Identifier: MIT OR Apache-2.0
// What a frame costs beside its blocks, and what a million frames leave behind.
#include "bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <vector>

#include <unistd.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace
{

using namespace bench;

template <int place> void empty_frame(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++) {
            fa_frame_begin(a);
            fa_frame_end(a);
        }
    }
}
BENCH_PLACES("framealloc/frame_empty", empty_frame);

#if defined(__x86_64__)
std::uint64_t ticks()
{
    _mm_lfence();
    std::uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
}
#else
std::uint64_t ticks()
{
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}
#endif

double ticks_per_ns()
{
    auto start = std::chrono::steady_clock::now();
    std::uint64_t first = ticks();
    std::chrono::nanoseconds waited{0};
    while (waited < std::chrono::milliseconds(2))
        waited = std::chrono::steady_clock::now() - start;
    return static_cast<double>(ticks() - first) / static_cast<double>(waited.count());
}

// A mean, since some clocks tick once in 10 ns; without the slowest tenth, in which something else ran.
double typical(std::vector<std::uint64_t> samples)
{
    std::sort(samples.begin(), samples.end());
    samples.resize(samples.size() - samples.size() / 10);
    return std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

// Only the end of the frame and the begin of the next are timed, one at a time and without the reading of the clock.
// Such a figure holds the start-up of the pipeline, too, so it is good for comparing with another of its kind.
void frame_after(benchmark::State &state)
{
    allocator a;
    std::vector<std::uint64_t> samples, clocks;
    fa_frame_begin(a);
    for (auto _ : state) {
        for (std::int64_t i = 0; i < state.range(0); i++)
            use(fa_frame_alloc(a, block_size, block_align));
        std::uint64_t before = ticks();
        fa_frame_end(a);
        fa_frame_begin(a);
        std::uint64_t after = ticks();
        std::uint64_t later = ticks();
        samples.push_back(after - before);
        clocks.push_back(later - after);
    }
    fa_frame_end(a);
    state.counters["ns"] = (typical(samples) - typical(clocks)) / ticks_per_ns();
}
BENCHMARK(frame_after)->Name("framealloc/frame_after")->Arg(0)->Arg(1)->Iterations(20001);
BENCHMARK(frame_after)->Name("framealloc/frame_after")->Arg(1000)->Iterations(2001);
BENCHMARK(frame_after)->Name("framealloc/frame_after")->Arg(1000000)->Iterations(40);

double resident_kib()
{
    long pages = 0;
    std::FILE *file = std::fopen("/proc/self/statm", "r");
    must(file != nullptr && std::fscanf(file, "%*d %ld", &pages) == 1);
    std::fclose(file);
    return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

double backend_calls(fa_allocator *a)
{
    fa_stats stats = FA_STATS_INIT;
    must(fa_allocator_stats(a, &stats) == FA_OK);
    return static_cast<double>(stats.backend_allocations + stats.backend_deallocations);
}

// One frame of a program at rest: frame blocks, one that looks ahead, a pool block and a large one.
void steady_frame(fa_allocator *a)
{
    fa_frame_begin(a);
    for (int i = 0; i < 8; i++)
        use(fa_frame_alloc(a, block_size, block_align));
    use(fa_frame_alloc_ahead(a, 1, block_size, block_align));
    void *small = fa_pool_alloc(a, block_size, block_align);
    void *large = fa_heap_alloc(a, 100 * 1024, block_align);
    use(small);
    use(large);
    fa_release(a, large);
    fa_release(a, small);
    fa_frame_end(a);
}

void steady(benchmark::State &state)
{
    allocator a;
    for (int i = 0; i < 100; i++)
        steady_frame(a);
    double calls = backend_calls(a), resident = resident_kib();
    for (auto _ : state)
        steady_frame(a);
    state.counters["resident_kib"] = resident_kib() - resident;
    state.counters["backend_calls"] = backend_calls(a) - calls;
}
BENCHMARK(steady)->Name("framealloc/steady")->Iterations(1000000);

} // namespace
