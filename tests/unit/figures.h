/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Reading statistics, and what must hold of them at any time. */
#ifndef TESTS_FIGURES_H
#define TESTS_FIGURES_H

#include "check.h"

#include <framealloc/framealloc.h>

static inline fa_stats figures(fa_allocator *a)
{
    fa_stats stats = FA_STATS_INIT;
    CHECK_EQ(fa_allocator_stats(a, &stats), FA_OK);
    return stats;
}

static inline fa_lane_stats lane_figures(fa_allocator *a)
{
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, NULL, &stats), FA_OK);
    return stats;
}

static inline void check_intent_adds_up(const fa_intent_stats *intent)
{
    CHECK_EQ(intent->live_count, intent->allocations - intent->frees);
    CHECK(intent->peak_bytes >= intent->live_bytes);
    CHECK(intent->live_count != 0 || intent->live_bytes == 0);
}

static inline void check_adds_up(const fa_stats *stats)
{
    check_intent_adds_up(&stats->frame);
    check_intent_adds_up(&stats->pool);
    check_intent_adds_up(&stats->heap);
    check_intent_adds_up(&stats->scratch);
    CHECK(stats->reserved_bytes <= stats->reserved_peak_bytes);
    CHECK(stats->backend_allocations >= stats->backend_deallocations);
    CHECK(stats->deferred_pending <= stats->deferred_frees);
    CHECK(stats->fragmentation >= 0.0 && stats->fragmentation <= 1.0);
    CHECK_EQ(stats->page_bytes, stats->pages * 65536);
}

static inline bool same_intent(const fa_intent_stats *left, const fa_intent_stats *right)
{
    return left->live_bytes == right->live_bytes && left->live_count == right->live_count &&
           left->allocations == right->allocations && left->frees == right->frees;
}

/* Whether nothing was charged between two readings. */
static inline bool same_charges(const fa_stats *left, const fa_stats *right)
{
    return same_intent(&left->frame, &right->frame) && same_intent(&left->pool, &right->pool) &&
           same_intent(&left->heap, &right->heap) && same_intent(&left->scratch, &right->scratch);
}

#endif
