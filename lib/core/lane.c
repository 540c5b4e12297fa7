/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/lane.h"

#include "base/os.h"
#include "core/call.h"
#include "core/ending.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/thread.h"
#include "core/watch.h"

#include <framealloc/lane.h>

#include <stdlib.h>
#include <string.h>

static fa_counter lane_ids;

fa_lane *fa_lanes_first(fa_allocator *a)
{
    return atomic_load_explicit(&a->lanes, memory_order_acquire);
}

static void dispose_rooms(fa_lane *lane, size_t count)
{
    while (count-- > 0) {
        if (fa_rooms[count]->lane_dispose != NULL)
            fa_rooms[count]->lane_dispose(lane);
    }
}

static bool init_rooms(fa_lane *lane)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->lane_init != NULL && !fa_rooms[i]->lane_init(lane)) {
            dispose_rooms(lane, i);
            return false;
        }
    }
    return true;
}

static void publish(fa_allocator *a, fa_lane *lane)
{
    fa_mutex_lock(&a->lock);
    lane->next = fa_lanes_first(a);
    lane->index = fa_peek(a->lane_count);
    atomic_store_explicit(&a->lanes, lane, memory_order_release);
    atomic_fetch_add_explicit(&a->lane_count, 1, memory_order_relaxed);
    fa_mutex_unlock(&a->lock);
}

static fa_lane *make_lane(fa_allocator *a, const char *name, fa_lane_state state)
{
    fa_lane *lane = fa_os_system_allocate(sizeof *lane, _Alignof(fa_lane));
    if (lane == NULL)
        return NULL;
    memset(lane, 0, sizeof *lane);
    lane->id = atomic_fetch_add_explicit(&lane_ids, 1, memory_order_relaxed) + 1;
    lane->allocator = a;
    atomic_init(&lane->state, state);
    if (name != NULL)
        strncpy(lane->name, name, sizeof lane->name - 1);
    else
        fa_os_thread_name(lane->name, sizeof lane->name);
    if (!init_rooms(lane)) {
        fa_os_system_free(lane);
        return NULL;
    }
    publish(a, lane);
    return lane;
}

static fa_lane *adopt_lane(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        if (atomic_load_explicit(&lane->state, memory_order_relaxed) == FA_LANE_PARKED &&
            fa_lane_take(lane, FA_LANE_PARKED))
            return lane;
    }
    return NULL;
}

void fa_lane_sit(fa_lane *lane, fa_call *call)
{
    fa_poke(lane->calls, 1);
    fa_poke(lane->visited, 1);
    call->lane = lane;
    call->others = 0;
    atomic_store_explicit(&lane->cache, &fa_tls, memory_order_release);
    fa_watch_follow(lane);
}

void fa_lane_rise(fa_lane *lane)
{
    atomic_store_explicit(&lane->cache, NULL, memory_order_release);
    atomic_store_explicit(&lane->calls, 0, memory_order_release);
}

fa_lane *fa_lane_existing(fa_allocator *a)
{
    fa_lane *lane = fa_lane_cached(a);
    if (fa_likely(lane != NULL))
        return lane;
    lane = fa_thread_lane(fa_allocator_number(a));
    return lane != NULL && fa_peek(lane->calls) != 0 ? lane : NULL;
}

/* The thread is in a call that came without a lane. */
static fa_lane *get_lane(fa_allocator *a)
{
    fa_lane *lane = fa_thread_lane(a->number);
    if (lane != NULL)
        return fa_call_join(lane) ? lane : NULL;
    fa_call *call = fa_call_visit(a);
    lane = call == NULL ? NULL : adopt_lane(a);
    if (lane == NULL && call != NULL)
        lane = make_lane(a, NULL, FA_LANE_BOUND);
    if (lane == NULL)
        return NULL;
    FA_SHAKE_POINT();
    if (fa_thread_set_lane(a, lane)) {
        fa_lane_sit(lane, call);
        return lane;
    }
    fa_lane_leave(lane, FA_LANE_PARKED);
    return NULL;
}

