/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/barrier.h"

#include "base/condition.h"
#include "base/os.h"
#include "core/call.h"
#include "core/ending.h"
#include "core/report.h"
#include "core/versioned.h"

#include <framealloc/allocator.h>
#include <framealloc/barrier.h>

#include <stdlib.h>
#include <string.h>

typedef struct seat {
    fa_lane *lane; /* NULL for one that is free */
    bool arrived;
    uint64_t unfinished; /* generation that a wait timed out for, and that the next one goes on with; 0 for none */
} seat;

typedef struct barrier {
    fa_link link;
    uint64_t id;
    fa_condition completed;
    fa_counter generation;     /* that of stats, for those who look without the lock */
    fa_counter looked_in_vain; /* times in a row; a hint */
    seat *seats;
    uint32_t capacity;
    fa_barrier_stats stats; /* participants are the seats in use */
} barrier;

static barrier *from_link(fa_link *link)
{
    return fa_container_of(link, barrier, link);
}

static fa_barrier_shared *shared_of(fa_allocator *a)
{
    return &a->threads.barriers;
}

static fa_status refuse_id(fa_allocator *a, fa_barrier id)
{
    return fa_refuse(a, FA_CODE_BARRIER, FA_ERROR_STALE, "barrier %#llx was destroyed, or is of another allocator",
                     (unsigned long long)id);
}

