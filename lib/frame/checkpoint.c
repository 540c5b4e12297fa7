/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A checkpoint is a record in frame memory, found by walking those of the lane, so a stale id finds none. */
#include <framealloc/checkpoint.h>

#include "core/report.h"
#include "frame/frame.h"

typedef struct fa_ahead_mark {
    fa_arena_mark arena;
    fa_cleanup_node *cleanups;
} fa_ahead_mark;

struct fa_checkpoint_record {
    fa_checkpoint_record *older;
    fa_checkpoint id;
    fa_arena_mark arena;
    fa_cleanup_node *cleanups;
    uint64_t overflow; /* serial number of the last block from the heap */
    uint32_t ahead_mask;
    fa_ahead_mark ahead[]; /* one for every slot, if any was in use */
};

enum { LANE_BITS = 24 };

static uint64_t lane_part(const fa_lane *lane)
{
    return lane->id & (((uint64_t)1 << LANE_BITS) - 1);
}

static fa_checkpoint next_id(fa_lane *lane)
{
    return ++lane->frame.checkpoint_serial << LANE_BITS | lane_part(lane);
}

static void record_ahead(const fa_lane *lane, fa_checkpoint_record *record)
{
    for (unsigned slot = 0; record->ahead_mask != 0 && slot < FA_AHEAD_RING; slot++)
        record->ahead[slot] =
            (fa_ahead_mark){fa_arena_here(&lane->frame.ahead[slot]), lane->frame.ahead_cleanups[slot]};
}

fa_checkpoint fa_frame_checkpoint(fa_allocator *a)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return 0;
    fa_arena_mark here = fa_arena_here(&lane->frame.arena);
    size_t size = sizeof(fa_checkpoint_record) + (lane->frame.ahead_mask ? FA_AHEAD_RING * sizeof(fa_ahead_mark) : 0);
    fa_status status;
    fa_checkpoint_record *record = fa_frame_take_record(lane, 0, size, &status);
    if (record == NULL) {
        (void)fa_refuse_memory(a, status, size, FA_GRAIN, false);
        return 0;
    }
    *record = (fa_checkpoint_record){lane->frame.checkpoints, next_id(lane), here, lane->frame.cleanups,
                                     lane->frame.overflow_serial, lane->frame.ahead_mask};
    record_ahead(lane, record);
    lane->frame.checkpoints = record;
    lane->frame.end_work |= FA_END_CHECKPOINTS;
    return record->id;
}

static fa_checkpoint_record *find(const fa_lane *lane, fa_checkpoint id)
{
    fa_checkpoint_record *record = lane->frame.checkpoints;
    while (record != NULL && record->id != id)
        record = record->older;
    return record;
}

static fa_status locate(fa_allocator *a, fa_checkpoint id, fa_lane **lane, fa_checkpoint_record **record)
{
    *lane = fa_lane_get(a);
    if (*lane == NULL)
        return fa_last_status();
    if (id != 0 && (id & (((uint64_t)1 << LANE_BITS) - 1)) != lane_part(*lane))
        return fa_refuse(a, FA_CODE_STALE, FA_ERROR_WRONG_LANE, "checkpoint %#llx was taken on another lane",
                         (unsigned long long)id);
    if (!fa_frame_running(*lane))
        return fa_refuse(a, FA_CODE_STALE, FA_ERROR_NO_FRAME, "the frame of checkpoint %#llx has ended",
                         (unsigned long long)id);
    *record = find(*lane, id);
    if (*record == NULL)
        return fa_refuse(a, FA_CODE_STALE, FA_ERROR_STALE, "checkpoint %#llx was rolled back, committed or never taken",
                         (unsigned long long)id);
    /* A function that runs now must not roll back or commit: the records would go under the feet of the first. */
    if ((*lane)->frame.end_work & FA_END_RUNNING)
        return fa_refuse(a, FA_CODE_STALE, FA_ERROR_BUSY, "a cleanup function ended a checkpoint of the frame that runs it");
    return FA_OK;
}

static const fa_cleanup_node *ahead_cleanups_at(const fa_checkpoint_record *record, unsigned slot)
{
    return record->ahead_mask != 0 ? record->ahead[slot].cleanups : NULL;
}

static bool any_cleanup_since(const fa_lane *lane, const fa_checkpoint_record *record)
{
    bool any = lane->frame.cleanups != record->cleanups;
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        any = any || lane->frame.ahead_cleanups[slot] != ahead_cleanups_at(record, slot);
    return any;
}

/* Functions registered since run first, also those that they register, then the memory they may use goes. */
static void run_cleanups_since(fa_lane *lane, const fa_checkpoint_record *record)
{
    while (any_cleanup_since(lane, record)) {
        fa_cleanup_run(&lane->frame.cleanups, record->cleanups);
        for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
            fa_cleanup_run(&lane->frame.ahead_cleanups[slot], ahead_cleanups_at(record, slot));
    }
}

static void rewind_ahead(fa_lane *lane, const fa_checkpoint_record *record)
{
    const fa_arena_mark nothing = {0};
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++) {
        if (!(lane->frame.ahead_mask & 1u << slot))
            continue;
        fa_arena *arena = &lane->frame.ahead[slot];
        fa_arena_rewind(lane, arena, record->ahead_mask != 0 ? &record->ahead[slot].arena : &nothing);
        if (lane->frame.capped)
            arena->limit = fa_peek(arena->cursor);
        if (arena->chunk == NULL)
            lane->frame.ahead_mask &= ~(1u << slot);
    }
}

/* The record lies in the memory that goes, so it is used last. */
static void rewind_all(fa_lane *lane, const fa_checkpoint_record *record)
{
    fa_frame_before_shrink(lane);
    fa_overflow_release_since(lane, record->overflow);
    fa_arena_mark mark = record->arena;
    lane->frame.checkpoints = record->older;
    rewind_ahead(lane, record);
    fa_arena_rewind(lane, &lane->frame.arena, &mark);
    lane->frame.rewinds++;
    fa_end_work_set(lane, FA_END_SPILLED, lane->frame.arena.chunk != lane->frame.arena.oldest);
    fa_frame_after_shrink(lane);
}

fa_status fa_frame_rollback(fa_allocator *a, fa_checkpoint checkpoint)
{
    fa_lane *lane;
    fa_checkpoint_record *record;
    fa_status status = locate(a, checkpoint, &lane, &record);
    if (status != FA_OK)
        return status;
    lane->frame.end_work |= FA_END_RUNNING;
    run_cleanups_since(lane, record);
    rewind_all(lane, record);
    fa_end_work_set(lane, FA_END_RUNNING, false);
    return FA_OK;
}

fa_status fa_frame_commit(fa_allocator *a, fa_checkpoint checkpoint)
{
    fa_lane *lane;
    fa_checkpoint_record *record;
    fa_status status = locate(a, checkpoint, &lane, &record);
    if (status == FA_OK)
        lane->frame.checkpoints = record->older;
    return status;
}
