/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/barrier.h"

#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"

#include <stdlib.h>
#include <string.h>

static fa_barrier_record *from_link(fa_link *link)
{
    return fa_container_of(link, fa_barrier_record, link);
}

static fa_status refuse_id(fa_allocator *a, fa_barrier id)
{
    return fa_refuse(a, FA_CODE_BARRIER, FA_ERROR_STALE, "barrier %#llx was destroyed, or is of another allocator",
                     (unsigned long long)id);
}

fa_barrier_record *fa_barrier_enter(fa_allocator *a, fa_barrier id)
{
    if (!fa_allocator_usable(a))
        return NULL;
    fa_mutex_lock(&fa_barriers_of(a)->lock);
    fa_barrier_record *b = fa_slots_get(&fa_barriers_of(a)->table, id);
    if (b != NULL)
        return b;
    fa_mutex_unlock(&fa_barriers_of(a)->lock);
    (void)refuse_id(a, id);
    return NULL;
}

static void dispose(fa_barrier_record *b)
{
    fa_condition_destroy(&b->completed);
    free(b->seats);
    free(b);
}

static bool reserve(fa_barrier_record *b, uint32_t seats)
{
    if (seats <= b->capacity)
        return true;
    uint32_t capacity = seats < 8 ? 8 : seats + seats / 2;
    fa_barrier_seat *grown = realloc(b->seats, capacity * sizeof *grown);
    if (grown == NULL)
        return false;
    b->seats = grown;
    b->capacity = capacity;
    return true;
}

static fa_barrier_record *make(const char *name, uint32_t seats)
{
    fa_barrier_record *b = calloc(1, sizeof *b);
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

static uint64_t enlist(fa_allocator *a, fa_barrier_record *b)
{
    fa_mutex_lock(&fa_barriers_of(a)->lock);
    b->id = fa_slots_insert(&fa_barriers_of(a)->table, b);
    if (b->id != 0)
        fa_list_push(&fa_barriers_of(a)->barriers, &b->link);
    fa_barriers_unlock(a);
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
    fa_barrier_record *b = make(name, seats);
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
    fa_barrier_record *b = fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    bool busy = b->stats.waiting != 0;
    if (!busy) {
        (void)fa_slots_remove(&fa_barriers_of(a)->table, id);
        fa_list_remove(&b->link);
    }
    fa_barriers_unlock(a);
    if (busy)
        return fa_refuse(a, FA_CODE_BARRIER, FA_ERROR_BUSY, "barrier %#llx: threads wait at it", (unsigned long long)id);
    dispose(b);
    return FA_OK;
}

fa_barrier_seat *fa_barrier_seat_of(fa_barrier_record *b, const fa_lane *lane)
{
    for (uint32_t i = 0; i < b->stats.participants; i++) {
        if (b->seats[i].lane == lane)
            return &b->seats[i];
    }
    return NULL;
}

void fa_barrier_complete(fa_barrier_record *b)
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

static void leave_seat(fa_barrier_record *b, fa_barrier_seat *left)
{
    b->stats.arrived -= left->arrived;
    *left = b->seats[--b->stats.participants];
    fa_barrier_complete(b);
}

static fa_status take_seat(fa_barrier_record *b, fa_lane *lane)
{
    if (fa_barrier_seat_of(b, lane) != NULL)
        return FA_ERROR_EXISTS;
    if (b->stats.participants == FA_BARRIER_SEATS_MAX)
        return FA_ERROR_FULL;
    if (!reserve(b, b->stats.participants + 1))
        return FA_ERROR_OUT_OF_MEMORY;
    b->seats[b->stats.participants++] = (fa_barrier_seat){lane, false, 0};
    return FA_OK;
}

fa_status fa_barrier_register(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    fa_barrier_record *b = lane == NULL ? NULL : fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_status status = take_seat(b, lane);
    fa_barriers_unlock(a);
    if (status == FA_ERROR_OUT_OF_MEMORY)
        return fa_refuse_memory(a, status, sizeof(fa_barrier_seat), 16, false);
    return status == FA_OK ? FA_OK : fa_fail(status);
}

fa_status fa_barrier_unregister(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    fa_barrier_record *b = fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_lane *lane = fa_lane_existing(a);
    fa_barrier_seat *mine = lane == NULL ? NULL : fa_barrier_seat_of(b, lane);
    if (mine != NULL)
        leave_seat(b, mine);
    fa_barriers_unlock(a);
    return mine != NULL ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

uint64_t fa_barrier_generation(fa_allocator *a, fa_barrier id)
{
    FA_ENTER(a);
    fa_barrier_record *b = fa_barrier_enter(a, id);
    if (b == NULL)
        return 0;
    uint64_t generation = b->stats.generation;
    fa_barriers_unlock(a);
    return generation;
}

fa_status fa_barrier_get_stats(fa_allocator *a, fa_barrier id, fa_barrier_stats *out)
{
    FA_ENTER(a);
    fa_barrier_record *b = fa_barrier_enter(a, id);
    if (b == NULL)
        return fa_last_status();
    fa_barrier_stats stats = b->stats;
    fa_barriers_unlock(a);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

static bool init(fa_allocator *a)
{
    fa_mutex_init(&fa_barriers_of(a)->lock);
    fa_list_init(&fa_barriers_of(a)->barriers);
    fa_barriers_of(a)->table.salt = fa_allocator_salt(a);
    return true;
}

static void each(fa_allocator *a, void (*visit)(fa_barrier_record *b, const void *of), const void *of)
{
    fa_link *barriers = &fa_barriers_of(a)->barriers;
    for (fa_link *link = barriers->next; link != barriers; link = link->next)
        visit(from_link(link), of);
}

static void lose_seat(fa_barrier_record *b, const void *of)
{
    fa_barrier_seat *left = fa_barrier_seat_of(b, of);
    if (left == NULL)
        return;
    b->stats.lost++;
    leave_seat(b, left);
}

static void park_lane(fa_lane *lane)
{
    fa_mutex_lock(&fa_barriers_of(lane->allocator)->lock);
    each(lane->allocator, lose_seat, lane);
    fa_barriers_unlock(lane->allocator);
}

static void wake(fa_barrier_record *b, const void *of)
{
    (void)of;
    fa_condition_wake(&b->completed);
}

static void wake_all(fa_allocator *a)
{
    fa_mutex_lock(&fa_barriers_of(a)->lock);
    each(a, wake, NULL);
    fa_barriers_unlock(a);
}

static void lock_all(fa_allocator *a)
{
    fa_mutex_lock(&fa_barriers_of(a)->lock);
}

/* Threads that took part or waited are gone. */
static void forget_lost(fa_barrier_record *b, const void *of)
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
    fa_link *barriers = &fa_barriers_of(a)->barriers;
    while (!fa_list_empty(barriers)) {
        fa_barrier_record *b = from_link(barriers->next);
        fa_list_remove(&b->link);
        dispose(b);
    }
    fa_slots_dispose(&fa_barriers_of(a)->table);
    fa_mutex_destroy(&fa_barriers_of(a)->lock);
}

const fa_room fa_barrier_room = {
    .allocator_init = init,
    .allocator_closing = wake_all,
    .allocator_dispose = dispose_all,
    .allocator_lock = lock_all,
    .allocator_unlock = fa_barriers_unlock,
    .allocator_forked = forked,
    .lane_park = park_lane,
};
