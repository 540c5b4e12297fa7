/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Setting, reading and watching budgets. */
#include <framealloc/budget.h>

#include "account/charge.h"
#include "account/scope.h"
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"

static fa_status refuse(fa_allocator *a, fa_status status)
{
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "a budget needs a policy that its scope has, a soft limit below "
                     "the hard one, a percentage up to 100, and a function with FA_BUDGET_CUSTOM only");
}

/* Copies a budget of the caller, NULL for no limits. */
static fa_status take_in(fa_allocator *a, const fa_budget *theirs, bool may_promote, fa_budget *ours)
{
    *ours = (fa_budget)FA_BUDGET_INIT;
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (!a->config.budgets)
        return fa_fail(FA_ERROR_DISABLED);
    if (theirs == NULL)
        return FA_OK;
    fa_status status = fa_versioned_check(theirs, sizeof *ours);
    if (status != FA_OK)
        return status;
    fa_versioned_read(ours, sizeof *ours, theirs);
    bool known = ours->policy >= FA_BUDGET_FAIL && ours->policy <= FA_BUDGET_CUSTOM;
    bool ordered = ours->hard_limit == 0 || ours->soft_limit <= ours->hard_limit;
    bool decides = (ours->decide != NULL) == (ours->policy == FA_BUDGET_CUSTOM);
    bool fits = may_promote || ours->policy != FA_BUDGET_PROMOTE;
    if (known && ordered && decides && fits && ours->warning_percent <= 100 && ours->reserved == 0)
        return FA_OK;
    return refuse(a, FA_ERROR_INVALID_ARGUMENT);
}

static void set(fa_allocator *a, fa_meter *meter, const fa_budget *budget)
{
    fa_mutex_lock(&a->lock);
    fa_meter_limit(meter, budget);
    fa_mutex_unlock(&a->lock);
}

fa_status fa_budget_set_global(fa_allocator *a, const fa_budget *budget)
{
    FA_ENTER(a);
    fa_budget ours;
    fa_status status = take_in(a, budget, false, &ours);
    if (status == FA_OK)
        set(a, &a->backend.meter, &ours);
    return status;
}

fa_status fa_budget_set_tag(fa_allocator *a, fa_tag tag, const fa_budget *budget)
{
    FA_ENTER(a);
    fa_budget ours;
    fa_status status = take_in(a, budget, true, &ours);
    if (status != FA_OK)
        return status;
    fa_tag_node *node = fa_tag_node_need(a, tag);
    if (node == NULL)
        return FA_ERROR_NOT_FOUND;
    set(a, &node->meter, &ours);
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL && lane->account.current != NULL)
        fa_account_retag(lane);
    return FA_OK;
}

static fa_meter *meter_of(fa_lane *lane, int32_t intent)
{
    return intent == FA_INTENT_FRAME ? &lane->account.frame : intent == FA_INTENT_POOL ? &lane->account.pool : NULL;
}

/* The lane in question, which stays with its thread. */
static fa_status choose(fa_allocator *a, fa_lane *wanted, int32_t intent, fa_lane **lane)
{
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (intent != FA_INTENT_FRAME && intent != FA_INTENT_POOL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "lanes have budgets for FA_INTENT_FRAME and FA_INTENT_POOL, not %d", intent);
    *lane = wanted != NULL ? wanted : fa_lane_get(a);
    if (*lane == NULL)
        return fa_last_status();
    if (!fa_lane_belongs(a, *lane))
        return fa_refuse(a, FA_CODE_LANE_MISUSE, FA_ERROR_WRONG_LANE, "the lane belongs to another allocator");
    return FA_OK;
}

static fa_status set_on_lane(fa_allocator *a, fa_lane *lane, int32_t intent, const fa_budget *budget)
{
    bool own = lane == fa_lane_existing(a);
    fa_lane_state was;
    if (!own && !fa_lane_tend(lane, &was))
        return fa_refuse(a, FA_CODE_LANE_MISUSE, FA_ERROR_BUSY, "another thread is on the lane");
    set(a, meter_of(lane, intent), budget);
    lane->account.pool_allowance = 0;
    fa_account_retag(lane);
    if (!own)
        fa_lane_tended(lane, was);
    return FA_OK;
}