fa_lane *fa_lane_if_worthwhile(fa_allocator *a)
{
    enum { ENOUGH = 32 };
    fa_lane *lane = fa_lane_existing(a);
    if (lane != NULL || ++fa_tls.laneless % ENOUGH != 0 || fa_ending_begun(a))
        return lane;
    return get_lane(a);
}

static void refuse_laneless(fa_allocator *a)
{
    if (fa_thread_all_but_ended())
        (void)fa_refuse(a, FA_CODE_LANE_UNAVAILABLE, FA_ERROR_STATE, "a thread that has all but ended needs a lane");
    else
        (void)fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "a lane for the calling thread could not be made");
}

FA_COLD fa_lane *fa_lane_need(fa_allocator *a)
{
    if (!fa_allocator_usable(a))
        return NULL;
    fa_lane *lane = fa_lane_existing(a);
    if (lane == NULL)
        lane = get_lane(a);
    if (lane == NULL)
        refuse_laneless(a);
    return lane;
}

fa_lane *fa_lane_get_quietly(fa_allocator *a)
{
    if (a == NULL || !fa_allocator_entered(a)) {
        (void)fa_fail(FA_ERROR_INVALID_ALLOCATOR);
        return NULL;
    }
    return fa_lane_get(a);
}

static void park_rooms(fa_lane *lane)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->lane_park != NULL)
            fa_rooms[i]->lane_park(lane);
    }
}

void fa_lane_reclaim(fa_lane *lane)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->lane_reclaim != NULL)
            fa_rooms[i]->lane_reclaim(lane);
    }
}

void fa_lane_trim(fa_lane *lane)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->lane_trim != NULL)
            fa_rooms[i]->lane_trim(lane);
    }
}

/* A block that was sent to the lane as long as it was in use is there to be taken in after the barrier. */
static void leave_parked(fa_lane *lane)
{
    lane->by_hand = false;
    FA_SHAKE_POINT();
    fa_lane_leave(lane, FA_LANE_PARKED);
    FA_SHAKE_POINT();
    fa_os_process_barrier();
    FA_SHAKE_POINT();
    fa_lane_left(lane);
}

/* No barrier for a switch between fibers: a block that is still on its way waits for the next one. */
static void leave_unbound(fa_lane *lane)
{
    fa_lane_leave(lane, FA_LANE_UNBOUND);
    FA_SHAKE_POINT();
    fa_lane_left(lane);
}

void fa_lane_abandon(fa_lane *lane)
{
    if (!lane->by_hand)
        park_rooms(lane);
    FA_SHAKE_POINT();
    fa_lane_rise(lane);
    FA_SHAKE_POINT();
    if (lane->by_hand)
        leave_unbound(lane);
    else
        leave_parked(lane);
}

void fa_lanes_close(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        park_rooms(lane);
}

void fa_lanes_dispose(fa_allocator *a)
{
    size_t rooms = 0;
    while (fa_rooms[rooms] != NULL)
        rooms++;
    fa_lane *lane = fa_lanes_first(a);
    atomic_store_explicit(&a->lanes, NULL, memory_order_relaxed);
    while (lane != NULL) {
        fa_lane *next = lane->next;
        dispose_rooms(lane, rooms);
        fa_os_system_free(lane);
        lane = next;
    }
}

fa_lane *fa_lane_create(fa_allocator *a, const char *name)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return NULL;
    fa_lane *lane = make_lane(a, name == NULL ? "" : name, FA_LANE_UNBOUND);
    if (lane == NULL) {
        (void)fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "a lane could not be made");
        return NULL;
    }
    lane->by_hand = true;
    return lane;
}

bool fa_lane_belongs(fa_allocator *a, const fa_lane *wanted)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        if (lane == wanted)
            return true;
    }
    return false;
}

