/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/checkpoint.h>

#include "core/call.h"
#include "core/report.h"
#include "core/watch.h"
#include "frame/checkpoint.h"
#include "frame/discard.h"
#include "frame/retain.h"

#include <framealloc/block.h>

enum { LANE_BITS = 24 };

static uint64_t lane_part(const fa_lane *lane)
{
    return lane->id & (((uint64_t)1 << LANE_BITS) - 1);
}

static uint64_t next_id(fa_lane *lane)
{
    return ++lane->frame.checkpoint_serial << LANE_BITS | lane_part(lane);
}

static void record_ahead(const fa_lane *lane, fa_checkpoint_record *record)
{
    for (unsigned slot = 0; record->ahead_mask != 0 && slot < FA_AHEAD_RING; slot++)
        record->ahead[slot] =
            (fa_ahead_mark){fa_arena_here(&lane->frame.ahead[slot]), lane->frame.ahead_cleanups[slot]};
}

/* Bytes below a mark. */
static uint64_t bytes_at(const fa_arena_mark *mark)
{
    return mark->chunk == NULL ? 0 : mark->spilled + (mark->cursor - fa_chunk_payload(mark->chunk));
}

uint64_t fa_record_open(fa_lane *lane, fa_record_kind kind)
{
    fa_arena_mark here = fa_arena_here(&lane->frame.arena);
    size_t size = sizeof(fa_checkpoint_record) + (lane->frame.ahead_mask ? FA_AHEAD_RING * sizeof(fa_ahead_mark) : 0);
    fa_status status;
    fa_checkpoint_record *record = fa_frame_take_record(lane, 0, size, &status);
    if (record == NULL) {
        (void)fa_refuse_memory(lane->allocator, status, size, FA_GRAIN, false);
        return 0;
    }
    *record = (fa_checkpoint_record){lane->frame.checkpoints, next_id(lane), here, lane->frame.cleanups,
                                     lane->frame.overflow_serial, lane->frame.retained_serial,
                                     0, kind, lane->frame.ahead_mask};
    record_ahead(lane, record);
    record->bytes = fa_arena_used(&lane->frame.arena) - bytes_at(&here);
    lane->frame.checkpoints = record;
    lane->frame.end_work |= FA_END_CHECKPOINTS;
    return record->id;
}

static fa_checkpoint_record *find(const fa_lane *lane, uint64_t id, fa_record_kind kind)
{
    fa_checkpoint_record *record = lane->frame.checkpoints;
    while (record != NULL && (record->id != id || record->kind != kind))
        record = record->older;
    return record;
}

static fa_status refuse(fa_allocator *a, fa_record_kind kind, uint64_t id, fa_status status, const char *why)
{
    bool scope = kind == FA_RECORD_SUBFRAME;
    return fa_refuse(a, scope ? FA_CODE_UNBALANCED : FA_CODE_STALE, status, "%s %#llx %s",
                     scope ? "sub-frame" : "checkpoint", (unsigned long long)id, why);
}

fa_status fa_record_locate(fa_allocator *a, uint64_t id, fa_record_kind kind, fa_lane **lane,
                           fa_checkpoint_record **record)
{
    *lane = fa_lane_get(a);
    if (*lane == NULL)
        return fa_last_status();
    if (id != 0 && (id & (((uint64_t)1 << LANE_BITS) - 1)) != lane_part(*lane))
        return refuse(a, kind, id, FA_ERROR_WRONG_LANE, "was taken on another lane");
    if (!fa_frame_running(*lane))
        return refuse(a, kind, id, FA_ERROR_NO_FRAME, "is of a frame that has ended");
    *record = find(*lane, id, kind);
    if (*record == NULL)
        return refuse(a, kind, id, FA_ERROR_STALE, "has ended, or never was");
    /* A function that runs now must not end anything: the records would go under the feet of the first. */
    if ((*lane)->frame.end_work & FA_END_RUNNING)
        return refuse(a, kind, id, FA_ERROR_BUSY, "was ended by a cleanup function of the frame that runs it");
    return FA_OK;
}

const fa_checkpoint_record *fa_record_subframe_within(const fa_lane *lane, const fa_checkpoint_record *record)
{
    const fa_checkpoint_record *newer = lane->frame.checkpoints;
    while (newer != record && newer->kind != FA_RECORD_SUBFRAME)
        newer = newer->older;
    return newer == record ? NULL : newer;
}

static void add_extent(fa_frame_extent *extent, const fa_arena *arena, const fa_arena_mark *mark)
{
    extent->bytes += fa_arena_used(arena) - bytes_at(mark);
    extent->blocks += fa_arena_live(arena) - mark->live;
}

fa_frame_extent fa_record_extent(const fa_lane *lane, const fa_checkpoint_record *record)
{
    const fa_arena_mark nothing = {0};
    fa_frame_extent extent = {0};
    add_extent(&extent, &lane->frame.arena, &record->arena);
    extent.bytes -= record->bytes;
    for (unsigned slot = 0; lane->frame.ahead_mask != 0 && slot < FA_AHEAD_RING; slot++)
        add_extent(&extent, &lane->frame.ahead[slot], record->ahead_mask != 0 ? &record->ahead[slot].arena : &nothing);
    return extent;
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
        if (lane->frame.capped || lane->watch & FA_WATCH_ARENAS)
            arena->limit = fa_peek(arena->cursor);
        if (arena->chunk == NULL)
            lane->frame.ahead_mask &= ~(1u << slot);
    }
}

