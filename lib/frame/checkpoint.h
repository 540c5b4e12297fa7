/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Records of how far a frame had come, shared by checkpoints and sub-frames. One lies in the frame's memory and is
 * found by walking those of the lane, so a stale id finds none. */
#ifndef FA_FRAME_CHECKPOINT_H
#define FA_FRAME_CHECKPOINT_H

#include "frame/frame.h"

typedef enum fa_record_kind {
    FA_RECORD_CHECKPOINT,
    FA_RECORD_SUBFRAME,
} fa_record_kind;

typedef struct fa_ahead_mark {
    fa_arena_mark arena;
    fa_cleanup_node *cleanups;
} fa_ahead_mark;

struct fa_checkpoint_record {
    fa_checkpoint_record *older;
    uint64_t id;
    fa_arena_mark arena;
    fa_cleanup_node *cleanups;
    uint64_t overflow; /* serial number of the last block from the heap */
    uint64_t retained; /* and of the last one retained */
    uint64_t bytes;    /* that the record itself takes */
    fa_record_kind kind;
    uint32_t ahead_mask;
    fa_ahead_mark ahead[]; /* one for every slot, if any was in use */
};

/* Bytes and blocks. */
typedef struct fa_frame_extent {
    uint64_t bytes;
    uint64_t blocks;
} fa_frame_extent;

/* A record of where the frame is; 0 with a report on failure. */
uint64_t fa_record_open(fa_lane *lane, fa_record_kind kind);

/* The record of that kind with this id, if it may be ended now; else the status, with a report. */
fa_status fa_record_locate(fa_allocator *a, uint64_t id, fa_record_kind kind, fa_lane **lane,
                           fa_checkpoint_record **record);

/* The newest sub-frame that was begun after the record; NULL if all have ended. */
const fa_checkpoint_record *fa_record_subframe_within(const fa_lane *lane, const fa_checkpoint_record *record);

/* What was taken since; the bytes include later records of the library, but not this one. */
fa_frame_extent fa_record_extent(const fa_lane *lane, const fa_checkpoint_record *record);

/* Runs the cleanup functions registered since, and frees the memory. Ends newer records too. */
void fa_record_undo(fa_lane *lane, const fa_checkpoint_record *record);

#endif
