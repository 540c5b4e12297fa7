/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Arriving at a barrier, and waiting there. */
#include "base/os.h"
#include "core/call.h"
#include "core/ending.h"
#include "core/report.h"
#include "threads/barrier.h"

#include <framealloc/allocator.h>

/* Its own seat, or a free one that is its own from now on. */
static fa_barrier_seat *sit(fa_barrier_record *b, fa_lane *lane)
{
    fa_barrier_seat *mine = fa_barrier_seat_of(b, lane);
    if (mine == NULL)
        mine = fa_barrier_seat_of(b, NULL);
    if (mine != NULL)
        mine->lane = lane;
    return mine;
}

/* Generation receives the one that the lane has a part in. */
static fa_status arrive(fa_barrier_record *b, fa_lane *lane, uint64_t *generation)
{
    *generation = b->stats.generation + 1;
    fa_barrier_seat *mine = sit(b, lane);
    if (mine == NULL)
        return FA_ERROR_FULL;
    if (mine->arrived)
        return FA_ERROR_STATE;
    mine->arrived = true;
    mine->unfinished = 0;
    b->stats.arrived++;
    b->stats.arrivals++;
    fa_barrier_complete(b);
    return FA_OK;
}

static fa_status refuse_arrival(fa_allocator *a, fa_barrier id, fa_status status)
{
    return fa_refuse(a, FA_CODE_BARRIER, status, "barrier %#llx: the lane %s", (unsigned long long)id,
                     status == FA_ERROR_FULL ? "is no participant, and no seat is free" : "has arrived in this generation already");
}

fa_status fa_barrier_signal(fa_allocator *a, fa_barrier id, uint64_t *generation)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    fa_barrier_record *b = lane == NULL ? NULL : fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    uint64_t wanted;
    fa_status status = arrive(b, lane, &wanted);
    fa_barriers_unlock(a);
    if (status != FA_OK)
        return refuse_arrival(a, id, status);
    if (generation != NULL)
        *generation = wanted;
    return FA_OK;
}

static uint64_t deadline(uint64_t begun, uint64_t timeout)
{
    return timeout > UINT64_MAX - begun ? UINT64_MAX : begun + timeout;
}

/* Far enough away for any clock. */
static uint64_t bounded(uint64_t nanoseconds)
{
    const uint64_t century = 3155760000000000000u;
    return nanoseconds < 2 * century ? nanoseconds : 2 * century;
}

static fa_status sleep_until(fa_allocator *a, fa_barrier_record *b, uint64_t generation, uint64_t until)
{
    bool in_time = true;
    while (b->stats.generation < generation && in_time && !fa_ending_decided(a)) {
        if (until == UINT64_MAX)
            fa_condition_wait(&b->completed, &fa_barriers_of(a)->lock);
        else
            in_time = fa_condition_wait_until(&b->completed, &fa_barriers_of(a)->lock, bounded(until));
    }
    if (b->stats.generation >= generation)
        return FA_OK;
    return in_time ? FA_ERROR_INVALID_ALLOCATOR : FA_ERROR_TIMEOUT;
}

/* Lets go of the lock, and lets others run for a while, which takes less than to sleep and be woken. Where that was in
 * vain some times in a row, it is rarely tried. */
static void look(fa_allocator *a, fa_barrier_record *b, uint64_t generation, uint64_t until)
{
    enum { YIELDS = 16, FORGIVEN = 8, RARELY = 4 };
    uint64_t vain = fa_peek(b->looked_in_vain);
    fa_poke(b->looked_in_vain, vain + 1);
    if (vain >= FORGIVEN && vain % RARELY != 0)
        return;
    fa_barriers_unlock(a);
    bool seen = false;
    for (unsigned yields = 0; !seen && yields < YIELDS && fa_os_nanoseconds() < until; yields++) {
        fa_os_wait(yields);
        seen = atomic_load_explicit(&b->generation, memory_order_acquire) >= generation;
    }
    if (seen)
        fa_poke(b->looked_in_vain, 0);
    fa_mutex_lock(&fa_barriers_of(a)->lock);
}

/* Locked. The barrier stays as long as somebody is counted as waiting. A lane that had to rest goes on once the lock is let
 * go of. */
