/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Marking frame memory that shall outlive its frame. The records lie in the frame's memory, next to what they mark. */
#include "core/call.h"
#include "frame/retained.h"

#include "account/tag.h"
#include "core/report.h"
#include "core/tell.h"
#include "core/versioned.h"
#include "frame/phase.h"

#include <string.h>

static bool names_fit(const fa_retention *how)
{
    bool wants_scratch = how->policy == FA_RETAIN_TO_SCRATCH;
    bool named = how->scratch != NULL && how->scratch[0] != 0;
    return wants_scratch == named && (!named || strnlen(how->scratch, FA_RETAIN_NAME_MAX + 1) <= FA_RETAIN_NAME_MAX);
}

static fa_status check(fa_allocator *a, const fa_retention *theirs, fa_retention *ours)
{
    fa_status status = fa_versioned_check(theirs, sizeof *ours);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the retention is NULL or of another size");
    fa_versioned_read(ours, sizeof *ours, theirs);
    if (ours->policy < FA_RETAIN_DISCARD || ours->policy > FA_RETAIN_LEAK || ours->reserved != 0 ||
        ours->frames_ahead > FA_FRAMES_AHEAD_MAX || !names_fit(ours))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a retention needs a policy, up to %d frames ahead, and the name of a scratch pool for "
                         "FA_RETAIN_TO_SCRATCH only", FA_FRAMES_AHEAD_MAX);
    return FA_OK;
}

static fa_status check_lane(fa_allocator *a, const fa_lane *lane)
{
    if (!fa_frame_running(lane))
        return fa_refuse(a, FA_CODE_OUTSIDE_FRAME, FA_ERROR_NO_FRAME, "only memory of a running frame can be retained");
    if (lane->frame.end_work & FA_END_RUNNING)
        return fa_refuse(a, FA_CODE_STALE, FA_ERROR_BUSY, "a cleanup function retained memory of the frame that runs it");
    return FA_OK;
}

static void copy_name(char *to, const char *from)
{
    size_t length = from == NULL ? 0 : strnlen(from, FA_RETAIN_NAME_MAX);
    memcpy(to, from == NULL ? "" : from, length);
    to[length] = 0;
}

static void fill_in(fa_lane *lane, fa_retained *record, const fa_retention *how)
{
    record->policy = how->policy;
    record->tag = fa_tag_id(lane->allocator, lane->account.current);
    record->serial = ++lane->frame.retained_serial;
    copy_name(record->phase, fa_phase_name(lane, fa_phase_innermost(lane)));
    copy_name(record->scratch, how->scratch);
    copy_name(record->type_name, how->type_name);
}

static void enlist(fa_lane *lane, fa_retained *record, uint32_t frames_ahead)
{
    fa_retained **list = &lane->frame.retained[fa_ahead_slot(fa_frame_current(lane) + frames_ahead)];
    record->older = *list;
    *list = record;
    lane->frame.end_work |= FA_END_RETAINED;
}

/* The record first: it is let go of if the block cannot be had. */
static void *take(fa_lane *lane, size_t size, size_t align, const fa_retention *how, fa_status *status)
{
    size_t wanted = size;
    *status = fa_request_check(&size, align);
    if (*status != FA_OK)
        return NULL;
    fa_retained *record = fa_frame_take_record(lane, how->frames_ahead, sizeof *record, status);
    if (record == NULL)
        return NULL;
    void *block = fa_frame_take_block(lane, how->frames_ahead, size, align, status);
    if (block == NULL)
        return NULL;
    *record = (fa_retained){.block = block, .size = wanted, .align = align};
    fill_in(lane, record, how);
    enlist(lane, record, how->frames_ahead);
    return block;
}