static void set_newest(fa_lane *lane, fa_checkpoint_record *newest)
{
    lane->frame.checkpoints = newest;
    fa_end_work_set(lane, FA_END_CHECKPOINTS, newest != NULL);
}

/* The record lies in the memory that goes, so it is used last. */
static void rewind_all(fa_lane *lane, const fa_checkpoint_record *record)
{
    fa_frame_before_shrink(lane);
    fa_overflow_release_since(lane, record->overflow);
    fa_retained_forget_since(lane, record->retained);
    fa_arena_mark mark = record->arena;
    set_newest(lane, record->older);
    rewind_ahead(lane, record);
    fa_arena_rewind(lane, &lane->frame.arena, &mark);
    lane->frame.rewinds++;
    fa_end_work_set(lane, FA_END_SPILLED, lane->frame.arena.chunk != lane->frame.arena.oldest);
    fa_frame_after_shrink(lane);
}

static void tell_discard(fa_lane *lane, const fa_checkpoint_record *record)
{
    const fa_arena_mark nothing = {0};
    fa_discard d;
    fa_discard_start(&d);
    fa_discard_add_arena(&d, &lane->frame.arena, &record->arena);
    for (unsigned slot = 0; lane->frame.ahead_mask != 0 && slot < FA_AHEAD_RING; slot++)
        fa_discard_add_arena(&d, &lane->frame.ahead[slot], record->ahead_mask != 0 ? &record->ahead[slot].arena : &nothing);
    fa_discard_tell(&d, lane->allocator, (fa_happening){.what = FA_DISCARD_ROLLBACK, .intent = FA_INTENT_FRAME,
                                                        .other_lane = lane->id});
    run_cleanups_since(lane, record); /* of who was told */
}

static void check_guards_since(fa_lane *lane, const fa_checkpoint_record *record)
{
    const fa_arena_mark nothing = {0};
    fa_arena_check(lane->allocator, &lane->frame.arena, &record->arena);
    for (unsigned slot = 0; lane->frame.ahead_mask != 0 && slot < FA_AHEAD_RING; slot++)
        fa_arena_check(lane->allocator, &lane->frame.ahead[slot], record->ahead_mask != 0 ? &record->ahead[slot].arena : &nothing);
}

void fa_record_undo(fa_lane *lane, const fa_checkpoint_record *record)
{
    lane->frame.end_work |= FA_END_RUNNING;
    run_cleanups_since(lane, record);
    if (fa_unlikely(lane->watch & FA_WATCH_DISCARDS))
        tell_discard(lane, record);
    check_guards_since(lane, record);
    rewind_all(lane, record);
    fa_end_work_set(lane, FA_END_RUNNING, false);
}

fa_checkpoint fa_frame_checkpoint(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    return lane == NULL ? 0 : fa_record_open(lane, FA_RECORD_CHECKPOINT);
}

fa_status fa_frame_rollback(fa_allocator *a, fa_checkpoint checkpoint)
{
    FA_ENTER(a);
    fa_lane *lane;
    fa_checkpoint_record *record;
    fa_status status = fa_record_locate(a, checkpoint, FA_RECORD_CHECKPOINT, &lane, &record);
    if (status == FA_OK)
        fa_record_undo(lane, record);
    return status;
}

fa_status fa_frame_commit(fa_allocator *a, fa_checkpoint checkpoint)
{
    FA_ENTER(a);
    fa_lane *lane;
    fa_checkpoint_record *record;
    fa_status status = fa_record_locate(a, checkpoint, FA_RECORD_CHECKPOINT, &lane, &record);
    if (status != FA_OK)
        return status;
    const fa_checkpoint_record *open = fa_record_subframe_within(lane, record);
    if (open != NULL)
        return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "sub-frame %#llx in checkpoint %#llx is open",
                         (unsigned long long)open->id, (unsigned long long)checkpoint);
    set_newest(lane, record->older);
    return FA_OK;
}

/* What is not kept goes, whatever the attempt has left open. */
static fa_status give_up(fa_allocator *a, fa_checkpoint checkpoint, fa_status why)
{
    fa_status status = fa_frame_rollback(a, checkpoint);
    return why == FA_OK ? status : fa_fail(why);
}

fa_status fa_frame_speculate(fa_allocator *a, fa_attempt attempt, void *user, int32_t *kept)
{
    FA_ENTER(a);
    if (kept != NULL)
        *kept = 0;
    if (attempt == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the attempt to make is NULL");
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    if (checkpoint == 0)
        return fa_last_status();
    if (attempt(user) == 0)
        return give_up(a, checkpoint, FA_OK);
    fa_status status = fa_frame_commit(a, checkpoint);
    if (status == FA_ERROR_UNBALANCED)
        return give_up(a, checkpoint, status);
    if (kept != NULL)
        *kept = status == FA_OK;
    return status;
}
