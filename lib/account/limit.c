/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "account/limit.h"

#include "core/lane.h"
#include "core/report.h"

#include <framealloc/event.h>
#include <framealloc/tag.h>

#include <stdio.h>

static void keep(fa_allocator *a, const fa_budget_event *event)
{
    fa_account_shared *shared = &a->account;
    shared->events[shared->events_written++ % FA_BUDGET_EVENTS] = *event;
}

/* Those who listen to everything. */
static void tell_all(fa_allocator *a, const fa_budget_event *event)
{
    fa_happening happening = {.kind = FA_EVENT_BUDGET_EXCEEDED, .intent = -1, .id = event->tag, .bytes = event->requested,
                              .used_bytes = event->used};
    if (event->kind == FA_BUDGET_EVENT_SOFT || event->kind == FA_BUDGET_EVENT_HARD)
        fa_tell(a, &happening);
    happening.kind = FA_EVENT_MEMORY_PRESSURE;
    if (event->scope == FA_BUDGET_GLOBAL && event->kind != FA_BUDGET_EVENT_PEAK)
        fa_tell(a, &happening);
}

/* The listener hears it after it was kept, so that polling sees no less; what it causes itself is kept only. */
static void tell(fa_allocator *a, const fa_budget_event *event)
{
    fa_mutex_lock(&a->lock);
    keep(a, event);
    fa_budget_listener listener = a->account.listener;
    void *user = a->account.listener_user;
    fa_mutex_unlock(&a->lock);
    fa_lane *lane = fa_lane_existing(a);
    if (listener != NULL && lane != NULL && !lane->account.telling) {
        lane->account.telling = true;
        listener(user, event);
        lane->account.telling = false;
    }
    tell_all(a, event);
}

static fa_budget_event event_of(const fa_crossing *crossing, int32_t kind, uint64_t limit)
{
    return (fa_budget_event){sizeof(fa_budget_event), kind, crossing->scope, FA_BUDGET_ALLOW, crossing->tag, crossing->lane,
                             crossing->before, crossing->requested, limit};
}

void fa_limit_announce(fa_allocator *a, fa_meter *meter, const fa_crossing *crossing)
{
    uint32_t passed = fa_meter_crossed(meter, crossing->before, crossing->before + crossing->requested);
    if (fa_likely(passed == 0))
        return;
    const struct {
        uint32_t bit;
        int32_t kind;
        uint64_t limit;
    } kinds[] = {
        {FA_CROSSED_WARNING, FA_BUDGET_EVENT_WARNING, fa_peek(meter->warning)},
        {FA_CROSSED_SOFT, FA_BUDGET_EVENT_SOFT, fa_peek(meter->soft)},
        {FA_CROSSED_PEAK, FA_BUDGET_EVENT_PEAK, crossing->before + crossing->requested},
    };
    if (passed & FA_CROSSED_SOFT)
        fa_counter_add_shared(&meter->soft_hits, 1);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (passed & kinds[i].bit) {
            fa_budget_event event = event_of(crossing, kinds[i].kind, kinds[i].limit);
            tell(a, &event);
        }
    }
}

static int32_t ask_user(fa_allocator *a, fa_meter *meter, const fa_budget_event *event)
{
    fa_mutex_lock(&a->lock);
    fa_budget_decide decide = meter->decide;
    void *user = meter->user;
    fa_mutex_unlock(&a->lock);
    int32_t decision = decide == NULL ? FA_BUDGET_FAIL : decide(user, event);
    return decision >= FA_BUDGET_FAIL && decision <= FA_BUDGET_PROMOTE ? decision : FA_BUDGET_FAIL;
}

/* As in: tag ai. */
static void name(fa_allocator *a, int32_t scope, fa_tag tag, char *buffer, size_t size)
{
    static const char *const names[] = {"the allocator", "tag ", "the frame memory of the lane", "the pool memory of the lane"};
    char path[128] = "";
    if (scope == FA_BUDGET_TAG)
        (void)fa_tag_path(a, tag, path, sizeof path);
    (void)snprintf(buffer, size, "%s%s", names[scope], path);
}

static void remember(fa_allocator *a, const fa_budget_event *event)
{
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL)
        lane->account.refused = *event;
}

void fa_limit_describe_refusal(fa_allocator *a, char *buffer, size_t size)
{
    const fa_lane *lane = fa_lane_existing(a);
    char whose[160];
    buffer[0] = '\0';
    if (lane == NULL || lane->account.refused.struct_size == 0)
        return;
    const fa_budget_event *refused = &lane->account.refused;
    name(a, refused->scope, refused->tag, whose, sizeof whose);
    (void)snprintf(buffer, size, "%s uses %llu of %llu bytes", whose, (unsigned long long)refused->used,
                   (unsigned long long)refused->limit);
}

static void warn(fa_allocator *a, const fa_budget_event *event)
{
    char whose[160];
    name(a, event->scope, event->tag, whose, sizeof whose);
    fa_warn(a, FA_CODE_SOFT_LIMIT, "%llu bytes for %s, which uses %llu of %llu", (unsigned long long)event->requested, whose,
            (unsigned long long)event->used, (unsigned long long)event->limit);
}

int32_t fa_limit_decide(fa_allocator *a, fa_meter *meter, const fa_crossing *crossing)
{
    int32_t policy = atomic_load_explicit(&meter->policy, memory_order_relaxed);
    uint64_t hard = fa_peek(meter->hard);
    fa_budget_event event = event_of(crossing, FA_BUDGET_EVENT_HARD, hard);
    event.decision = policy == FA_BUDGET_CUSTOM ? ask_user(a, meter, &event) : policy;
    bool passes = event.decision == FA_BUDGET_WARN || event.decision == FA_BUDGET_ALLOW;
    fa_counter_add_shared(&meter->hard_hits, 1);
    if (!passes)
        fa_counter_add_shared(&meter->denied, 1);
    if (!passes)
        remember(a, &event);
    /* What lies beyond a limit that was let pass is no news. */
    if (!passes || crossing->before <= hard)
        tell(a, &event);
    if (passes)
        fa_limit_announce(a, meter, crossing);
    if (event.decision == FA_BUDGET_WARN)
        warn(a, &event);
    return event.decision;
}
