/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How pools follow the lives of allocators and lanes, and what they count. */
#include "pool/room.h"

#include "account/charge.h"
#include "core/watch.h"
#include "pool/cache.h"
#include "pool/deferred.h"
#include "pool/inbox.h"
#include "pool/source.h"

#include <string.h>

static bool init_shared(fa_allocator *a)
{
    fa_source_init(a);
    fa_deferred_init(a);
    return true;
}

static bool init_lane(fa_lane *lane)
{
    fa_cache_init(lane);
    return true;
}

void fa_pool_retag(fa_lane *lane)
{
    bool slow = fa_account_watches_pool(lane) || lane->watch & (FA_WATCH_BLOCKS | FA_WATCH_INBOX);
    lane->pool.span_end = slow ? 0 : lane->allocator->config.pool_heap_threshold;
    if (lane->watch & FA_WATCH_RELEASES)
        memset(lane->pool.known, 0, sizeof lane->pool.known);
}

static void read_class(const fa_lane *lane, unsigned index, fa_lane_stats *out)
{
    const fa_class_state *class = &lane->pool.classes[index];
    fa_intent_stats *intent = fa_class_is_heap(index) ? &out->heap : &out->pool;
    int64_t balance = fa_cache_live(lane, index);
    uint64_t live = (uint64_t)balance;
    uint64_t allocations = fa_peek(lane->pool.caches[index].allocations);
    uint64_t peak = fa_peek(class->peak);
    intent->live_bytes += live * fa_class_size(index);
    intent->live_count += live;
    intent->peak_bytes += (balance > (int64_t)peak ? live : peak) * fa_class_size(index);
    intent->allocations += allocations;
    intent->frees += allocations - live;
    out->pages += fa_peek(class->page_count);
    out->deferred_frees += fa_peek(class->deferred_out);
}

static void read_lane(fa_lane *lane, fa_lane_stats *out)
{
    out->refills += fa_peek(lane->pool.refills);
    for (unsigned i = 0; i < FA_CLASSES; i++)
        read_class(lane, i, out);
}

/* Blocks of the class that are on their way to their owner. */
static uint64_t pending(fa_allocator *a, unsigned index)
{
    uint64_t out = fa_peek(a->pool.deferred_out[index]);
    uint64_t in = 0;
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        in += fa_peek(lane->pool.classes[index].deferred_in);
        out += fa_peek(lane->pool.classes[index].deferred_out);
    }
    return out > in ? out - in : 0;
}

/* A lane counts a block until it is back; the allocator knows it is free as soon as it is released. */
static void take_off(fa_intent_stats *intent, uint64_t blocks, size_t size)
{
    intent->live_bytes -= blocks * size;
    intent->live_count -= blocks;
    intent->frees += blocks;
}

static uint64_t live_bytes_in_pages(fa_allocator *a, unsigned index)
{
    uint64_t live = 0;
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        live += (uint64_t)fa_cache_live(lane, index);
    return (live - pending(a, index)) * fa_class_size(index);
}

static void read_allocator(fa_allocator *a, fa_stats *out)
{
    uint64_t live_bytes = 0;
    for (unsigned i = 0; i < FA_CLASSES; i++) {
        uint64_t on_the_way = pending(a, i);
        take_off(fa_class_is_heap(i) ? &out->heap : &out->pool, on_the_way, fa_class_size(i));
        live_bytes += live_bytes_in_pages(a, i);
        out->deferred_pending += on_the_way;
        out->deferred_frees += fa_peek(a->pool.deferred_out[i]);
    }
    if (out->page_bytes != 0)
        out->fragmentation = 1.0 - (double)live_bytes / (double)out->page_bytes;
}

static void lock_queues(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        fa_mutex_lock(&lane->pool.queue.lock);
}

static void unlock_queues(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        fa_mutex_unlock(&lane->pool.queue.lock);
}

static void forked(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        fa_queue_forked(&lane->pool.queue);
}

static void wake_waiting(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        fa_queue_wake(lane);
}

const fa_room fa_pool_room = {
    .allocator_init = init_shared,
    .allocator_trim = fa_source_trim,
    .allocator_closing = wake_waiting,
    .allocator_dispose = fa_source_dispose,
    .allocator_lock = lock_queues,
    .allocator_unlock = unlock_queues,
    .allocator_forked = forked,
    .lane_init = init_lane,
    .lane_park = fa_cache_drain,
    .lane_trim = fa_cache_drain,
    .lane_reclaim = fa_cache_reclaim,
    .lane_dispose = fa_cache_dispose,
    .lane_stats = read_lane,
    .allocator_stats = read_allocator,
};
