// SPDX-License-Identifier: MIT OR Apache-2.0
// A thousand blocks asked for at once. The chunk holds all batches of a frame, so the figure is that of the request
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

} // namespace
