/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the behaviour filter counts. Pool blocks are followed only as long as the frame runs that allocated them: a table of
 * fixed size for each lane, in which entries of earlier frames are free places. */
#include "core/call.h"
#include "diag/filter.h"
#include "frame/frame.h"

#include <framealloc/block.h>
#include <framealloc/event.h>

#include <stdlib.h>

enum { RAISE_EVERY = 64 };

static fa_filter_sample *sample_of(fa_lane *lane, const void *block)
{
    /* Knuth's multiplicative hash of what differs between blocks. */
    uint32_t hash = (uint32_t)((uintptr_t)block >> 4) * 2654435761u;
    return &lane->diag.samples[hash >> (32 - FA_FILTER_SAMPLE_BITS)];
}

static bool table_ready(fa_lane *lane)
{
    if (lane->diag.samples == NULL)
        lane->diag.samples = calloc((size_t)1 << FA_FILTER_SAMPLE_BITS, sizeof *lane->diag.samples);
    return lane->diag.samples != NULL;
}

static void follow(fa_lane *lane, fa_filter_figures *figures, const void *block)
{
    if (!table_ready(lane))
        return;
    fa_filter_sample *sample = sample_of(lane, block);
    uint64_t frame = fa_frame_current(lane);
    if (sample->block != NULL && sample->frame == frame)
        return;
    *sample = (fa_filter_sample){block, frame, figures};
    fa_counter_add_shared(&figures->pool_followed, 1);
}

static void took_heap(fa_lane *lane, fa_filter_figures *figures)
{
    uint32_t number = figures->tag == NULL ? 0 : figures->tag->number;
    fa_filter_heap *seen = &lane->diag.heap[number % FA_FILTER_HEAP];
    fa_counter_add_shared(&figures->heap_in_frames, 1);
    if (seen->figures == figures && seen->frame == fa_frame_current(lane))
        return;
    *seen = (fa_filter_heap){figures, fa_frame_current(lane)};
    fa_counter_add_shared(&figures->heap_frames, 1);
}

static void allocated(fa_lane *lane, const fa_happening *happening)
{
    fa_filter_figures *figures = fa_filter_figures_of(lane->allocator, happening->tag);
    if (figures == NULL)
        return;
    if (happening->promoted)
        fa_counter_add_shared(&figures->promoted, 1);
    else if (happening->intent == FA_INTENT_FRAME)
        fa_counter_add_shared(&figures->frame_blocks, 1);
    else if (happening->intent == FA_INTENT_HEAP && fa_frame_running(lane))
        took_heap(lane, figures);
    else if (happening->intent == FA_INTENT_POOL && fa_frame_running(lane))
        follow(lane, figures, happening->block);
}

static void released(fa_lane *lane, const fa_happening *happening)
{
    if (lane->diag.samples == NULL || happening->intent != FA_INTENT_POOL)
        return;
    fa_filter_sample *sample = sample_of(lane, happening->block);
    if (sample->block != happening->block)
        return;
    if (sample->frame == fa_frame_current(lane) && fa_frame_running(lane))
        fa_counter_add_shared(&sample->figures->pool_same_frame, 1);
    sample->block = NULL;
}

static void kept(fa_allocator *a, fa_tag_node *tag, uint64_t frames)
{
    fa_filter_figures *figures = frames == 0 ? NULL : fa_filter_figures_of(a, tag);
    if (figures == NULL)
        return;
    fa_counter_add_shared(&figures->kept_frames, 1);
    fa_counter_raise_shared(&figures->longest_kept, frames);
}

void fa_filter_hear(fa_allocator *a, const fa_happening *happening)
{
    if (fa_likely(!fa_peek(a->diag.filter.on)))
        return;
    fa_lane *lane = fa_lane_existing(a);
    if (happening->kind == FA_HAPPENING_KEPT)
        kept(a, happening->tag, happening->count);
    else if (lane != NULL && happening->kind == FA_EVENT_ALLOC)
        allocated(lane, happening);
    else if (lane != NULL && happening->kind == FA_EVENT_FREE)
        released(lane, happening);
}

/* The clock is the number of frames of the lane that has ended most. */
void fa_filter_frame_begun(fa_lane *lane, uint64_t number)
{
    (void)number;
    lane->diag.begun_at = fa_peek(lane->allocator->diag.filter.clock);
    lane->diag.begun_in = fa_peek(lane->allocator->diag.filter.turns);
}

void fa_filter_frame_ended(fa_lane *lane, const fa_frame_span *span)
{
    fa_allocator *a = lane->allocator;
    fa_filter_shared *filter = &a->diag.filter;
    (void)span;
    if (!fa_peek(filter->on))
        return;
    uint64_t clock = fa_peek(filter->clock);
    if (lane->diag.begun_in == fa_peek(filter->turns))
        kept(a, lane->account.current, clock - fa_min(clock, lane->diag.begun_at));
    fa_counter_add_shared(&filter->frames, 1);
    fa_counter_raise_shared(&filter->clock, ++lane->diag.filtered);
    if (lane->diag.filtered % RAISE_EVERY == 0)
        fa_filter_raise(a);
}
