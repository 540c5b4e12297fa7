// SPDX-License-Identifier: MIT OR Apache-2.0
// Resolving handles beside an array of pointers and a generation-checked table written by hand; accessing assets of a
// streaming store beside a least-recently-used list by hand; scratch pools beside malloc.
#include "bench.hpp"

#include <list>
#include <mutex>
#include <vector>

namespace
{

using namespace bench;

constexpr std::size_t things = 1000;

std::size_t shuffled(std::size_t i)
{
    return i * 619 % things;
}

template <int place> void handle_resolve(benchmark::State &state)
{
    placed<place>();
    allocator a;
    std::vector<fa_handle> handles(things);
    for (fa_handle &handle : handles)
        must(fa_handle_alloc(a, block_size, block_align, &handle) == FA_OK);
    for (auto _ : state) {
        for (std::size_t i = 0; i < things; i++)
            use(fa_handle_resolve(a, handles[shuffled(i)]));
    }
}
BENCH_PLACES("framealloc/stores_resolve", handle_resolve);

template <int place> void pointer_lookup(benchmark::State &state)
{
    placed<place>();
    std::vector<block> blocks(things);
    std::vector<block *> pointers(things);
    for (std::size_t i = 0; i < things; i++)
        pointers[i] = &blocks[i];
    for (auto _ : state) {
        for (std::size_t i = 0; i < things; i++)
            use(pointers[shuffled(i)]);
    }
}
BENCH_PLACES("floor/stores_pointer", pointer_lookup);

struct entry
{
    std::uint32_t generation;
    block *memory;
};

__attribute__((noinline)) block *look_up(const std::vector<entry> &table, std::uint64_t id)
{
    std::size_t index = static_cast<std::uint32_t>(id);
    if (index >= table.size() || table[index].generation != id >> 32)
        return nullptr;
    return table[index].memory;
}

template <int place> void table_lookup(benchmark::State &state)
{
    placed<place>();
    std::vector<block> blocks(things);
    std::vector<entry> table(things);
    std::vector<std::uint64_t> ids(things);
    for (std::size_t i = 0; i < things; i++) {
        table[i] = {7, &blocks[i]};
        ids[i] = std::uint64_t{7} << 32 | i;
    }
    for (auto _ : state) {
        for (std::size_t i = 0; i < things; i++)
            use(look_up(table, ids[shuffled(i)]));
    }
}
BENCH_PLACES("floor/stores_table", table_lookup);

template <int place> void defragment(benchmark::State &state)
{
    placed<place>();
    allocator a;
    std::vector<fa_handle> handles(things * 8);
    for (auto _ : state) {
        state.PauseTiming();
        for (fa_handle &handle : handles)
            must(fa_handle_alloc(a, 1024, block_align, &handle) == FA_OK);
        for (std::size_t i = 0; i < handles.size(); i += 2)
            fa_handle_free(a, handles[i]);
        fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
        state.ResumeTiming();
        fa_handle_defragment(a, &done);
        state.PauseTiming();
        must(done.moved > things);
        for (std::size_t i = 1; i < handles.size(); i += 2)
            fa_handle_free(a, handles[i]);
        state.ResumeTiming();
    }
}
BENCH_PLACES("framealloc/stores_defragment_4MiB", defragment);

template <int place> void stream_access(benchmark::State &state)
{
    placed<place>();
    allocator a;
    fa_stream *stream = fa_stream_create(a, nullptr);
    std::vector<fa_asset> assets(things);
    for (fa_asset &asset : assets) {
        void *memory;
        must(fa_stream_reserve(stream, block_size, FA_PRIORITY_NORMAL, nullptr, &asset) == FA_OK);
        must(fa_stream_begin_load(stream, asset, &memory) == FA_OK);
        must(fa_stream_finish_load(stream, asset) == FA_OK);
    }
    for (auto _ : state) {
        for (std::size_t i = 0; i < things; i++)
            use(fa_stream_access(stream, assets[shuffled(i)], nullptr));
    }
    fa_stream_destroy(stream);
}
BENCH_PLACES("framealloc/stores_access", stream_access);

/* By hand, for several threads as the store is. */
template <int place> void list_access(benchmark::State &state)
{
    placed<place>();
    struct asset
    {
        block memory;
        std::list<std::size_t>::iterator age;
    };
    std::mutex lock;
    std::list<std::size_t> ages;
    std::vector<asset> assets(things);
    for (std::size_t i = 0; i < things; i++) {
        ages.push_front(i);
        assets[i].age = ages.begin();
    }
    for (auto _ : state) {
        for (std::size_t i = 0; i < things; i++) {
            std::lock_guard<std::mutex> guard(lock);
            asset &found = assets[shuffled(i)];
            ages.splice(ages.begin(), ages, found.age);
            use(&found.memory);
        }
    }
}
BENCH_PLACES("floor/stores_access", list_access);

template <int place> void scratch_pool(benchmark::State &state)
{
    placed<place>();
    allocator a;
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "bench");
    for (auto _ : state) {
        for (std::size_t i = 0; i < things; i++)
            use(fa_scratch_pool_alloc(pool, block_size, block_align));
        fa_scratch_pool_reset(pool);
    }
}
BENCH_PLACES("framealloc/stores_scratch", scratch_pool);

template <int place> void malloc_scratch(benchmark::State &state)
{
    placed<place>();
    std::vector<void *> blocks(things);
    for (auto _ : state) {
        for (void *&memory : blocks) {
            memory = std::malloc(block_size);
            use(memory);
        }
        for (void *memory : blocks)
            std::free(memory);
    }
}
BENCH_PLACES("malloc/stores_scratch", malloc_scratch);

} // namespace
