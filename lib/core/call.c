/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/call.h"

#include "base/os.h"
#include "core/directory.h"
#include "core/ending.h"
#include "core/thread.h"
#include "core/watch.h"

/* Once the call is counted, who would tend the lane leaves it alone; unless he has begun before. */
static void count_on(fa_lane *lane, fa_call *call)
{
    call->others = fa_peek(lane->calls);
    fa_poke(lane->calls, call->others + 1);
}

static void count_off(fa_lane *lane, const fa_call *call)
{
    atomic_store_explicit(&lane->calls, call->others, memory_order_release);
}

/* Has the thread use the lane again, if nobody tends it. */
static bool come_back(fa_lane *lane, fa_call *call)
{
    FA_SHAKE_POINT();
    fa_thread_cache_lane(lane);
    atomic_signal_fence(memory_order_seq_cst);
    FA_SHAKE_POINT();
    if (atomic_load_explicit(&lane->state, memory_order_acquire) != FA_LANE_BOUND) {
        fa_thread_uncache();
        return false;
    }
    call->lane = lane;
    return true;
}

/* The lane that the thread was on when it used the allocator last, when the cache has forgotten. */
static bool join_known(fa_call *call, fa_allocator *a)
{
    fa_poke(fa_tls.inside, 1);
    atomic_signal_fence(memory_order_seq_cst);
    fa_lane *lane = fa_thread_lane(fa_peek(a->id));
    if (lane != NULL) {
        count_on(lane, call);
        if (!come_back(lane, call))
            count_off(lane, call);
    }
    fa_call_brief_end();
    if (call->lane != NULL)
        fa_watch_follow(lane);
    return call->lane != NULL;
}

static void begin_visit(fa_call *call, fa_allocator *a)
{
    call->visited = a;
    call->outer = fa_tls.visits;
    fa_tls.visits = call;
}

/* Count first, then look: whoever closes the allocator does it the other way round. Who visits already is counted. */
static bool visit(fa_call *call, fa_allocator *a)
{
    if (fa_call_visit(a) != NULL) {
        begin_visit(call, a);
        return true;
    }
    for (unsigned waits = 0;; waits++) {
        atomic_fetch_add(&a->guests, 1);
        FA_SHAKE_POINT();
        if (fa_ending_admits(a)) {
            begin_visit(call, a);
            return true;
        }
        atomic_fetch_sub(&a->guests, 1);
        FA_SHAKE_POINT();
        if (fa_ending_refuses(a))
            return false;
        fa_os_wait(waits);
    }
}

FA_COLD void fa_call_enter_slowly(fa_call *call, fa_allocator *a)
{
    call->refused_before = fa_tls.refused;
    if (a == NULL || (fa_peek(a->id) != 0 && join_known(call, a)))
        return;
    if (fa_peek(a->id) == 0 || !visit(call, a)) {
        fa_tls.refused = a;
        return;
    }
    fa_lane *lane = fa_thread_lane(fa_allocator_number(a));
    if (lane != NULL)
        (void)fa_call_join(lane);
}

void fa_call_visit_too(fa_call *call, fa_allocator *a)
{
    if (call->visited != NULL)
        return;
    if (fa_call_visit(a) == NULL)
        atomic_fetch_add(&a->guests, 1);
    begin_visit(call, a);
}

bool fa_call_enter_to_leave(fa_call *call, uint64_t id, fa_lane *lane)
{
    *call = (fa_call){.lane = NULL};
    fa_allocator *a = fa_allocator_visit_by_id(id);
    if (a == NULL)
        return false;
    if (fa_call_visit(a) != NULL)
        atomic_fetch_sub(&a->guests, 1);
    begin_visit(call, a);
    return fa_call_join(lane);
}

FA_COLD void fa_call_end_visit(fa_call *call)
{
    fa_tls.visits = call->outer;
    if (call->lane != NULL && call->others == 0)
        fa_poke(call->lane->visited, 0);
    if (fa_call_visit(call->visited) == NULL)
        atomic_fetch_sub(&call->visited->guests, 1);
}

bool fa_call_join(fa_lane *lane)
{
    fa_call *call = fa_call_visit(lane->allocator);
    if (call == NULL)
        return false;
    count_on(lane, call);
    while (!come_back(lane, call)) {
        if (fa_lane_settled(lane) != FA_LANE_BOUND) {
            count_off(lane, call);
            return false;
        }
    }
    fa_poke(lane->visited, fa_peek(lane->visited) | (call->others == 0));
    fa_watch_follow(lane);
    return true;
}

fa_call *fa_call_visit(const fa_allocator *a)
{
    fa_call *call = fa_tls.visits;
    while (call != NULL && call->visited != a)
        call = call->outer;
    return call;
}

bool fa_call_under_way(fa_allocator *a)
{
    return fa_call_visit(a) != NULL || fa_allocator_has_caller_on(a, fa_thread_lane(fa_allocator_number(a)));
}