static fa_status refuse_lane(fa_allocator *a, fa_status status)
{
    const char *why = status == FA_ERROR_BUSY    ? "another thread uses the lane"
                      : status == FA_ERROR_STALE ? "the lane was released before"
                                                 : "the lane belongs to another allocator";
    return fa_refuse(a, FA_CODE_LANE_MISUSE, status, "%s", why);
}

static fa_status occupy(fa_allocator *a, fa_lane *lane, fa_lane_state *before)
{
    if (!fa_lane_belongs(a, lane))
        return refuse_lane(a, FA_ERROR_WRONG_LANE);
    *before = FA_LANE_UNBOUND;
    if (fa_lane_take(lane, FA_LANE_UNBOUND))
        return FA_OK;
    *before = FA_LANE_PARKED;
    return fa_lane_take(lane, FA_LANE_PARKED) ? FA_OK : refuse_lane(a, FA_ERROR_BUSY);
}

/* The thread no longer uses current. Cleanup functions that run now find it on its new lane. */
static void hand_over(fa_lane *current, fa_lane **previous)
{
    if (previous != NULL)
        *previous = current;
    if (current == NULL)
        return;
    if (previous == NULL) {
        fa_lane_abandon(current);
        return;
    }
    fa_lane_rise(current);
    FA_SHAKE_POINT();
    leave_unbound(current);
}

static fa_status refuse_switch(fa_allocator *a, const fa_lane *current)
{
    return fa_refuse(a, FA_CODE_LANE_MISUSE, FA_ERROR_BUSY, current->frame.end_work & FA_END_RUNNING
                     ? "a cleanup function bound another lane" : "a lane was bound in the middle of another call");
}

/* Moves the call from the lane it came on to another one, or to none. */
static fa_status switch_to(fa_allocator *a, fa_lane *lane, fa_call *call, fa_lane **previous)
{
    fa_lane *current = call->lane;
    fa_lane_state before = FA_LANE_UNBOUND;
    fa_status status = lane == NULL ? FA_OK : occupy(a, lane, &before);
    if (status != FA_OK)
        return status;
    if (!fa_thread_set_lane(a, lane)) {
        fa_lane_leave(lane, before);
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "the lane could not be bound");
    }
    fa_call_visit_too(call, a);
    call->lane = NULL;
    FA_SHAKE_POINT();
    if (lane != NULL)
        fa_lane_sit(lane, call);
    FA_SHAKE_POINT();
    hand_over(current, previous);
    return FA_OK;
}

fa_status fa_lane_bind(fa_allocator *a, fa_lane *lane, fa_lane **previous)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_lane *current = fa_entered.lane;
    if (lane == current) {
        if (previous != NULL)
            *previous = current;
        return FA_OK;
    }
    if (current != NULL && fa_peek(current->calls) != 1)
        return refuse_switch(a, current);
    return switch_to(a, lane, &fa_entered, previous);
}

fa_lane *fa_lane_current(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_lane_get(a);
}

fa_status fa_lane_release(fa_allocator *a, fa_lane *lane)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (lane == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "fa_lane_release() got NULL");
    if (!fa_lane_belongs(a, lane))
        return refuse_lane(a, FA_ERROR_WRONG_LANE);
    if (fa_lane_take(lane, FA_LANE_UNBOUND)) {
        park_rooms(lane);
        leave_parked(lane);
        return FA_OK;
    }
    return refuse_lane(a, fa_lane_settled(lane) == FA_LANE_PARKED ? FA_ERROR_STALE : FA_ERROR_BUSY);
}

uint32_t fa_lane_count(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? atomic_load_explicit(&a->lane_count, memory_order_relaxed) : 0;
}

fa_lane *fa_lane_at(fa_allocator *a, uint32_t index)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return NULL;
    fa_lane *lane = fa_lanes_first(a);
    while (lane != NULL && lane->index != index)
        lane = lane->next;
    return lane;
}
