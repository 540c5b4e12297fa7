/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How debug mode follows the life of an allocator. */
#include "debug/room.h"

#include "core/report.h"
#include "debug/debug.h"
#include "debug/memory.h"
#include "debug/options.h"

static bool init(fa_allocator *a)
{
    char wrong[128];
    fa_mutex_init(&a->debug.lock);
    fa_list_init(&a->debug.kept);
    fa_list_init(&a->debug.graves);
    a->debug.figures = (fa_debug_stats)FA_DEBUG_STATS_INIT;
    fa_debug_options options = fa_debug_options_at_start(a, wrong, sizeof wrong);
    fa_debug_start(a, &options);
    if (wrong[0] != 0)
        fa_warn(NULL, FA_CODE_ENVIRONMENT, "FRAMEALLOC_DEBUG %s: %s",
                FA_DEBUG_SUPPORT ? "has words that are none" : "is set, and the library was built without debug mode", wrong);
    return true;
}

static void dispose(fa_allocator *a)
{
    fa_debug_memory_dispose(&a->debug, &a->debug.record_memory);
    fa_debug_memory_dispose(&a->debug, &a->debug.site_memory);
    fa_mutex_destroy(&a->debug.lock);
}

static void trim(fa_allocator *a)
{
    fa_debug_evict(a, true);
}

/* Before pools and heap give back what is unused, of which this makes some. */
static void trim_lane(fa_lane *lane)
{
    fa_debug_evict(lane->allocator, true);
}

/* The next thread may look the same. */
static void park_lane(fa_lane *lane)
{
    lane->debug.thread = 0;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&a->debug.lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&a->debug.lock);
}

/* Pools and heap count a block until it is back; the allocator knows that it is released. */
static void take_off(fa_intent_stats *intent, uint64_t blocks, uint64_t bytes)
{
    intent->live_count -= blocks;
    intent->live_bytes -= bytes;
    intent->frees += blocks;
}

static void read_allocator(fa_allocator *a, fa_stats *out)
{
    const fa_debug_shared *shared = &a->debug;
    lock(a);
    take_off(&out->pool, shared->kept_pool_blocks, shared->kept_pool_bytes);
    take_off(&out->heap, shared->figures.kept_blocks - shared->kept_pool_blocks,
             shared->figures.kept_bytes - shared->kept_pool_bytes);
    unlock(a);
}

const fa_room fa_debug_room = {
    .allocator_init = init,
    .allocator_trim = trim,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .lane_park = park_lane,
    .lane_trim = trim_lane,
    .allocator_stats = read_allocator,
};
