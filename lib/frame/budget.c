/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Budgets step in where the limit of the arena was lowered to. */
#include "account/charge.h"
#include "core/watch.h"
#include "frame/frame.h"

uint64_t fa_frame_live_bytes(const fa_lane *lane)
{
    uint64_t bytes = fa_arena_used(&lane->frame.arena);
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        bytes += fa_arena_used(&lane->frame.ahead[slot]);
    return bytes;
}

static uint64_t settled_bytes(const fa_lane *lane)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i <= FA_LEDGER_FRAME; i++)
        bytes += lane->account.ledgers[i].bytes;
    return bytes;
}

/* Granted bytes that no block has taken so far. */
static uint64_t grant_left(const fa_lane *lane, uint64_t live)
{
    uint64_t used = live - settled_bytes(lane);
    return lane->account.granted > used ? lane->account.granted - used : 0;
}

/* Bytes that may be taken without asking anybody. */
static uint64_t room(const fa_lane *lane)
{
    uint64_t live = fa_frame_live_bytes(lane);
    uint64_t own = lane->account.permitted > live ? lane->account.permitted - live : 0;
    if (!lane->account.metered)
        return own;
    uint64_t granted = grant_left(lane, live);
    return own < granted ? own : granted;
}

void fa_frame_raise_limit(fa_lane *lane)
{
    fa_arena *arena = &lane->frame.arena;
    arena->limit = lane->watch & FA_WATCH_ARENAS ? fa_peek(arena->cursor) : arena->ceiling;
    if (!lane->frame.capped)
        return;
    uint64_t left = fa_round_down(room(lane), FA_GRAIN);
    uintptr_t cursor = fa_peek(arena->cursor);
    if (left < arena->limit - cursor)
        arena->limit = cursor + left;
}

static fa_status refused(fa_frame_verdict verdict, fa_status status, bool *promoted)
{
    *promoted = verdict == FA_FRAME_PROMOTED;
    return status;
}

fa_status fa_frame_ask(fa_lane *lane, size_t bytes, bool *promoted)
{
    uint64_t live = fa_frame_live_bytes(lane);
    uint64_t target = live + bytes;
    fa_frame_verdict verdict = FA_FRAME_GRANTED;
    *promoted = false;
    if (target > lane->account.permitted)
        verdict = fa_charge_frame(lane, live, target);
    if (verdict != FA_FRAME_GRANTED)
        return refused(verdict, FA_ERROR_FRAME_CAP, promoted);
    if (target > lane->account.permitted) {
        uint64_t headroom = fa_meter_headroom(&lane->account.frame, target);
        lane->account.permitted = headroom > UINT64_MAX - target ? UINT64_MAX : target + headroom;
    }
    uint64_t granted = lane->account.metered ? grant_left(lane, live) : bytes;
    if (granted < bytes)
        verdict = fa_charge_grant(lane, bytes - granted);
    return verdict == FA_FRAME_GRANTED ? FA_OK : refused(verdict, FA_ERROR_BUDGET, promoted);
}

static bool refuses(const fa_meter *meter)
{
    int32_t policy = atomic_load_explicit(&meter->policy, memory_order_relaxed);
    return policy == FA_BUDGET_FAIL || policy == FA_BUDGET_PROMOTE;
}

static uint64_t left_under(const fa_meter *meter, uint64_t used)
{
    uint64_t hard = refuses(meter) ? fa_peek(meter->hard) : UINT64_MAX;
    return hard == UINT64_MAX ? UINT64_MAX : hard > used ? hard - used : 0;
}

size_t fa_frame_cap_left(const fa_lane *lane)
{
    if (!lane->frame.capped)
        return SIZE_MAX;
    uint64_t live = fa_frame_live_bytes(lane);
    uint64_t left = left_under(&lane->account.frame, live);
    uint64_t granted = grant_left(lane, live);
    for (const fa_tag_node *tag = lane->account.current; tag != NULL; tag = tag->parent) {
        uint64_t under = left_under(&tag->meter, fa_peek(tag->meter.charged));
        if (under != UINT64_MAX && under + granted < left)
            left = under + granted;
    }
    return left;
}

void fa_frame_renew_budgets(fa_lane *lane)
{
    fa_meter *meter = &lane->account.frame;
    lane->frame.capped = fa_meter_limited(meter) || lane->account.metered;
    lane->frame.begin_work = lane->frame.capped || lane->watch & (FA_WATCH_FRAMES | FA_WATCH_ARENAS);
    lane->account.permitted = fa_meter_limited(meter) ? fa_meter_headroom(meter, 0) : UINT64_MAX;
}