fa_status fa_budget_set_lane(fa_allocator *a, fa_lane *lane, int32_t intent, const fa_budget *budget)
{
    FA_ENTER(a);
    fa_budget ours;
    fa_status status = take_in(a, budget, intent == FA_INTENT_FRAME, &ours);
    fa_lane *chosen = NULL;
    if (status == FA_OK)
        status = choose(a, lane, intent, &chosen);
    return status == FA_OK ? set_on_lane(a, chosen, intent, &ours) : status;
}

static fa_status read(fa_allocator *a, const fa_meter *meter, fa_budget_usage *out)
{
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    fa_meter_read(meter, &usage);
    return fa_versioned_write(a, out, &usage, sizeof usage);
}

fa_status fa_budget_get_global(fa_allocator *a, fa_budget_usage *out)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? read(a, &a->backend.meter, out) : FA_ERROR_INVALID_ALLOCATOR;
}

fa_status fa_budget_get_tag(fa_allocator *a, fa_tag tag, fa_budget_usage *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    const fa_tag_node *node = fa_tag_node_need(a, tag);
    if (node == NULL)
        return FA_ERROR_NOT_FOUND;
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL)
        fa_account_sync(lane);
    return read(a, &node->meter, out);
}

/* Lanes are measured, so what they use is read from their figures. */
static void measure(fa_lane *lane, int32_t intent)
{
    fa_lane_stats stats;
    fa_lane_read_stats(lane, &stats);
    const fa_intent_stats *figures = intent == FA_INTENT_FRAME ? &stats.frame : &stats.pool;
    fa_meter_set(meter_of(lane, intent), figures->peak_bytes);
    fa_meter_set(meter_of(lane, intent), figures->live_bytes);
}

fa_status fa_budget_get_lane(fa_allocator *a, fa_lane *lane, int32_t intent, fa_budget_usage *out)
{
    FA_ENTER(a);
    fa_lane *chosen = NULL;
    fa_status status = choose(a, lane, intent, &chosen);
    if (status != FA_OK)
        return status;
    measure(chosen, intent);
    return read(a, meter_of(chosen, intent), out);
}

static uint64_t left_under(const fa_meter *meter)
{
    uint64_t hard = fa_peek(meter->hard);
    uint64_t used = fa_peek(meter->charged);
    return hard == UINT64_MAX ? UINT64_MAX : hard > used ? hard - used : 0;
}

uint64_t fa_budget_remaining(fa_allocator *a, fa_tag tag)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    const fa_tag_node *node = fa_tag_node_of(a, tag);
    if (node == NULL)
        (void)fa_fail(FA_ERROR_NOT_FOUND);
    uint64_t least = node == NULL ? 0 : UINT64_MAX;
    for (; node != NULL; node = node->parent)
        least = left_under(&node->meter) < least ? left_under(&node->meter) : least;
    return least;
}

uint64_t fa_budget_remaining_global(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? left_under(&a->backend.meter) : 0;
}

fa_status fa_budget_set_listener(fa_allocator *a, fa_budget_listener listener, void *user)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->lock);
    a->account.listener = listener;
    a->account.listener_user = user;
    fa_mutex_unlock(&a->lock);
    return FA_OK;
}

fa_status fa_budget_poll(fa_allocator *a, fa_budget_event *events, size_t capacity, size_t *count, uint64_t *lost)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (count == NULL || (events == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "fa_budget_poll() has nowhere to write to");
    fa_account_shared *shared = &a->account;
    fa_mutex_lock(&a->lock);
    uint64_t kept = shared->events_written < FA_BUDGET_EVENTS ? 0 : shared->events_written - FA_BUDGET_EVENTS;
    uint64_t missed = shared->events_taken < kept ? kept - shared->events_taken : 0;
    shared->events_taken += missed;
    for (*count = 0; *count < capacity && shared->events_taken < shared->events_written; (*count)++)
        events[*count] = shared->events[shared->events_taken++ % FA_BUDGET_EVENTS];
    fa_mutex_unlock(&a->lock);
    if (lost != NULL)
        *lost = missed;
    return FA_OK;
}
