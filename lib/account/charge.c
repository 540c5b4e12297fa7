/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "account/charge.h"

#include "account/limit.h"
#include "account/scope.h"
#include "core/report.h"
#include "core/rooms.h"

/* Frame bytes charged at once when no limit is near. */
enum { GRANT = 16384 };

void fa_charge_force(fa_tag_node *tag, uint64_t bytes)
{
    for (; tag != NULL; tag = tag->parent)
        fa_meter_add(&tag->meter, bytes);
}

void fa_charge_return(fa_tag_node *tag, uint64_t bytes)
{
    for (; tag != NULL; tag = tag->parent)
        fa_meter_subtract(&tag->meter, bytes);
}

bool fa_charge_limited(const fa_tag_node *tag)
{
    while (tag != NULL && !fa_meter_limited(&tag->meter))
        tag = tag->parent;
    return tag != NULL;
}

static bool passes(int32_t decision)
{
    return decision == FA_BUDGET_WARN || decision == FA_BUDGET_ALLOW;
}

static int32_t charge_one(fa_lane *lane, fa_tag_node *tag, uint64_t bytes)
{
    fa_allocator *a = lane->allocator;
    uint64_t before;
    bool within = fa_meter_try(&tag->meter, bytes, &before);
    if (fa_likely(within))
        fa_meter_raise(&tag->meter, before + bytes);
    if (fa_likely(!fa_meter_limited(&tag->meter)))
        return FA_BUDGET_ALLOW;
    fa_crossing crossing = {FA_BUDGET_TAG, fa_tag_id(a, tag), lane->id, before, bytes};
    if (within) {
        fa_limit_announce(a, &tag->meter, &crossing);
        return FA_BUDGET_ALLOW;
    }
    int32_t decision = fa_limit_decide(a, &tag->meter, &crossing);
    if (passes(decision))
        fa_meter_add(&tag->meter, bytes);
    return decision;
}

/* All or nothing. */
static int32_t charge_all(fa_lane *lane, fa_tag_node *tag, uint64_t bytes)
{
    for (fa_tag_node *at = tag; at != NULL; at = at->parent) {
        int32_t decision = charge_one(lane, at, bytes);
        if (passes(decision))
            continue;
        for (fa_tag_node *undo = tag; undo != at; undo = undo->parent)
            fa_meter_subtract(&undo->meter, bytes);
        return decision;
    }
    return FA_BUDGET_ALLOW;
}

fa_status fa_charge_block(fa_lane *lane, size_t bytes)
{
    fa_tag_node *tag = lane->account.current;
    if (tag == NULL)
        return FA_OK;
    if (lane->account.forced) {
        fa_charge_force(tag, bytes);
        return FA_OK;
    }
    /* What frames hold in advance and do not use must not stand in the way. */
    if (lane->account.granted != 0)
        fa_account_sync(lane);
    if (passes(charge_all(lane, tag, bytes)))
        return FA_OK;
    lane->account.refusal = FA_CODE_TAG_BUDGET;
    return FA_ERROR_BUDGET;
}

static fa_block_figures *figures_of(fa_tag_entry *entry, int32_t intent)
{
    return intent == FA_INTENT_POOL ? &entry->pool : &entry->heap;
}

void fa_charge_book(fa_lane *lane, int32_t intent, size_t bytes)
{
    if (lane->account.current == NULL)
        return;
    fa_block_figures *figures = figures_of(lane->account.entry, intent);
    fa_counter_add(&figures->allocated_bytes, bytes);
    fa_counter_add(&figures->allocated_count, 1);
    uint64_t gone = fa_peek(figures->freed_bytes) + fa_peek(figures->returned_bytes);
    fa_counter_raise(&figures->peak_bytes, fa_peek(figures->allocated_bytes) - gone);
}

void fa_charge_release(fa_allocator *a, uint32_t tag, fa_lane *owner, const fa_lane *releasing, int32_t intent, size_t bytes)
{
    fa_charge_return(fa_tag_node_at(a, tag), bytes);
    fa_block_figures *figures = figures_of(fa_tag_entry_of(owner, tag), intent);
    if (owner == releasing) {
        fa_counter_add(&figures->freed_bytes, bytes);
        fa_counter_add(&figures->freed_count, 1);
    } else {
        fa_counter_add_shared(&figures->returned_bytes, bytes);
        fa_counter_add_shared(&figures->returned_count, 1);
    }
}

/* A step of a figure that is measured, not charged. */
static int32_t step(fa_lane *lane, fa_meter *meter, int32_t scope, uint64_t before, uint64_t after)
{
    fa_crossing crossing = {scope, 0, lane->id, before, after - before};
    if (after > fa_peek(meter->hard))
        return fa_limit_decide(lane->allocator, meter, &crossing);
    fa_limit_announce(lane->allocator, meter, &crossing);
    return FA_BUDGET_ALLOW;
}

fa_status fa_charge_pool(fa_lane *lane, uint64_t live, size_t bytes)
{
    fa_meter *meter = &lane->account.pool;
    fa_meter_set(meter, live);
    if (!passes(step(lane, meter, FA_BUDGET_LANE_POOL, live, live + bytes))) {
        lane->account.refusal = FA_CODE_LANE_BUDGET;
        return FA_ERROR_BUDGET;
    }
    fa_meter_set(meter, live + bytes);
    uint64_t headroom = fa_meter_headroom(meter, live + bytes);
    lane->account.pool_allowance = live + bytes > fa_peek(meter->hard) ? 0 : headroom;
    return FA_OK;
}

static fa_frame_verdict verdict_of(int32_t decision)
{
    if (passes(decision))
        return FA_FRAME_GRANTED;
    return decision == FA_BUDGET_PROMOTE ? FA_FRAME_PROMOTED : FA_FRAME_DENIED;
}

fa_frame_verdict fa_charge_frame(fa_lane *lane, uint64_t before, uint64_t after)
{
    return verdict_of(step(lane, &lane->account.frame, FA_BUDGET_LANE_FRAME, before, after));
}

/* What every tag of the chain has up to its next limit. */
static uint64_t headroom_of(const fa_tag_node *tag)
{
    uint64_t least = UINT64_MAX;
    for (; tag != NULL; tag = tag->parent) {
        uint64_t headroom = fa_meter_headroom(&tag->meter, fa_peek(tag->meter.charged));
        least = headroom < least ? headroom : least;
    }
    return least;
}

fa_frame_verdict fa_charge_grant(fa_lane *lane, uint64_t wanted)
{
    fa_tag_node *tag = lane->account.current;
    uint64_t headroom = headroom_of(tag);
    uint64_t amount = wanted;
    if (headroom != UINT64_MAX && headroom > wanted && headroom - wanted >= GRANT)
        amount += GRANT;
    fa_frame_verdict verdict = verdict_of(charge_all(lane, tag, amount));
    if (verdict == FA_FRAME_GRANTED)
        lane->account.granted += amount;
    else
        lane->account.refusal = FA_CODE_TAG_BUDGET;
    return verdict;
}

void fa_charge_grant_return(fa_lane *lane)
{
    if (lane->account.granted != 0)
        fa_charge_return(lane->account.current, lane->account.granted);
    lane->account.granted = 0;
}