/* Returns with the lock held, or NULL without it and a report. */
static barrier *lock_barrier(fa_allocator *a, fa_barrier id)
{
    if (!fa_allocator_usable(a))
        return NULL;
    fa_mutex_lock(&shared_of(a)->lock);
    barrier *b = fa_slots_get(&shared_of(a)->table, id);
    if (b != NULL)
        return b;
    fa_mutex_unlock(&shared_of(a)->lock);
    (void)refuse_id(a, id);
    return NULL;
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

static void dispose(barrier *b)
{
    fa_condition_destroy(&b->completed);
    free(b->seats);
    free(b);
}

static bool reserve(barrier *b, uint32_t seats)
{
    if (seats <= b->capacity)
        return true;
    uint32_t capacity = seats < 8 ? 8 : seats + seats / 2;
    seat *grown = realloc(b->seats, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    b->seats = grown;
    b->capacity = capacity;
    return true;
}

static barrier *make(const char *name, uint32_t seats)
{
    barrier *b = calloc(1, sizeof *b);
    if (b == NULL || !reserve(b, seats)) {
        free(b);
        return NULL;
    }
    fa_condition_init(&b->completed);
    fa_list_init(&b->link);
    b->stats = (fa_barrier_stats)FA_BARRIER_STATS_INIT;
    b->stats.participants = seats;
    if (seats != 0)
        memset(b->seats, 0, seats * sizeof *b->seats);
    if (name != NULL)
        strncpy(b->stats.name, name, sizeof b->stats.name - 1);
    return b;
}

static uint64_t enlist(fa_allocator *a, barrier *b)
{
    fa_mutex_lock(&shared_of(a)->lock);
    b->id = fa_slots_insert(&shared_of(a)->table, b);
    if (b->id != 0)
        fa_list_push(&shared_of(a)->barriers, &b->link);
    unlock(a);
    return b->id;
}

fa_status fa_barrier_create(fa_allocator *a, const char *name, uint32_t seats, fa_barrier *id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (id == NULL || seats > FA_BARRIER_SEATS_MAX)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a barrier needs a place for its id and at most %d seats", FA_BARRIER_SEATS_MAX);
    barrier *b = make(name, seats);
    *id = b == NULL ? 0 : enlist(a, b);
    if (*id != 0)
        return FA_OK;
    if (b != NULL)
        dispose(b);
    return fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *b, 16, false);
}

fa_status fa_barrier_destroy(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    barrier *b = lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    bool busy = b->stats.waiting != 0;
    if (!busy) {
        (void)fa_slots_remove(&shared_of(a)->table, id);
        fa_list_remove(&b->link);
    }
    unlock(a);
    if (busy)
        return fa_refuse(a, FA_CODE_BARRIER, FA_ERROR_BUSY, "barrier %#llx: threads wait at it", (unsigned long long)id);
    dispose(b);
    return FA_OK;
}

static seat *seat_of(barrier *b, const fa_lane *lane)
{
    for (uint32_t i = 0; i < b->stats.participants; i++) {
        if (b->seats[i].lane == lane)
            return &b->seats[i];
    }
    return NULL;
}

/* Also when the last participant has left: others may wait for what it was part of. */
static void complete_if_all_arrived(barrier *b)
{
    if (b->stats.arrived < b->stats.participants)
        return;
    for (uint32_t i = 0; i < b->stats.participants; i++)
        b->seats[i].arrived = false;
    b->stats.arrived = 0;
    b->stats.generation++;
    atomic_store_explicit(&b->generation, b->stats.generation, memory_order_release);
    fa_condition_wake(&b->completed);
}

static void leave_seat(barrier *b, seat *left)
{
    b->stats.arrived -= left->arrived;
    *left = b->seats[--b->stats.participants];
    complete_if_all_arrived(b);
}

static fa_status take_seat(barrier *b, fa_lane *lane)
{
    if (seat_of(b, lane) != NULL)
        return FA_ERROR_EXISTS;
    if (b->stats.participants == FA_BARRIER_SEATS_MAX)
        return FA_ERROR_FULL;
    if (!reserve(b, b->stats.participants + 1))
        return FA_ERROR_OUT_OF_MEMORY;
    b->seats[b->stats.participants++] = (seat){lane, false, 0};
    return FA_OK;
}

fa_status fa_barrier_register(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    barrier *b = lane == NULL ? NULL : lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_status status = take_seat(b, lane);
    unlock(a);
    if (status == FA_ERROR_OUT_OF_MEMORY)
        return fa_refuse_memory(a, status, sizeof(seat), 16, false);
    return status == FA_OK ? FA_OK : fa_fail(status);
}

fa_status fa_barrier_unregister(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    barrier *b = lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_lane *lane = fa_lane_existing(a);
    seat *mine = lane == NULL ? NULL : seat_of(b, lane);
    if (mine != NULL)
        leave_seat(b, mine);
    unlock(a);
    return mine != NULL ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

/* Its own seat, or a free one that is its own from now on. */
static seat *sit(barrier *b, fa_lane *lane)
{
    seat *mine = seat_of(b, lane);
    if (mine == NULL)
        mine = seat_of(b, NULL);
    if (mine != NULL)
        mine->lane = lane;
    return mine;
}

/* Generation receives the one that the lane has a part in. */
static fa_status arrive(barrier *b, fa_lane *lane, uint64_t *generation)
{
    *generation = b->stats.generation + 1;
    seat *mine = sit(b, lane);
    if (mine == NULL)
        return FA_ERROR_FULL;
    if (mine->arrived)
        return FA_ERROR_STATE;
    mine->arrived = true;
    mine->unfinished = 0;
    b->stats.arrived++;
    b->stats.arrivals++;
    complete_if_all_arrived(b);
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
    barrier *b = lane == NULL ? NULL : lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    uint64_t wanted;
    fa_status status = arrive(b, lane, &wanted);
    unlock(a);
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

static fa_status sleep_until(fa_allocator *a, barrier *b, uint64_t generation, uint64_t until)
{
    bool in_time = true;
    while (b->stats.generation < generation && in_time && !fa_ending_decided(a)) {
        if (until == UINT64_MAX)
            fa_condition_wait(&b->completed, &shared_of(a)->lock);
        else
            in_time = fa_condition_wait_until(&b->completed, &shared_of(a)->lock, bounded(until));
    }
    if (b->stats.generation >= generation)
        return FA_OK;
    return in_time ? FA_ERROR_INVALID_ALLOCATOR : FA_ERROR_TIMEOUT;
}

/* Lets go of the lock, and lets others run for a while, which takes less than to sleep and be woken. Where that was in
 * vain some times in a row, it is rarely tried. */
static void look(fa_allocator *a, barrier *b, uint64_t generation, uint64_t until)
{
    enum { YIELDS = 16, FORGIVEN = 8, RARELY = 4 };
    uint64_t vain = fa_peek(b->looked_in_vain);
    fa_poke(b->looked_in_vain, vain + 1);
    if (vain >= FORGIVEN && vain % RARELY != 0)
        return;
    unlock(a);
    bool seen = false;
    for (unsigned yields = 0; !seen && yields < YIELDS && fa_os_nanoseconds() < until; yields++) {
        fa_os_wait(yields);
        seen = atomic_load_explicit(&b->generation, memory_order_acquire) >= generation;
    }
    if (seen)
        fa_poke(b->looked_in_vain, 0);
    fa_mutex_lock(&shared_of(a)->lock);
}

/* Locked. The barrier stays as long as somebody is counted as waiting. */
static fa_status await(fa_allocator *a, barrier *b, uint64_t generation, uint64_t timeout)
{
    if (b->stats.generation >= generation)
        return FA_OK;
    uint64_t begun = fa_os_nanoseconds();
    b->stats.waiting++;
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
static fa_status arrive_or_resume(barrier *b, fa_lane *lane, uint64_t *generation)
{
    const seat *mine = seat_of(b, lane);
    if (mine == NULL || mine->unfinished == 0)
        return arrive(b, lane, generation);
    *generation = mine->unfinished;
    return FA_OK;
}

/* Seats move while others come and leave, so it is looked for again. */
static void note_outcome(barrier *b, const fa_lane *lane, uint64_t generation, fa_status status)
{
    seat *mine = seat_of(b, lane);
    if (mine != NULL)
        mine->unfinished = status == FA_ERROR_TIMEOUT ? generation : 0;
}

fa_status fa_barrier_wait_timed(fa_allocator *a, fa_barrier id, uint64_t timeout_ns)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    barrier *b = lane == NULL ? NULL : lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    uint64_t generation;
    fa_status arrival = arrive_or_resume(b, lane, &generation);
    fa_status status = arrival == FA_ERROR_FULL ? FA_OK : await(a, b, generation, timeout_ns);
    if (arrival != FA_ERROR_FULL)
        note_outcome(b, lane, generation, status);
    unlock(a);
    if (arrival == FA_ERROR_FULL)
        return refuse_arrival(a, id, arrival);
    return status == FA_OK ? FA_OK : fa_fail(status);
}

fa_status fa_barrier_wait(fa_allocator *a, fa_barrier id)
{
    return fa_barrier_wait_timed(a, id, FA_FOREVER);
}

static bool waits_for_itself(barrier *b, const fa_lane *lane, uint64_t generation)
{
    const seat *mine = seat_of(b, lane);
    return mine != NULL && generation > b->stats.generation + mine->arrived;
}

/* What has been seen complete is not gone on with. */
static void settle_unfinished(barrier *b, const fa_lane *lane, uint64_t generation)
{
    seat *mine = seat_of(b, lane);
    if (mine != NULL && mine->unfinished <= generation)
        mine->unfinished = 0;
}

fa_status fa_barrier_wait_for(fa_allocator *a, fa_barrier id, uint64_t generation, uint64_t timeout_ns)
{
    FA_ENTER(a);
    barrier *b = lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    const fa_lane *lane = fa_lane_existing(a);
    if (timeout_ns == FA_FOREVER && lane != NULL && waits_for_itself(b, lane, generation)) {
        unlock(a);
        return fa_refuse(a, FA_CODE_BARRIER, FA_ERROR_STATE,
                         "barrier %#llx: the lane has not arrived in generation %llu itself", (unsigned long long)id,
                         (unsigned long long)generation);
    }
    fa_status status = await(a, b, generation, timeout_ns);
    if (status == FA_OK && lane != NULL)
        settle_unfinished(b, lane, generation);
    unlock(a);
    return status == FA_OK ? FA_OK : fa_fail(status);
}

uint64_t fa_barrier_generation(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    barrier *b = lock_barrier(a, id);
    if (b == NULL)
        return 0;
    uint64_t generation = b->stats.generation;
    unlock(a);
    return generation;
}

fa_status fa_barrier_get_stats(fa_allocator *a, fa_barrier id, fa_barrier_stats *out)
{
    FA_ENTER(a);
    barrier *b = lock_barrier(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_barrier_stats stats = b->stats;
    unlock(a);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

static bool init(fa_allocator *a)
{
    fa_mutex_init(&shared_of(a)->lock);
    fa_list_init(&shared_of(a)->barriers);
    shared_of(a)->table.salt = fa_allocator_salt(a);
    return true;
}

static void each(fa_allocator *a, void (*visit)(barrier *b, const void *of), const void *of)
{
    fa_link *barriers = &shared_of(a)->barriers;
    for (fa_link *link = barriers->next; link != barriers; link = link->next)
        visit(from_link(link), of);
}

static void lose_seat(barrier *b, const void *of)
{
    seat *left = seat_of(b, of);
    if (left == NULL)
        return;
    b->stats.lost++;
    leave_seat(b, left);
}

static void park_lane(fa_lane *lane)
{
    fa_mutex_lock(&shared_of(lane->allocator)->lock);
    each(lane->allocator, lose_seat, lane);
    unlock(lane->allocator);
}

static void wake(barrier *b, const void *of)
{
    (void)of;
    fa_condition_wake(&b->completed);
}

static void wake_all(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
    each(a, wake, NULL);
    unlock(a);
}

static void lock_all(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

/* Threads that took part or waited are gone. */
static void forget_lost(barrier *b, const void *of)
{
    (void)of;
    b->stats.waiting = 0;
    fa_condition_init(&b->completed);
    for (uint32_t i = b->stats.participants; i-- > 0;) {
        fa_lane *lane = b->seats[i].lane;
        if (lane != NULL && fa_peek(lane->state) == FA_LANE_LOST)
            lose_seat(b, lane);
    }
}

static void forked(fa_allocator *a)
{
    each(a, forget_lost, NULL);
}

static void dispose_all(fa_allocator *a)
{
    fa_link *barriers = &shared_of(a)->barriers;
    while (!fa_list_empty(barriers)) {
        barrier *b = from_link(barriers->next);
        fa_list_remove(&b->link);
        dispose(b);
    }
    fa_slots_dispose(&shared_of(a)->table);
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_barrier_room = {
    .allocator_init = init,
    .allocator_closing = wake_all,
    .allocator_dispose = dispose_all,
    .allocator_lock = lock_all,
    .allocator_unlock = unlock,
    .allocator_forked = forked,
    .lane_park = park_lane,
};
