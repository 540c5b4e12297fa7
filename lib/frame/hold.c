/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tokens keep the memory of a frame beyond its end: the end sets its chunks aside whole, and the last token to go
 * retires them. */
#include "account/charge.h"
#include "account/ledger.h"
#include "core/call.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/watch.h"
#include "frame/discard.h"
#include "frame/frame.h"
#include "frame/guard.h"

#include <framealloc/block.h>

#include <stdlib.h>

/* Guarded by the allocator's lock. Several tokens may name one held frame. */
struct fa_held_frame {
    uint32_t tokens;
    bool ended;
    fa_chunk *chunks[2];         /* of the frame, and of blocks that looked ahead to it */
    fa_cleanup_node *cleanups[2];
    fa_ledger ledgers[2];
    fa_overflow *overflow;
    uint64_t bytes;
    uint64_t count;
    const fa_lane *lane;         /* lanes live as long as the allocator */
    uint64_t number;             /* of the frame */
};

static void dispose(fa_held_frame *held)
{
    for (unsigned i = 0; i < 2; i++)
        fa_ledger_dispose(&held->ledgers[i]);
    free(held);
}

/* Its ledgers change places with those of the lane, which may need room for every tag on its stack. */
static fa_held_frame *make_record(void)
{
    enum { CHANGES = FA_TAG_STACK + 3 };
    fa_held_frame *held = calloc(1, sizeof *held);
    if (held == NULL)
        return NULL;
    if (fa_ledger_reserve(&held->ledgers[0], CHANGES) && fa_ledger_reserve(&held->ledgers[1], CHANGES))
        return held;
    dispose(held);
    return NULL;
}

static fa_held_frame *hold_record(fa_lane *lane)
{
    if (lane->frame.held == NULL)
        lane->frame.held = make_record();
    return lane->frame.held;
}

static uint64_t add_token(fa_allocator *a, fa_held_frame *held)
{
    fa_mutex_lock(&a->lock);
    uint64_t token = fa_slots_insert(&a->frame.tokens, held);
    held->tokens += token != 0;
    fa_mutex_unlock(&a->lock);
    return token;
}

fa_status fa_frame_hold(fa_allocator *a, fa_frame_token *token)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (token == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the token to write is NULL");
    if (!fa_frame_running(lane))
        return fa_refuse(a, FA_CODE_OUTSIDE_FRAME, FA_ERROR_NO_FRAME, "a frame can be held only while it runs");
    fa_held_frame *held = hold_record(lane);
    if (held == NULL)
        return fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *held, FA_GRAIN, false);
    lane->frame.end_work |= FA_END_HELD;
    uint64_t id = add_token(a, held);
    if (id == 0)
        return fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *held, FA_GRAIN, false);
    *token = id;
    return FA_OK;
}

static void set_aside(fa_lane *lane, fa_held_frame *held)
{
    fa_frame_lane *frame = &lane->frame;
    unsigned slot = fa_ahead_slot(fa_frame_current(lane));
    fa_arena *ahead = &frame->ahead[slot];
    held->bytes = fa_arena_used(&frame->arena) + fa_arena_used(ahead);
    held->count = fa_arena_live(&frame->arena) + fa_arena_live(ahead);
    held->cleanups[0] = frame->cleanups;
    held->cleanups[1] = frame->ahead_cleanups[slot];
    frame->cleanups = NULL;
    frame->ahead_cleanups[slot] = NULL;
    held->chunks[0] = fa_arena_detach(&frame->arena);
    held->chunks[1] = fa_arena_detach(ahead);
    frame->ahead_mask &= ~(1u << slot);
    if (frame->end_work & FA_END_LEDGER) {
        fa_ledger_move(&held->ledgers[0], &lane->account.ledgers[FA_LEDGER_FRAME]);
        fa_ledger_move(&held->ledgers[1], &lane->account.ledgers[slot]);
        fa_charge_grant_return(lane);
    }
    held->lane = lane;
    held->number = fa_frame_current(lane);
    held->overflow = frame->overflow[slot];
    frame->overflow[slot] = NULL;
    fa_chunk_disown(lane, held->chunks[0]);
    fa_chunk_disown(lane, held->chunks[1]);
}

