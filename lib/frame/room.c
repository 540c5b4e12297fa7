/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How frames follow the lives of allocators and lanes. */
#include "frame/room.h"

#include "frame/frame.h"
#include "frame/phase.h"
#include "frame/retain.h"

static bool init_shared(fa_allocator *a)
{
    fa_list_init(&a->frame.chunks);
    a->frame.tokens.salt = fa_allocator_salt(a);
    return true;
}

static bool init_lane(fa_lane *lane)
{
    const fa_config *config = &lane->allocator->config;
    fa_frame_renew_budgets(lane);
    fa_end_work_set(lane, FA_END_POLICY, config->frame_reset_policy != FA_RESET_KEEP_ALL);
    return true;
}

static void park_lane(fa_lane *lane)
{
    fa_frame_abandon(lane);
    fa_arena_surrender(lane, &lane->frame.arena);
    fa_chunk_cache_share(lane);
}

static void reclaim_lane(fa_lane *lane)
{
    fa_chunk_cache_shrink(lane, 0);
}

static void trim_lane(fa_lane *lane)
{
    fa_arena *arena = &lane->frame.arena;
    if (!fa_frame_running(lane) && arena->chunk != NULL)
        fa_arena_surrender(lane, arena);
    fa_chunk_cache_shrink(lane, 0);
}

static void dispose_lane(fa_lane *lane)
{
    fa_phases_dispose(lane);
    fa_promoted_dispose(lane);
}

static void add_blocks(const fa_arena *arena, fa_intent_stats *sum)
{
    sum->allocations += fa_peek(arena->count);
    sum->frees += fa_peek(arena->gone);
    sum->live_count += fa_arena_live(arena);
}

/* fa_frame_live_bytes() for any thread. */
static uint64_t live_bytes_seen(const fa_frame_lane *frame)
{
    uint64_t bytes = fa_arena_used_seen(&frame->arena);
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        bytes += fa_arena_used_seen(&frame->ahead[slot]);
    return bytes;
}

static void read_lane(fa_lane *lane, fa_lane_stats *out)
{
    const fa_frame_lane *frame = &lane->frame;
    out->frame.live_bytes = live_bytes_seen(frame);
    add_blocks(&frame->arena, &out->frame);
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        add_blocks(&frame->ahead[slot], &out->frame);
    uint64_t peak = fa_peek(frame->peak);
    out->frame.peak_bytes = peak > out->frame.live_bytes ? peak : out->frame.live_bytes;
    out->frame_number = fa_frame_current(lane);
    out->last_frame_bytes = fa_peek(frame->last_used);
    out->refills += fa_peek(frame->refills);
    out->chunks = fa_peek(frame->chunks);
    out->chunk_bytes = fa_peek(frame->chunk_bytes);
}

/* Lanes count held blocks as gone. */
static void read_allocator(fa_allocator *a, fa_stats *out)
{
    fa_mutex_lock(&a->lock);
    out->frame.live_bytes += a->frame.held_bytes;
    out->frame.peak_bytes += a->frame.held_peak;
    out->frame.live_count += a->frame.held_count;
    out->frame.frees -= a->frame.held_count;
    out->chunks = a->frame.chunk_count;
    out->chunk_bytes = a->frame.chunk_bytes;
    fa_mutex_unlock(&a->lock);
}

const fa_room fa_frame_room = {
    .allocator_init = init_shared,
    .allocator_trim = fa_chunk_pool_trim,
    .allocator_close = fa_hold_dispose_all,
    .allocator_dispose = fa_chunk_dispose_all,
    .lane_init = init_lane,
    .lane_park = park_lane,
    .lane_trim = trim_lane,
    .lane_reclaim = reclaim_lane,
    .lane_dispose = dispose_lane,
    .lane_stats = read_lane,
    .allocator_stats = read_allocator,
};