void *fa_frame_alloc_retained(fa_allocator *a, size_t size, size_t align, const fa_retention *how)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    fa_retention ours;
    if (lane == NULL || check(a, how, &ours) != FA_OK || check_lane(a, lane) != FA_OK)
        return NULL;
    fa_status status;
    void *block = take(lane, size, align, &ours, &status);
    if (block == NULL)
        (void)fa_refuse_memory(a, status, size, align, false);
    return fa_told_allocation(lane, FA_INTENT_FRAME, block, size);
}

void *fa_frame_alloc_important(fa_allocator *a, size_t size, size_t align, int32_t importance, const char *scratch)
{
    FA_ENTER(a);
    static const int32_t policies[] = {FA_RETAIN_DISCARD, FA_RETAIN_TO_POOL, FA_RETAIN_TO_HEAP, FA_RETAIN_TO_SCRATCH};
    fa_retention how = FA_RETENTION_INIT;
    bool known = importance >= FA_IMPORTANCE_EPHEMERAL && importance <= FA_IMPORTANCE_SCRATCH;
    how.policy = known ? policies[importance] : -1;
    how.scratch = scratch;
    return fa_frame_alloc_retained(a, size, align, &how);
}

static bool in_use(const fa_lane *lane, const void *block, size_t size)
{
    const unsigned char *end = (const unsigned char *)block + size;
    bool held = fa_arena_spans(&lane->frame.arena, block, end);
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        held = held || fa_arena_spans(&lane->frame.ahead[slot], block, end);
    return held;
}

fa_status fa_frame_retain(fa_allocator *a, void *block, size_t size, size_t align, const fa_retention *how)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_retention ours;
    fa_status status = check(a, how, &ours);
    if (status == FA_OK)
        status = check_lane(a, lane);
    if (status != FA_OK)
        return status;
    size_t wanted = size;
    status = fa_request_check(&wanted, align);
    if (status != FA_OK)
        return fa_refuse_memory(a, status, size, align, false);
    if (block == NULL || !in_use(lane, block, wanted))
        return fa_refuse(a, FA_CODE_FOREIGN_POINTER, FA_ERROR_FOREIGN_POINTER,
                         "%zu bytes at %p are not in use by frames of this lane", size, block);
    fa_retained *record = fa_frame_take_record(lane, ours.frames_ahead, sizeof *record, &status);
    if (record == NULL)
        return fa_refuse_memory(a, status, sizeof *record, FA_GRAIN, false);
    *record = (fa_retained){.block = block, .size = size, .align = align};
    fill_in(lane, record, &ours);
    enlist(lane, record, ours.frames_ahead);
    return FA_OK;
}

static size_t length_of(const fa_retained *list)
{
    size_t count = 0;
    for (; list != NULL; list = list->older)
        count++;
    return count;
}

size_t fa_frame_retained_count(fa_allocator *a)
{
    FA_ENTER(a);
    const fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    if (lane == NULL || !fa_frame_running(lane))
        return 0;
    return length_of(lane->frame.retained[fa_ahead_slot(fa_frame_current(lane))]);
}

size_t fa_frame_retained_drop(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    size_t count = 0;
    for (unsigned slot = 0; lane != NULL && slot < FA_AHEAD_RING; slot++) {
        count += length_of(lane->frame.retained[slot]);
        lane->frame.retained[slot] = NULL;
    }
    return count;
}

bool fa_retained_any(const fa_lane *lane)
{
    bool any = false;
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        any = any || lane->frame.retained[slot] != NULL;
    return any;
}

void fa_retained_forget_since(fa_lane *lane, uint64_t serial)
{
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++) {
        fa_retained **list = &lane->frame.retained[slot];
        while (*list != NULL && (*list)->serial > serial)
            *list = (*list)->older;
    }
}

void fa_retained_expire(fa_lane *lane)
{
    fa_retained **list = &lane->frame.retained[fa_ahead_slot(fa_frame_current(lane))];
    if (*list == NULL)
        return;
    size_t count = length_of(*list);
    *list = NULL;
    fa_warn(lane->allocator, FA_CODE_RETAINED_DROPPED, "%zu blocks were to be promoted", count);
}
