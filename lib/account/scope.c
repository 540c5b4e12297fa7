/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "account/scope.h"

#include "account/charge.h"
#include "account/ledger.h"
#include "core/call.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/tell.h"

void fa_account_settle(fa_lane *lane)
{
    for (size_t i = 0; fa_lane_settle[i] != NULL; i++)
        fa_lane_settle[i](lane);
}

void fa_account_retag(fa_lane *lane)
{
    lane->account.metered = fa_charge_limited(lane->account.current);
    for (size_t i = 0; fa_lane_retag[i] != NULL; i++)
        fa_lane_retag[i](lane);
}

void fa_account_sync(fa_lane *lane)
{
    if (lane->account.current == NULL)
        return;
    fa_account_settle(lane);
    fa_charge_grant_return(lane);
    fa_account_retag(lane);
}

/* Every scope that is open may write down one change when it closes, and so may this one. */
static bool reserve_changes(fa_lane *lane)
{
    for (unsigned i = 0; i < FA_LEDGERS; i++) {
        if (!fa_ledger_reserve(&lane->account.ledgers[i], lane->account.depth + 3))
            return false;
    }
    return true;
}

static void make_current(fa_lane *lane, fa_tag_node *tag, fa_tag_entry *entry)
{
    if (tag == lane->account.current)
        return;
    fa_account_settle(lane);
    fa_charge_grant_return(lane);
    lane->account.current = tag;
    lane->account.entry = entry;
    fa_account_retag(lane);
}

fa_status fa_account_enter(fa_lane *lane, fa_tag_node *tag)
{
    fa_account_lane *account = &lane->account;
    if (account->depth == FA_TAG_STACK)
        return FA_ERROR_DEPTH;
    fa_tag_entry *entry = tag == NULL ? NULL : fa_tag_entry_need(lane, tag->number);
    if ((tag != NULL && entry == NULL) || !reserve_changes(lane))
        return FA_ERROR_OUT_OF_MEMORY;
    account->stack[account->depth++] = account->current;
    make_current(lane, tag, entry);
    return FA_OK;
}

void fa_account_leave(fa_lane *lane)
{
    fa_tag_node *before = lane->account.stack[--lane->account.depth];
    make_current(lane, before, before == NULL ? NULL : fa_tag_entry_of(lane, before->number));
}

static fa_status push(fa_allocator *a, fa_lane *lane, fa_tag_node *tag)
{
    fa_status status = lane->account.depth >= FA_TAG_DEPTH_MAX ? FA_ERROR_DEPTH : fa_account_enter(lane, tag);
    if (status == FA_ERROR_DEPTH)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "%d tags are on the lane's stack", FA_TAG_DEPTH_MAX);
    return status == FA_OK ? FA_OK : fa_refuse(a, FA_CODE_OUT_OF_MEMORY, status, "a tag could not be made current");
}

fa_lane *fa_account_push(fa_allocator *a, fa_tag tag)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    fa_tag_node *node = tag == 0 ? NULL : fa_tag_node_need(a, tag);
    if (tag != 0 && node == NULL)
        return NULL;
    return push(a, lane, node) == FA_OK ? lane : NULL;
}

static void tell_zone(fa_lane *lane, int32_t kind, const fa_tag_node *tag)
{
    char path[FA_TAG_LEVELS_MAX * (FA_TAG_NAME_MAX + 2) + 1] = "";
    fa_tag id = fa_tag_id(lane->allocator, tag);
    if (tag != NULL)
        (void)fa_tag_path(lane->allocator, id, path, sizeof path);
    fa_tell_zone(lane, kind, FA_ZONE_TAG, path, id);
}

static void tell_begun(fa_lane *lane)
{
    if (fa_unlikely(lane->watch & FA_WATCH_ZONES))
        tell_zone(lane, FA_EVENT_ZONE_BEGIN, lane->account.current);
}

fa_status fa_tag_push(fa_allocator *a, fa_tag tag)
{
    FA_ENTER(a);
    fa_lane *lane = fa_account_push(a, tag);
    if (lane == NULL)
        return fa_last_status();
    tell_begun(lane);
    return FA_OK;
}

fa_status fa_tag_push_name(fa_allocator *a, const char *name)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_tag_node *node = fa_tag_node_nested(a, lane->account.current, name);
    fa_status status = node == NULL ? fa_last_status() : push(a, lane, node);
    if (status == FA_OK)
        tell_begun(lane);
    return status;
}

fa_status fa_tag_pop(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (lane->account.depth == 0)
        return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "no tag is on the lane's stack");
    const fa_tag_node *left = lane->account.current;
    fa_account_leave(lane);
    if (fa_unlikely(lane->watch & FA_WATCH_ZONES))
        tell_zone(lane, FA_EVENT_ZONE_END, left);
    return FA_OK;
}

fa_tag fa_tag_current(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    return lane == NULL ? 0 : fa_tag_id(a, lane->account.current);
}

uint32_t fa_tag_depth(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    return lane == NULL ? 0 : lane->account.depth;
}
