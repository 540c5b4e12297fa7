/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A fork copies locks and lanes of threads that the child does not have. Every lock is taken across the fork;
 * in the child, lanes in use by other threads are lost: their blocks stay valid, but nobody adopts or tends them, as
 * their lists may be halfway between two states for ever. */
#include "core/call.h"
#include "core/directory.h"
#include "core/ending.h"
#include "core/rooms.h"
#include "core/thread.h"

static bool in_hand(const fa_lane *lane)
{
    uint32_t state = atomic_load_explicit(&lane->state, memory_order_relaxed);
    return state == FA_LANE_BOUND || state == FA_LANE_TENDED;
}

static void lose(fa_lane *lane)
{
    fa_poke(lane->cache, NULL);
    fa_poke(lane->state, FA_LANE_LOST);
}

/* A lane that the forking thread itself is tending it puts back as it was. Its own is lost if it could not wait for another
 * who was tending that one. */
static void lose_lanes(fa_allocator *a)
{
    fa_lane *mine = fa_thread_lane(a->number);
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        if (lane == mine && fa_peek(lane->state) == FA_LANE_TENDED)
            (void)fa_thread_set_lane(a, NULL);
        else if (lane == mine)
            continue;
        if (in_hand(lane))
            lose(lane);
    }
}

static void forget_visitors(fa_allocator *a)
{
    if (!fa_ending_forked(a))
        fa_allocators_lose(a);
}

static void tell_rooms(fa_allocator *a)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_forked != NULL)
            fa_rooms[i]->allocator_forked(a);
    }
}

static void before_fork(void)
{
    fa_thread_enter_all();
    fa_allocators_lock();
}

static void after_fork_in_parent(void)
{
    fa_allocators_unlock();
    fa_thread_leave_all();
}

static void after_fork_in_child(void)
{
    fa_allocators_each(lose_lanes);
    fa_allocators_each(tell_rooms);
    fa_allocators_each(forget_visitors);
    fa_allocators_unlock();
    fa_thread_leave_all();
}

static void install(void)
{
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

void fa_fork_install(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, install);
}
