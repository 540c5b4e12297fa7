/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How tags and budgets follow the lives of allocators and lanes. */
#include "account/room.h"

#include "account/charge.h"
#include "account/ledger.h"
#include "account/scope.h"

/* The frame cap of the configuration is a budget like any other. */
static void set_budgets(fa_lane *lane)
{
    const fa_config *config = &lane->allocator->config;
    fa_budget frames = FA_BUDGET_INIT;
    frames.hard_limit = config->budgets ? config->frame_cap : 0;
    fa_meter_limit(&lane->account.frame, &frames);
    fa_meter_init(&lane->account.pool);
}

static bool init_lane(fa_lane *lane)
{
    set_budgets(lane);
    return true;
}

/* Whoever adopts the lane starts without tags, and with the budgets of the configuration. */
static void park_lane(fa_lane *lane)
{
    while (lane->account.depth > 0)
        fa_account_leave(lane);
    set_budgets(lane);
    fa_account_retag(lane);
}

static void dispose_lane(fa_lane *lane)
{
    for (unsigned i = 0; i < FA_LEDGERS; i++)
        fa_ledger_dispose(&lane->account.ledgers[i]);
    fa_tag_entries_dispose(lane);
}

const fa_room fa_account_room = {
    .allocator_dispose = fa_tags_dispose,
    .lane_init = init_lane,
    .lane_park = park_lane,
    .lane_dispose = dispose_lane,
};
