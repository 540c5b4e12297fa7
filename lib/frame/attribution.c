/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Whose frame memory is: the lane's arenas tell their ledgers how far they have come. */
#include "account/charge.h"
#include "account/ledger.h"
#include "core/watch.h"
#include "frame/frame.h"
#include "frame/phase.h"

static void settle_arena(fa_lane *lane, unsigned ledger, const fa_arena *arena)
{
    fa_account_lane *account = &lane->account;
    fa_ledger_settle(&account->ledgers[ledger], FA_LEDGER_OF_FRAMES, account->current, fa_arena_used(arena),
                     fa_arena_live(arena), &account->granted);
}

void fa_frame_settle(fa_lane *lane)
{
    settle_arena(lane, FA_LEDGER_FRAME, &lane->frame.arena);
    for (uint32_t mask = lane->frame.ahead_mask; mask != 0; mask &= mask - 1) {
        unsigned slot = (unsigned)__builtin_ctz(mask);
        settle_arena(lane, slot, &lane->frame.ahead[slot]);
    }
}

void fa_frame_before_shrink(fa_lane *lane)
{
    uint64_t live = fa_frame_live_bytes(lane);
    fa_counter_raise(&lane->frame.peak, live);
    fa_phases_note_peak(lane, live);
    lane->frame.span_peak = fa_max(lane->frame.span_peak, fa_arena_used(&lane->frame.arena));
    lane->frame.live_before = live;
    if (lane->frame.end_work & FA_END_LEDGER)
        fa_frame_settle(lane);
}

/* A rollback may have emptied arenas that nothing looks ahead to any more. */
static void settle_every_arena(fa_lane *lane)
{
    settle_arena(lane, FA_LEDGER_FRAME, &lane->frame.arena);
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        settle_arena(lane, slot, &lane->frame.ahead[slot]);
}

void fa_frame_after_shrink(fa_lane *lane)
{
    uint64_t live = fa_frame_live_bytes(lane);
    if (lane->frame.live_before > live)
        lane->frame.shrunk += lane->frame.live_before - live;
    lane->frame.live_before = 0;
    if (lane->frame.end_work & FA_END_LEDGER)
        settle_every_arena(lane);
    fa_frame_raise_limit(lane);
}

void fa_frame_clear_ledgers(fa_lane *lane)
{
    fa_ledger_clear(&lane->account.ledgers[FA_LEDGER_FRAME], FA_LEDGER_OF_FRAMES);
    fa_ledger_clear(&lane->account.ledgers[fa_ahead_slot(fa_frame_current(lane))], FA_LEDGER_OF_FRAMES);
    fa_charge_grant_return(lane);
}

static bool in_ledgers(const fa_lane *lane)
{
    bool any = lane->account.current != NULL;
    for (unsigned i = 0; i <= FA_LEDGER_FRAME; i++)
        any = any || lane->account.ledgers[i].used != 0;
    return any;
}

void fa_frame_retag(fa_lane *lane)
{
    fa_frame_lane *frame = &lane->frame;
    fa_end_work_set(lane, FA_END_LEDGER, in_ledgers(lane));
    fa_frame_renew_budgets(lane);
    fa_end_work_set(lane, FA_END_WATCHED, lane->watch & FA_WATCH_FRAMES);
    fa_end_work_set(lane, FA_END_POISON, lane->watch & FA_WATCH_DEBUG);
    bool lowered = frame->capped || lane->watch & FA_WATCH_ARENAS;
    for (uint32_t mask = lowered ? frame->ahead_mask : 0; mask != 0; mask &= mask - 1) {
        fa_arena *arena = &frame->ahead[__builtin_ctz(mask)];
        arena->limit = fa_peek(arena->cursor);
    }
    if (fa_frame_running(lane))
        fa_frame_raise_limit(lane);
}
