/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Being inside an allocator. Others may want to end it, or to see to the caller's lane, only while no call is under way,
 * and must be able to tell; but a call cannot afford a fence. So a call says that it begins with a plain store, and
 * whoever wants to know has every thread of the process pass a barrier (fa_os_process_barrier()) before he looks: either
 * he sees the store, or the call sees what he has changed, which is the allocator's id or the thread's cache.
 *
 * A brief call marks its thread. Any other call is counted by its lane or, as a visit, by the allocator. */
#ifndef FA_CORE_CALL_H
#define FA_CORE_CALL_H

#include "core/lane.h"

typedef struct fa_call {
    fa_lane *lane;         /* that counts it, if any */
    uint32_t others;       /* calls of the lane that were under way before */
    fa_allocator *visited; /* that counts it, or a visit around it, if any */
    struct fa_call *outer; /* the thread's next visit */
    fa_allocator *refused_before;
} fa_call;

/* First statement of every exported function but the brief ones. If the allocator is gone or about to go, the call is
 * not entered, and fa_allocator_usable() says no. */
#define FA_ENTER(a)                                            \
    __attribute__((cleanup(fa_call_leave))) fa_call fa_entered; \
    fa_call_enter(&fa_entered, (a))

/* A call that blocks nowhere and calls nobody who could. Returns the lane if the thread's cache knows it; otherwise
 * nothing of the allocator may be touched. fa_call_brief_end() follows in either case. */
FA_ALWAYS_INLINE fa_lane *fa_call_brief(fa_allocator *a)
{
    fa_poke(fa_tls.inside, 1);
    atomic_signal_fence(memory_order_seq_cst);
    FA_SHAKE_POINT();
    return fa_lane_cached(a);
}

FA_ALWAYS_INLINE void fa_call_brief_end(void)
{
    atomic_store_explicit(&fa_tls.inside, 0, memory_order_release);
}

void fa_call_enter_slowly(fa_call *call, fa_allocator *a);
void fa_call_end_visit(fa_call *call);

FA_ALWAYS_INLINE void fa_call_enter(fa_call *call, fa_allocator *a)
{
    fa_lane *lane = fa_call_brief(a);
    *call = (fa_call){.lane = lane};
    if (fa_likely(lane != NULL)) {
        call->others = fa_peek(lane->calls);
        fa_poke(lane->calls, call->others + 1);
    }
    fa_call_brief_end();
    if (fa_unlikely(lane == NULL))
        fa_call_enter_slowly(call, a);
}

FA_ALWAYS_INLINE void fa_call_leave(fa_call *call)
{
    if (fa_likely(call->lane != NULL))
        atomic_store_explicit(&call->lane->calls, call->others, memory_order_release);
    if (fa_unlikely(call->visited != NULL))
        fa_call_end_visit(call);
    else if (fa_unlikely(call->lane == NULL))
        fa_tls.refused = call->refused_before;
}

/* Has the allocator count a call that a lane counts, which it is about to leave. */
void fa_call_visit_too(fa_call *call, fa_allocator *a);

/* Enters the allocator with this id even if it is about to end, and joins the lane, which the thread is on. False if it
 * has ended: the lane is gone. */
bool fa_call_enter_to_leave(fa_call *call, uint64_t id, fa_lane *lane);

/* Joins a lane that the thread is on with the innermost visit of its allocator. False while the thread may not wait for
 * whoever tends the lane. */
bool fa_call_join(fa_lane *lane);

/* The innermost visit of the thread, NULL for none; the allocator counts the outermost only. */
fa_call *fa_call_visit(const fa_allocator *a);

/* Whether the calling thread is in the middle of a call. */
bool fa_call_under_way(fa_allocator *a);

#endif