bool fa_hold_collect(fa_lane *lane)
{
    fa_allocator *a = lane->allocator;
    fa_held_frame *held = lane->frame.held;
    lane->frame.held = NULL;
    fa_mutex_lock(&a->lock);
    bool wanted = held->tokens != 0;
    if (wanted) {
        set_aside(lane, held);
        held->ended = true;
        a->frame.held_bytes += held->bytes;
        a->frame.held_peak = fa_max(a->frame.held_peak, a->frame.held_bytes);
        a->frame.held_count += held->count;
    }
    fa_mutex_unlock(&a->lock);
    if (wanted)
        return true;
    dispose(held);
    fa_cleanup_run_ending(lane);
    /* One of them may have held the frame again. */
    return lane->frame.held != NULL && fa_hold_collect(lane);
}

static void tell_discard(fa_allocator *a, const fa_held_frame *held)
{
    fa_discard d;
    fa_discard_start(&d);
    for (unsigned i = 0; i < 2; i++)
        fa_discard_add_chunks(&d, held->chunks[i]);
    d.bytes = held->bytes;
    d.blocks = held->count;
    fa_discard_tell(&d, a, (fa_happening){.what = FA_DISCARD_FRAME, .intent = FA_INTENT_FRAME, .frame = held->number,
                                          .other_lane = held->lane == NULL ? 0 : held->lane->id});
}

/* Each tag that has memory in it, or nobody. */
static void tell_kept(fa_allocator *a, const fa_held_frame *held)
{
    fa_happening happening = {.kind = FA_HAPPENING_KEPT, .count = fa_frame_current(held->lane) - held->number};
    uint32_t told = 0;
    for (unsigned i = 0; i < 2; i++) {
        for (uint32_t slice = 0; slice < held->ledgers[i].used; slice++, told++) {
            happening.tag = held->ledgers[i].slices[slice].tag;
            fa_tell(a, &happening);
        }
    }
    if (told == 0)
        fa_tell(a, &happening);
}

static void retire(fa_allocator *a, fa_held_frame *held)
{
    if (fa_peek(a->watch) & FA_WATCH_ARENAS && held->lane != NULL)
        tell_kept(a, held);
    for (unsigned i = 0; i < 2; i++)
        fa_cleanup_run(&held->cleanups[i], NULL);
    if (fa_discards_watched(a))
        tell_discard(a, held);
    for (unsigned i = 0; i < 2; i++) {
        fa_chunks_check(a, held->chunks[i]);
        if (fa_guarding(a)) {
            fa_guard_retire(a, held->chunks[i]);
        } else {
            fa_chunks_spoil(a, held->chunks[i]);
            fa_chunk_share(a, held->chunks[i]);
        }
        fa_ledger_clear(&held->ledgers[i], FA_LEDGER_OF_FRAMES);
    }
    fa_overflow_release(a, &held->overflow, 0);
    dispose(held);
}

fa_status fa_frame_token_release(fa_allocator *a, fa_frame_token token)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->lock);
    fa_held_frame *held = fa_slots_remove(&a->frame.tokens, token);
    bool last = held != NULL && --held->tokens == 0 && held->ended;
    if (last) {
        a->frame.held_bytes -= held->bytes;
        a->frame.held_count -= held->count;
    }
    fa_mutex_unlock(&a->lock);
    if (held == NULL)
        return fa_refuse(a, FA_CODE_STALE, FA_ERROR_STALE, "frame token %#llx was released before, or is of another allocator",
                         (unsigned long long)token);
    if (last)
        retire(a, held);
    return FA_OK;
}

/* The functions of one held frame may hold or release others. */
void fa_hold_dispose_all(fa_allocator *a)
{
    fa_held_frame *held;
    while ((held = fa_slots_remove_any(&a->frame.tokens)) != NULL) {
        if (--held->tokens == 0)
            retire(a, held);
    }
    fa_slots_dispose(&a->frame.tokens);
}
