/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How the heap follows the lives of allocators and lanes. What its pages count, the pool room reads. */
#include "heap/room.h"

#include "debug/debug.h"
#include "heap/heap.h"
#include "heap/large.h"

/* Part of the cache limit that each lane keeps for itself. */
enum { LANE_SHARE = 8 };

static bool init_shared(fa_allocator *a)
{
    fa_warm_init(&a->heap.warm, a->config.heap_cache_limit);
    return true;
}

static bool init_lane(fa_lane *lane)
{
    fa_warm_init(&lane->heap.warm, lane->allocator->config.heap_cache_limit / LANE_SHARE);
    return true;
}

static void close_shared(fa_allocator *a)
{
    if (!fa_debugging(a))
        return;
    fa_debug_close(a);
    fa_heap_report_leaks(a);
}

static void read_lane(fa_lane *lane, fa_lane_stats *out)
{
    const fa_heap_lane *heap = &lane->heap;
    uint64_t allocations = fa_peek(heap->allocated_count);
    uint64_t frees = fa_peek(heap->freed_count) + fa_peek(heap->returned_count);
    out->heap.live_bytes += fa_large_live_bytes(lane);
    out->heap.live_count += allocations - frees;
    out->heap.peak_bytes += fa_peek(heap->peak_bytes);
    out->heap.allocations += allocations;
    out->heap.frees += frees;
}

static void read_allocator(fa_allocator *a, fa_stats *out)
{
    out->cached_bytes = fa_peek(a->heap.warm.bytes);
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        out->cached_bytes += fa_peek(lane->heap.warm.bytes);
}

const fa_room fa_heap_room = {
    .allocator_init = init_shared,
    .allocator_trim = fa_large_trim,
    .allocator_close = close_shared,
    .allocator_dispose = fa_large_dispose_all,
    .lane_init = init_lane,
    .lane_park = fa_large_share,
    .lane_trim = fa_large_share,
    .lane_reclaim = fa_large_share,
    .lane_stats = read_lane,
    .allocator_stats = read_allocator,
};
