// SPDX-License-Identifier: MIT OR Apache-2.0
// Frame allocation out of line, one block at a time, beside the arenas that other libraries offer for the same job.
#include "bench.hpp"

#include <apr_general.h>
#include <apr_pools.h>
#include <dlfcn.h>
#include <obstack.h>

#include <array>
#include <memory_resource>
#include <vector>

#define obstack_chunk_alloc std::malloc
#define obstack_chunk_free  std::free

namespace
{

using namespace bench;

inline __attribute__((always_inline)) void frame_loop(benchmark::State &state, fa_allocator *a)
{
    while (state.KeepRunningBatch(blocks_per_frame)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(fa_frame_alloc(a, block_size, block_align));
        fa_frame_end(a);
    }
}

template <int place> void framealloc(benchmark::State &state)
{
    placed<place>();
    allocator a;
    frame_loop(state, a);
}
BENCH_PLACES("framealloc/frame", framealloc);

template <int place> void framealloc_without_statistics(benchmark::State &state)
{
    placed<place>();
    fa_config config = FA_CONFIG_INIT;
    config.statistics = 0;
    allocator a(&config);
    frame_loop(state, a);
}
BENCH_PLACES("framealloc/frame_without_statistics", framealloc_without_statistics);

template <int place> void framealloc_ahead(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(fa_frame_alloc_ahead(a, 1, block_size, block_align));
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/frame_ahead", framealloc_ahead);

template <int place> void obstack(benchmark::State &state)
{
    placed<place>();
    struct obstack stack;
    obstack_begin(&stack, 4 * blocks_per_frame * static_cast<std::int64_t>(block_size));
    void *base = obstack_alloc(&stack, 0);
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(obstack_alloc(&stack, block_size));
        obstack_free(&stack, base);
    }
    obstack_free(&stack, nullptr);
}
BENCH_PLACES("obstack/frame", obstack);

template <int place> void apr(benchmark::State &state)
{
    placed<place>();
    apr_pool_t *pool = nullptr;
    must(apr_initialize() == APR_SUCCESS && apr_pool_create(&pool, nullptr) == APR_SUCCESS);
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(apr_palloc(pool, block_size));
        apr_pool_clear(pool);
    }
    apr_pool_destroy(pool);
    apr_terminate();
}
BENCH_PLACES("apr/frame", apr);

template <int place> void pmr_monotonic(benchmark::State &state)
{
    placed<place>();
    std::vector<unsigned char> buffer(2 * blocks_per_frame * block_size);
    std::pmr::monotonic_buffer_resource resource(buffer.data(), buffer.size(), std::pmr::null_memory_resource());
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(resource.allocate(block_size, block_align));
        resource.release();
    }
}
BENCH_PLACES("pmr_monotonic/frame", pmr_monotonic);

// What a program without arenas does: a frame's blocks one by one, and one by one again at its end.
template <int place> void malloc_and_free(benchmark::State &state)
{
    placed<place>();
    static std::array<void *, blocks_per_frame> blocks;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (void *&block : blocks)
            use(block = std::malloc(block_size));
        for (void *block : blocks)
            std::free(block);
    }
}
BENCH_PLACES("malloc/frame", malloc_and_free);

// Looked up, since linking mimalloc would replace malloc for every other benchmark of this program.
template <typename Function> Function *mimalloc(const char *name)
{
    return reinterpret_cast<Function *>(dlsym(RTLD_DEFAULT, name));
}

template <int place> void mimalloc_heap(benchmark::State &state)
{
    placed<place>();
    auto *heap_new = mimalloc<void *()>("mi_heap_new");
    auto *heap_malloc = mimalloc<void *(void *, std::size_t)>("mi_heap_malloc");
    auto *heap_destroy = mimalloc<void(void *)>("mi_heap_destroy");
    if (heap_new == nullptr || heap_malloc == nullptr || heap_destroy == nullptr) {
        state.SkipWithError("mimalloc is not preloaded");
        return;
    }
    while (state.KeepRunningBatch(blocks_per_frame)) {
        void *heap = heap_new();
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(heap_malloc(heap, block_size));
        heap_destroy(heap);
    }
}
BENCH_PLACES("mimalloc_heap/frame", mimalloc_heap);

} // namespace
