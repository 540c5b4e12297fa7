/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reading the figures of tags. */
#include "account/scope.h"
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"

static void read_arena(const fa_arena_figures *figures, fa_intent_stats *out, uint64_t *total)
{
    out->live_bytes = fa_peek(figures->live_bytes);
    out->peak_bytes = fa_peek(figures->peak_bytes);
    out->allocations = fa_peek(figures->allocations);
    out->frees = fa_peek(figures->frees);
    out->live_count = out->allocations - out->frees;
    *total = fa_peek(figures->total_bytes);
}

static void add_blocks(const fa_block_figures *figures, fa_intent_stats *out, uint64_t *total)
{
    uint64_t allocated = fa_peek(figures->allocated_bytes);
    out->allocations += fa_peek(figures->allocated_count);
    out->frees += fa_peek(figures->freed_count) + fa_peek(figures->returned_count);
    out->live_count = out->allocations - out->frees;
    out->live_bytes += allocated - fa_peek(figures->freed_bytes) - fa_peek(figures->returned_bytes);
    out->peak_bytes += fa_peek(figures->peak_bytes);
    *total += allocated;
}

static void read_tag(fa_allocator *a, const fa_tag_node *node, fa_tag_stats *out)
{
    out->level = node->level;
    out->tag = fa_tag_id(a, node);
    out->parent = fa_tag_id(a, node->parent);
    out->nested_live_bytes = fa_peek(node->meter.charged);
    read_arena(&node->frame, &out->frame, &out->frame_total_bytes);
    read_arena(&node->scratch, &out->scratch, &out->scratch_total_bytes);
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        const fa_tag_entry *entry = fa_tag_entry_of(lane, node->number);
        if (entry == NULL)
            continue;
        add_blocks(&entry->pool, &out->pool, &out->pool_total_bytes);
        add_blocks(&entry->heap, &out->heap, &out->heap_total_bytes);
    }
}

/* The calling lane's own bytes are booked up to now; a grant that is not used up yet is nobody's memory. */
static void settle_own(fa_allocator *a)
{
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL)
        fa_account_sync(lane);
}

fa_status fa_tag_get_stats(fa_allocator *a, fa_tag tag, fa_tag_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (!FA_STATISTICS || !a->config.statistics)
        return fa_fail(FA_ERROR_DISABLED);
    const fa_tag_node *node = fa_tag_node_need(a, tag);
    if (node == NULL)
        return FA_ERROR_NOT_FOUND;
    settle_own(a);
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    read_tag(a, node, &stats);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}
