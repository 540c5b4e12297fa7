// SPDX-License-Identifier: MIT OR Apache-2.0
// What stores do in one go: free ten thousand blocks, end a task, and go over ten thousand objects. Beside them, what a program
// does by hand: an array of pointers that are freed one by one, and an array of structs with a flag.
#include "bench.hpp"

#include <cstdlib>
#include <vector>

namespace
{

using namespace bench;

constexpr std::size_t members = 10000;

template <int place> void group_free(benchmark::State &state)
{
    placed<place>();
    allocator a;
    fa_group group = 0;
    fa_group_create(a, "bench", &group);
    for (auto _ : state) {
        state.PauseTiming();
        for (std::size_t i = 0; i < members; i++)
            use(fa_group_alloc(a, group, block_size, block_align));
        state.ResumeTiming();
        fa_group_free_all(a, group);
    }
}
BENCH_PLACES("framealloc/stores_group_free", group_free);

template <int place> void free_one_by_one(benchmark::State &state)
{
    placed<place>();
    std::vector<void *> blocks(members);
    for (auto _ : state) {
        state.PauseTiming();
        for (void *&block : blocks) {
            block = std::malloc(block_size);
            use(block);
        }
        state.ResumeTiming();
        for (void *block : blocks)
            std::free(block);
    }
}
BENCH_PLACES("malloc/stores_group_free", free_one_by_one);

constexpr std::size_t task_blocks = 16;

template <int place> void task(benchmark::State &state)
{
    placed<place>();
    allocator a;
    for (auto _ : state) {
        fa_task task = 0;
        fa_task_begin(a, "bench", 0, &task);
        for (std::size_t i = 0; i < task_blocks; i++)
            use(fa_task_alloc(a, task, block_size, block_align));
        fa_task_end(a, task);
    }
}
BENCH_PLACES("framealloc/stores_task", task);

// The list that says what belongs to the task is by hand, and no other thread may use it.
template <int place> void task_by_hand(benchmark::State &state)
{
    placed<place>();
    for (auto _ : state) {
        std::vector<void *> blocks;
        for (std::size_t i = 0; i < task_blocks; i++) {
            blocks.push_back(std::malloc(block_size));
            use(blocks.back());
        }
        for (void *block : blocks)
            std::free(block);
    }
}
BENCH_PLACES("malloc/stores_task", task_by_hand);

struct object
{
    std::uint64_t value;
    std::uint64_t rest[6];
    bool alive;
};

template <int place> void pool_each(benchmark::State &state)
{
    placed<place>();
    allocator a;
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    config.object_size = sizeof(object);
    fa_object_pool *pool = fa_object_pool_create(a, &config);
    std::vector<fa_object_id> ids(members);
    for (fa_object_id &id : ids)
        static_cast<object *>(fa_object_pool_take(pool, &id))->value = id;
    for (std::size_t i = 0; i < members; i += 4)
        fa_object_pool_give(pool, ids[i]);
    for (auto _ : state) {
        std::uint64_t cursor = 0, sum = 0;
        while (void *met = fa_object_pool_next(pool, &cursor, nullptr))
            sum += static_cast<object *>(met)->value;
        benchmark::DoNotOptimize(sum);
    }
    fa_object_pool_destroy(pool);
}
BENCH_PLACES("framealloc/stores_each", pool_each);

template <int place> void array_each(benchmark::State &state)
{
    placed<place>();
    std::vector<object> objects(members);
    for (std::size_t i = 0; i < members; i++) {
        objects[i].value = i;
        objects[i].alive = i % 4 != 0;
    }
    for (auto _ : state) {
        std::uint64_t sum = 0;
        for (const object &met : objects)
            sum += met.alive ? met.value : 0;
        benchmark::DoNotOptimize(sum);
    }
}
BENCH_PLACES("floor/stores_each", array_each);

} // namespace
