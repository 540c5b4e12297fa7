// SPDX-License-Identifier: MIT OR Apache-2.0
// Vectors beside a plain array, maps beside uthash and GLib's GHashTable: a thousand entries, filled and looked up.
#include "bench.hpp"

#include <glib.h>

#define uthash_fatal(message) std::abort()
#include <uthash.h>

#include <vector>

FA_VECTOR_DEFINE(bench_list, std::uint64_t)
FA_MAP_DEFINE(bench_map, std::uint64_t, std::uint64_t)

namespace
{

using namespace bench;

constexpr std::size_t entries = 1000;

std::uint64_t key_of(std::size_t i)
{
    return i * 0x9e3779b97f4a7c15u;
}

template <int place> void vector_push(benchmark::State &state)
{
    placed<place>();
    allocator a;
    for (auto _ : state) {
        fa_frame_begin(a);
        bench_list list;
        bench_list_make(&list, a, entries);
        for (std::size_t i = 0; i < entries; i++)
            bench_list_push(&list, i);
        benchmark::DoNotOptimize(bench_list_items(&list));
        benchmark::ClobberMemory();
        fa_frame_end(a);
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(entries));
}
BENCH_PLACES("framealloc/collections_push", vector_push);

template <int place> void array_store(benchmark::State &state)
{
    placed<place>();
    allocator a;
    for (auto _ : state) {
        fa_frame_begin(a);
        auto *items = fa_frame_new(a, std::uint64_t, entries);
        std::size_t count = 0;
        for (std::size_t i = 0; i < entries; i++) {
            if (count < entries)
                items[count++] = i;
            benchmark::DoNotOptimize(count);
        }
        benchmark::DoNotOptimize(items);
        benchmark::ClobberMemory();
        fa_frame_end(a);
    }
}
BENCH_PLACES("floor/collections_push", array_store);

template <int place> void map_fill(benchmark::State &state)
{
    placed<place>();
    allocator a;
    for (auto _ : state) {
        fa_frame_begin(a);
        bench_map map;
        bench_map_make(&map, a, entries);
        for (std::size_t i = 0; i < entries; i++)
            bench_map_put(&map, key_of(i), i);
        benchmark::DoNotOptimize(map);
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/collections_fill", map_fill);

template <int place> void map_get(benchmark::State &state)
{
    placed<place>();
    allocator a;
    fa_frame_begin(a);
    bench_map map;
    bench_map_make(&map, a, entries);
    for (std::size_t i = 0; i < entries; i++)
        bench_map_put(&map, key_of(i), i);
    for (auto _ : state) {
        for (std::size_t i = 0; i < entries; i++)
            benchmark::DoNotOptimize(bench_map_get(&map, key_of(i)));
    }
    fa_frame_end(a);
}
BENCH_PLACES("framealloc/collections_get", map_get);

struct ut_entry
{
    std::uint64_t key;
    std::uint64_t value;
    UT_hash_handle hh;
};

ut_entry *ut_fill(std::vector<ut_entry> &storage)
{
    ut_entry *head = nullptr;
    for (std::size_t i = 0; i < entries; i++) {
        ut_entry *entry = &storage[i];
        entry->key = key_of(i);
        entry->value = i;
        HASH_ADD(hh, head, key, sizeof entry->key, entry);
    }
    return head;
}

/* Entries of uthash bring their own memory: it is there before the clock starts. */
template <int place> void ut_map_fill(benchmark::State &state)
{
    placed<place>();
    std::vector<ut_entry> storage(entries);
    for (auto _ : state) {
        ut_entry *head = ut_fill(storage);
        benchmark::DoNotOptimize(head);
        HASH_CLEAR(hh, head);
    }
}
BENCH_PLACES("uthash/collections_fill", ut_map_fill);

template <int place> void ut_map_get(benchmark::State &state)
{
    placed<place>();
    std::vector<ut_entry> storage(entries);
    ut_entry *head = ut_fill(storage);
    for (auto _ : state) {
        for (std::size_t i = 0; i < entries; i++) {
            std::uint64_t key = key_of(i);
            ut_entry *found;
            HASH_FIND(hh, head, &key, sizeof key, found);
            benchmark::DoNotOptimize(found);
        }
    }
    HASH_CLEAR(hh, head);
}
BENCH_PLACES("uthash/collections_get", ut_map_get);

GHashTable *glib_filled()
{
    GHashTable *table = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (std::size_t i = 0; i < entries; i++)
        g_hash_table_insert(table, reinterpret_cast<void *>(key_of(i)), reinterpret_cast<void *>(i));
    return table;
}

template <int place> void glib_map_fill(benchmark::State &state)
{
    placed<place>();
    for (auto _ : state) {
        GHashTable *table = glib_filled();
        benchmark::DoNotOptimize(table);
        g_hash_table_destroy(table);
    }
}
BENCH_PLACES("ghashtable/collections_fill", glib_map_fill);

template <int place> void glib_map_get(benchmark::State &state)
{
    placed<place>();
    GHashTable *table = glib_filled();
    for (auto _ : state) {
        for (std::size_t i = 0; i < entries; i++)
            benchmark::DoNotOptimize(g_hash_table_lookup(table, reinterpret_cast<void *>(key_of(i))));
    }
    g_hash_table_destroy(table);
}
BENCH_PLACES("ghashtable/collections_get", glib_map_get);

} // namespace
