// SPDX-License-Identifier: MIT OR Apache-2.0
// Pool blocks: the same one taken and released again and again, and a thousand taken before any is released.
#include "bench.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <memory_resource>
#include <numeric>
#include <random>

namespace
{

using namespace bench;

constexpr std::size_t many = 1000;

struct from_pool {
    allocator a;
    void *take()
    {
        return fa_pool_alloc(a, block_size, block_align);
    }
    void give(void *block)
    {
        fa_release(a, block);
    }
};

struct from_magazine {
    allocator a;
    fa_magazine magazine;
    from_magazine()
    {
        must(fa_magazine_open(a, &magazine, block_size, block_align) == FA_OK);
    }
    ~from_magazine()
    {
        fa_magazine_close(&magazine);
    }
    void *take()
    {
        return fa_magazine_take(&magazine);
    }
    void give(void *block)
    {
        fa_magazine_give(&magazine, block);
    }
};

struct from_malloc {
    void *take()
    {
        return std::malloc(block_size);
    }
    void give(void *block)
    {
        std::free(block);
    }
};

struct from_pmr {
    std::pmr::unsynchronized_pool_resource resource;
    void *take()
    {
        return resource.allocate(block_size, block_align);
    }
    void give(void *block)
    {
        resource.deallocate(block, block_size, block_align);
    }
};

struct from_gslice {
    void *take()
    {
        return g_slice_alloc(block_size);
    }
    void give(void *block)
    {
        g_slice_free1(block_size, block);
    }
};

template <int place, typename Source> void pair(benchmark::State &state)
{
    placed<place>();
    Source source;
    while (state.KeepRunningBatch(blocks_per_frame)) {
        for (std::int64_t i = 0; i < blocks_per_frame; i++) {
            void *block = source.take();
            use(block);
            source.give(block);
        }
    }
}
BENCH_PLACES("framealloc/pool_pair", pair, from_pool);
BENCH_PLACES("framealloc/magazine_pair", pair, from_magazine);
BENCH_PLACES("malloc/pool_pair", pair, from_malloc);
BENCH_PLACES("pmr_pool/pool_pair", pair, from_pmr);
BENCH_PLACES("gslice/pool_pair", pair, from_gslice);

using order = std::array<std::uint16_t, many>;

order in_order()
{
    order indices;
    std::iota(indices.begin(), indices.end(), std::uint16_t{0});
    return indices;
}

order in_reverse()
{
    order indices = in_order();
    std::reverse(indices.begin(), indices.end());
    return indices;
}

order shuffled()
{
    order indices = in_order();
    std::shuffle(indices.begin(), indices.end(), std::mt19937(20));
    return indices;
}

template <int place, typename Source, order make_order()> void thousand(benchmark::State &state)
{
    placed<place>();
    Source source;
    static std::array<void *, many> blocks;
    static const order release = make_order();
    while (state.KeepRunningBatch(many)) {
        for (void *&block : blocks)
            use(block = source.take());
        for (std::uint16_t index : release)
            source.give(blocks[index]);
    }
}
#define THOUSAND(source, name)                                                                                         \
    BENCH_PLACES(name "/pool_1000_in_order", thousand, source, in_order);                                              \
    BENCH_PLACES(name "/pool_1000_in_reverse", thousand, source, in_reverse);                                          \
    BENCH_PLACES(name "/pool_1000_shuffled", thousand, source, shuffled)
THOUSAND(from_pool, "framealloc");
THOUSAND(from_malloc, "malloc");
THOUSAND(from_pmr, "pmr_pool");
THOUSAND(from_gslice, "gslice");

} // namespace
