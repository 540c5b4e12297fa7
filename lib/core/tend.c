/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Who has a lane: a thread for good, or anybody for the moment it takes to see to a lane that no thread is on. */
#include "base/os.h"
#include "core/call.h"
#include "core/rooms.h"
#include "core/thread.h"

static fa_lane_state state_of(const fa_lane *lane)
{
    return (fa_lane_state)atomic_load_explicit(&lane->state, memory_order_relaxed);
}

static bool move(fa_lane *lane, fa_lane_state from, fa_lane_state to)
{
    uint32_t expected = from;
    return atomic_compare_exchange_strong_explicit(&lane->state, &expected, to, memory_order_acq_rel,
                                                   memory_order_relaxed);
}

/* A thread that tends a lane itself does not wait: it is in the user's backend, and two could wait for each other. */
fa_lane_state fa_lane_settled(const fa_lane *lane)
{
    fa_lane_state state = state_of(lane);
    for (unsigned waits = 0; state == FA_LANE_TENDED && fa_tls.tending == 0; waits++) {
        fa_os_wait(waits);
        state = state_of(lane);
    }
    return state;
}

bool fa_lane_take(fa_lane *lane, fa_lane_state from)
{
    FA_SHAKE_POINT();
    while (!move(lane, from, FA_LANE_BOUND)) {
        if (fa_lane_settled(lane) != from)
            return false;
    }
    return true;
}

/* One that a fork lost in the middle of it, as a function of the user forked, stays so. */
void fa_lane_leave(fa_lane *lane, fa_lane_state to)
{
    for (unsigned waits = 0; !move(lane, FA_LANE_BOUND, to) && state_of(lane) != FA_LANE_LOST; waits++)
        fa_os_wait(waits);
}

static bool idle(fa_lane_state state)
{
    return state == FA_LANE_PARKED || state == FA_LANE_UNBOUND;
}

bool fa_lane_try_tend(fa_lane *lane, fa_lane_state *was)
{
    *was = state_of(lane);
    FA_SHAKE_POINT();
    if (!idle(*was) || !move(lane, *was, FA_LANE_TENDED))
        return false;
    fa_tls.tending++;
    return true;
}

bool fa_lane_tend(fa_lane *lane, fa_lane_state *was)
{
    while (!fa_lane_try_tend(lane, was)) {
        if (!idle(fa_lane_settled(lane)))
            return false;
    }
    return true;
}

void fa_lane_return(fa_lane *lane, fa_lane_state was)
{
    fa_tls.tending--;
    atomic_store(&lane->state, was);
}

void fa_lane_tended(fa_lane *lane, fa_lane_state was)
{
    fa_lane_return(lane, was);
    if (was != FA_LANE_BOUND)
        fa_lane_left(lane);
}

/* Who comes in the last round of thread-local destructors for the first time ends without leaving. The lane is nobody's
 * then, and the storage may be gone. */
fa_thread_cache *fa_lane_owner(const fa_lane *lane)
{
    fa_thread_cache *cache = atomic_load_explicit(&lane->cache, memory_order_acquire);
    return cache == NULL || cache == &fa_tls || fa_thread_is_there(cache) ? cache : NULL;
}

/* Has the owner come through the slow path, where he waits. A call that was under way before that cannot be sent away. */
static bool evict(const fa_lane *lane, fa_thread_cache *owner)
{
    enum { PATIENCE = 64 };
    fa_poke(owner->allocator, FA_NO_ALLOCATOR);
    FA_SHAKE_POINT();
    fa_os_process_barrier();
    FA_SHAKE_POINT();
    for (unsigned waits = 0; atomic_load_explicit(&owner->inside, memory_order_acquire) != 0; waits++) {
        if (waits == PATIENCE)
            return false;
        fa_os_wait(waits);
    }
    FA_SHAKE_POINT();
    return atomic_load_explicit(&lane->calls, memory_order_acquire) == 0 &&
           atomic_load_explicit(&owner->allocator, memory_order_acquire) != lane->allocator->number;
}

/* The owner cannot leave, nor his thread end, while the lane is tended. */
bool fa_lane_seize(fa_lane *lane, fa_lane_state *was)
{
    *was = FA_LANE_BOUND;
    fa_thread_cache *owner = atomic_load_explicit(&lane->cache, memory_order_relaxed);
    if (owner == NULL || owner == &fa_tls || fa_peek(lane->calls) != 0 || !move(lane, FA_LANE_BOUND, FA_LANE_TENDED))
        return false;
    fa_tls.tending++;
    FA_SHAKE_POINT();
    owner = fa_lane_owner(lane);
    if (owner != NULL && owner != &fa_tls && evict(lane, owner))
        return true;
    fa_lane_tended(lane, FA_LANE_BOUND);
    return false;
}

void fa_lane_rest(fa_lane *lane)
{
    if (lane != NULL)
        atomic_store(&lane->rests, 1);
}

/* Take the rest back, then look: who tends a lane that rests does it the other way round. */
void fa_lane_go_on(fa_lane *lane)
{
    if (lane == NULL || !fa_lane_rests(lane))
        return;
    atomic_store(&lane->rests, 0);
    FA_SHAKE_POINT();
    for (unsigned waits = 0; atomic_load(&lane->state) == FA_LANE_TENDED; waits++)
        fa_os_wait(waits);
}

bool fa_lane_tend_resting(fa_lane *lane, fa_lane_state *was)
{
    uint32_t bound = FA_LANE_BOUND;
    *was = FA_LANE_BOUND;
    if (!fa_lane_rests(lane) || !atomic_compare_exchange_strong(&lane->state, &bound, FA_LANE_TENDED))
        return false;
    fa_tls.tending++;
    FA_SHAKE_POINT();
    if (atomic_load(&lane->rests) != 0)
        return true;
    fa_lane_return(lane, FA_LANE_BOUND);
    return false;
}
