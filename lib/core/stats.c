/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/stats.h>

#include "core/call.h"
#include "core/lane.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/versioned.h"

#include <string.h>

static bool statistics_kept(fa_allocator *a)
{
    return FA_STATISTICS && a->config.statistics;
}

void fa_lane_read_stats(fa_lane *lane, fa_lane_stats *out)
{
    *out = (fa_lane_stats)FA_LANE_STATS_INIT;
    out->bound = fa_peek(lane->cache) != NULL;
    out->lane_id = lane->id;
    memcpy(out->name, lane->name, sizeof out->name);
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->lane_stats != NULL)
            fa_rooms[i]->lane_stats(lane, out);
    }
}

static void add_intent(fa_intent_stats *sum, const fa_intent_stats *part)
{
    sum->live_bytes += part->live_bytes;
    sum->live_count += part->live_count;
    sum->peak_bytes += part->peak_bytes;
    sum->allocations += part->allocations;
    sum->frees += part->frees;
}

static void add_lane(fa_stats *sum, const fa_lane_stats *lane)
{
    add_intent(&sum->frame, &lane->frame);
    add_intent(&sum->pool, &lane->pool);
    add_intent(&sum->heap, &lane->heap);
    add_intent(&sum->scratch, &lane->scratch);
    sum->refills += lane->refills;
    sum->deferred_frees += lane->deferred_frees;
    sum->pages += lane->pages;
}

static void read_backend(const fa_allocator *a, fa_stats *out)
{
    const fa_backend_state *backend = &a->backend;
    uint64_t peak = fa_peek(backend->meter.peak);
    out->reserved_bytes = fa_peek(backend->meter.charged);
    out->reserved_peak_bytes = out->reserved_bytes > peak ? out->reserved_bytes : peak; /* a charge shows before its peak */
    out->backend_allocations = fa_peek(backend->granted);
    out->backend_deallocations = fa_peek(backend->returned);
    out->backend_failures = fa_peek(backend->failures);
    out->backend_fallbacks = fa_peek(backend->fallbacks);
}

static void read_allocator(fa_allocator *a, fa_stats *out)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        fa_lane_stats part;
        fa_lane_read_stats(lane, &part);
        add_lane(out, &part);
        out->lanes++;
    }
    out->page_bytes = out->pages * FA_WINDOW_BYTES;
    read_backend(a, out);
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_stats != NULL)
            fa_rooms[i]->allocator_stats(a, out);
    }
}

static fa_status check_readable(fa_allocator *a)
{
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    return statistics_kept(a) ? FA_OK : fa_fail(FA_ERROR_DISABLED);
}

fa_status fa_allocator_stats(fa_allocator *a, fa_stats *out)
{
    FA_ENTER(a);
    fa_status status = check_readable(a);
    if (status != FA_OK)
        return status;
    fa_stats stats = FA_STATS_INIT;
    fa_look(a);
    read_allocator(a, &stats);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

/* A lane that holds idle blocks of others in a magazine can have given out less than nothing. */
static void clip(fa_intent_stats *stats)
{
    if ((int64_t)stats->live_count >= 0)
        return;
    stats->live_count = 0;
    stats->live_bytes = 0;
    stats->frees = stats->allocations;
}

fa_status fa_lane_get_stats(fa_allocator *a, fa_lane *lane, fa_lane_stats *out)
{
    FA_ENTER(a);
    fa_status status = check_readable(a);
    if (status != FA_OK)
        return status;
    fa_lane *chosen = lane != NULL ? lane : fa_lane_get(a);
    if (chosen == NULL)
        return fa_last_status();
    if (!fa_lane_belongs(a, chosen))
        return fa_refuse(a, FA_CODE_LANE_MISUSE, FA_ERROR_WRONG_LANE, "the lane belongs to another allocator");
    fa_lane_stats stats;
    fa_lane_read_stats(chosen, &stats);
    clip(&stats.pool);
    clip(&stats.heap);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}
