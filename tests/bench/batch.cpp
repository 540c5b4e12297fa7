// SPDX-License-Identifier: MIT OR Apache-2.0
// Several blocks asked for at once. The chunk holds all batches of a frame, so the figure is that of the request
// and not of chunks changing hands.
#include "bench.hpp"

namespace
{

using namespace bench;

constexpr std::size_t batch_count = 1000;
constexpr std::int64_t batches_per_frame = 64;

template <int place> void batch(benchmark::State &state)
{
    placed<place>();
    fa_config config = FA_CONFIG_INIT;
    config.frame_chunk_min = config.frame_chunk_max = std::size_t(8) << 20;
    static_assert(batches_per_frame * batch_count * block_size < (std::size_t(8) << 20), "one chunk per frame");
    allocator a(&config);
    while (state.KeepRunningBatch(batches_per_frame)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < batches_per_frame; i++)
            use(fa_frame_alloc_array(a, batch_count, block_size, block_align));
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/batch", batch);

constexpr std::int64_t few = 8;

// Eight blocks of one request, per eight blocks.
template <int place> void eight(benchmark::State &state)
{
    placed<place>();
    allocator a;
    void *blocks[few];
    while (state.KeepRunningBatch(blocks_per_frame / few)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < blocks_per_frame; i += few) {
            must(fa_frame_alloc_8(a, block_size, block_align, blocks) == FA_OK);
            for (void *block : blocks)
                use(block);
        }
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/eight_at_once", eight);

// What it replaces.
template <int place> void eight_single(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(blocks_per_frame / few)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < blocks_per_frame; i++)
            use(fa_frame_alloc(a, block_size, block_align));
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/eight_single", eight_single);

// A structure of four arrays, per structure.
constexpr std::int64_t structures_per_frame = blocks_per_frame / 4;
constexpr std::size_t elements = 8;

template <int place> void arrays(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(structures_per_frame)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < structures_per_frame; i++) {
            fa_soa_field fields[] = {{8, 8, nullptr}, {8, 8, nullptr}, {8, 8, nullptr}, {8, 8, nullptr}};
            must(fa_frame_alloc_soa(a, elements, fields, 4) == FA_OK);
            for (const fa_soa_field &field : fields)
                use(field.array);
        }
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/soa", arrays);

template <int place> void arrays_single(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(structures_per_frame)) {
        fa_frame_begin(a);
        for (std::int64_t i = 0; i < structures_per_frame; i++) {
            for (int field = 0; field < 4; field++)
                use(fa_frame_alloc_array(a, elements, 8, 8));
        }
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/soa_single", arrays_single);

} // namespace
