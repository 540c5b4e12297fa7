// SPDX-License-Identifier: MIT OR Apache-2.0
// Frame allocation through the inline window.
#include "bench.hpp"

namespace
{

using namespace bench;

template <int place> void window(benchmark::State &state)
{
    placed<place>();
    allocator a;
    while (state.KeepRunningBatch(blocks_per_inline_frame)) {
        fa_frame_begin(a);
        fa_window w;
        must(fa_window_open(a, &w, 2 * blocks_per_inline_frame * block_size) == FA_OK);
        for (std::int64_t i = 0; i < blocks_per_inline_frame; i++)
            use(fa_window_alloc(&w, block_size, block_align));
        fa_window_close(&w);
        fa_frame_end(a);
    }
}
BENCH_PLACES("framealloc/window", window);

} // namespace