static fa_status await(fa_allocator *a, fa_barrier_record *b, fa_lane *lane, uint64_t generation, uint64_t timeout)
{
    if (b->stats.generation >= generation)
        return FA_OK;
    uint64_t begun = fa_os_nanoseconds();
    b->stats.waiting++;
    fa_lane_rest(lane);
    look(a, b, generation, deadline(begun, timeout));
    fa_status status = sleep_until(a, b, generation, deadline(begun, timeout));
    uint64_t waited = fa_os_nanoseconds() - begun;
    b->stats.waiting--;
    b->stats.waits++;
    b->stats.wait_ns += waited;
    b->stats.longest_wait_ns = waited > b->stats.longest_wait_ns ? waited : b->stats.longest_wait_ns;
    b->stats.timeouts += status == FA_ERROR_TIMEOUT;
    return status;
}

/* Goes on with a wait that has timed out, even if its generation has completed meanwhile. */
static fa_status arrive_or_resume(fa_barrier_record *b, fa_lane *lane, uint64_t *generation)
{
    const fa_barrier_seat *mine = fa_barrier_seat_of(b, lane);
    if (mine == NULL || mine->unfinished == 0)
        return arrive(b, lane, generation);
    *generation = mine->unfinished;
    return FA_OK;
}

/* Seats move while others come and leave, so it is looked for again. */
static void note_outcome(fa_barrier_record *b, const fa_lane *lane, uint64_t generation, fa_status status)
{
    fa_barrier_seat *mine = fa_barrier_seat_of(b, lane);
    if (mine != NULL)
        mine->unfinished = status == FA_ERROR_TIMEOUT ? generation : 0;
}

fa_status fa_barrier_wait_timed(fa_allocator *a, fa_barrier id, uint64_t timeout_ns)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    fa_barrier_record *b = lane == NULL ? NULL : fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    uint64_t generation;
    fa_status arrival = arrive_or_resume(b, lane, &generation);
    fa_status status = arrival == FA_ERROR_FULL ? FA_OK : await(a, b, lane, generation, timeout_ns);
    if (arrival != FA_ERROR_FULL)
        note_outcome(b, lane, generation, status);
    fa_barriers_unlock(a);
    fa_lane_go_on(lane);
    if (arrival == FA_ERROR_FULL)
        return refuse_arrival(a, id, arrival);
    return status == FA_OK ? FA_OK : fa_fail(status);
}

fa_status fa_barrier_wait(fa_allocator *a, fa_barrier id)
{
    return fa_barrier_wait_timed(a, id, FA_FOREVER);
}

static bool waits_for_itself(fa_barrier_record *b, const fa_lane *lane, uint64_t generation)
{
    const fa_barrier_seat *mine = fa_barrier_seat_of(b, lane);
    return mine != NULL && generation > b->stats.generation + mine->arrived;
}

/* What has been seen complete is not gone on with. */
static void settle_unfinished(fa_barrier_record *b, const fa_lane *lane, uint64_t generation)
{
    fa_barrier_seat *mine = fa_barrier_seat_of(b, lane);
    if (mine != NULL && mine->unfinished <= generation)
        mine->unfinished = 0;
}

fa_status fa_barrier_wait_for(fa_allocator *a, fa_barrier id, uint64_t generation, uint64_t timeout_ns)
{
    FA_ENTER(a);
    fa_barrier_record *b = fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_lane *lane = fa_lane_existing(a);
    if (timeout_ns == FA_FOREVER && lane != NULL && waits_for_itself(b, lane, generation)) {
        fa_barriers_unlock(a);
        return fa_refuse(a, FA_CODE_BARRIER, FA_ERROR_STATE,
                         "barrier %#llx: the lane has not arrived in generation %llu itself", (unsigned long long)id,
                         (unsigned long long)generation);
    }
    fa_status status = await(a, b, lane, generation, timeout_ns);
    if (status == FA_OK && lane != NULL)
        settle_unfinished(b, lane, generation);
    fa_barriers_unlock(a);
    fa_lane_go_on(lane);
    return status == FA_OK ? FA_OK : fa_fail(status);
}
