// SPDX-License-Identifier: MIT OR Apache-2.0
// The two floors that targets are measured against: a call that does nothing, and an arena written by hand.
#include "bench.hpp"
#include "empty.h"

#include <vector>

namespace
{

using namespace bench;

template <int place> void empty_call(benchmark::State &state)
{
    placed<place>();
    alignas(128) static block storage;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(bench_empty(&storage));
    }
}
BENCH_PLACES("floor/empty_call", empty_call);

struct arena {
    unsigned char *cursor;
    unsigned char *limit;
    std::vector<unsigned char> memory;
};

// Out of line, as the growth of any real arena is.
[[gnu::noinline]] void *grow(arena *a, std::size_t size)
{
    a->memory.resize(2 * a->memory.size() + size);
    a->cursor = a->memory.data() + size;
    a->limit = a->memory.data() + a->memory.size();
    return a->memory.data();
}

// What the window has to do on top: its blocks end up in the statistics, one by one.
struct counting_arena : arena {
    std::uint64_t count;
};

inline void count_block(arena *)
{
}

inline void count_block(counting_arena *a)
{
    a->count++;
}

template <typename Arena> void *bump(Arena *a, std::size_t size)
{
    unsigned char *start = a->cursor;
    if (__builtin_expect(size > static_cast<std::size_t>(a->limit - start), 0))
        return grow(a, size);
    a->cursor = start + ((size + 15) & ~static_cast<std::size_t>(15));
    count_block(a);
    return start;
}

template <int place, typename Arena> void inline_bump(benchmark::State &state)
{
    placed<place>();
    Arena a = {};
    grow(&a, 2 * blocks_per_inline_frame * block_size);
    while (state.KeepRunningBatch(blocks_per_inline_frame)) {
        a.cursor = a.memory.data();
        for (std::int64_t i = 0; i < blocks_per_inline_frame; i++)
            use(bump(&a, block_size));
    }
}
BENCH_PLACES("floor/inline_bump", inline_bump, arena);
BENCH_PLACES("floor/inline_bump_that_counts", inline_bump, counting_arena);

} // namespace
