/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The behaviour filter: counting by tag, and judging what was counted. */
#ifndef FA_DIAG_FILTER_H
#define FA_DIAG_FILTER_H

#include "account/tag.h"
#include "core/rooms.h"

#include <framealloc/filter.h>

/* Of one tag. Any thread adds; made at the tag's first block, and there as long as the allocator. */
struct fa_filter_figures {
    _Atomic(fa_filter_figures *) next; /* in order of making */
    fa_tag_node *tag;                  /* NULL for memory without one */
    fa_counter frame_blocks;
    fa_counter promoted;
    fa_counter pool_followed; /* pool blocks of which it is known when they were released */
    fa_counter pool_same_frame;
    fa_counter heap_in_frames;
    fa_counter kept_frames; /* frames that lived on beyond their end, or stayed open while others went by */
    fa_counter longest_kept;
    _Atomic uint32_t raised; /* bit by pattern */
};

/* A pool block of the frame that is running. */
struct fa_filter_sample {
    const void *block;
    uint64_t frame;
    fa_filter_figures *figures;
};

/* The figures of a tag, NULL without memory. */
fa_filter_figures *fa_filter_figures_of(fa_allocator *a, fa_tag_node *tag);

/* For the wiring. */
void fa_filter_hear(fa_allocator *a, const fa_happening *happening);
void fa_filter_frame_begun(fa_lane *lane, uint64_t number);
void fa_filter_frame_ended(fa_lane *lane, const fa_frame_span *span);

/* Reports what was found and not yet reported. */
void fa_filter_raise(fa_allocator *a);

fa_filter_config fa_filter_read_config(fa_allocator *a);

void fa_filter_lane_dispose(fa_lane *lane);
void fa_filter_dispose(fa_allocator *a);

#endif
