/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/transfer.h"

#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/versioned.h"
#include "frame/frame.h"
#include "pool/pool.h"

#include <framealloc/block.h>
#include <framealloc/event.h>
#include <framealloc/frame.h>
#include <framealloc/transfer.h>

#include <stdlib.h>
#include <string.h>

typedef struct transfer {
    fa_link link; /* in the list of those in flight, oldest first */
    uint64_t id;
    void *value;
    size_t size;
    int32_t state;
    uint64_t lane; /* id of the lane it is with or was sent to, 0 for any */
} transfer;

/* What a frame does with a transfer that is part of it; lies in the frame. */
typedef struct membership {
    fa_allocator *allocator;
    uint64_t id;
    int32_t state; /* in which it is part of the frame */
} membership;

static fa_transfer_shared *shared_of(fa_allocator *a)
{
    return &a->threads.transfers;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

static const char *const state_names[] = {"with the lane that allocated it", "in flight", "received", "taken"};

static bool was_taken(const fa_transfer_shared *shared, uint64_t id)
{
    bool found = false;
    for (unsigned i = 0; i < FA_TRANSFERS_REMEMBERED; i++)
        found = found || shared->taken[i] == id;
    return found && id != 0;
}

static fa_status refuse(fa_allocator *a, uint64_t id, fa_status status, const char *why)
{
    return fa_refuse(a, FA_CODE_TRANSFER, status, "transfer %#llx %s", (unsigned long long)id, why);
}

static fa_status refuse_state(fa_allocator *a, uint64_t id, int32_t state)
{
    return fa_refuse(a, FA_CODE_TRANSFER, FA_ERROR_STATE, "transfer %#llx is %s", (unsigned long long)id, state_names[state]);
}

/* Without the lock. */
static fa_status refuse_unknown(fa_allocator *a, uint64_t id, bool taken)
{
    return taken ? refuse_state(a, id, FA_TRANSFER_CONSUMED)
                 : refuse(a, id, FA_ERROR_STALE, "was dropped or taken, or is of another allocator");
}

/* Returns with the lock held, or NULL without it and a report. */
static transfer *lock_transfer(fa_allocator *a, uint64_t id)
{
    if (!fa_allocator_usable(a))
        return NULL;
    lock(a);
    transfer *t = fa_slots_get(&shared_of(a)->table, id);
    if (t != NULL)
        return t;
    bool taken = was_taken(shared_of(a), id);
    unlock(a);
    (void)refuse_unknown(a, id, taken);
    return NULL;
}

static uint64_t *count_of(fa_transfer_stats *stats, int32_t state)
{
    return state == FA_TRANSFER_OWNED ? &stats->owned : state == FA_TRANSFER_IN_FLIGHT ? &stats->in_flight : &stats->received;
}

static void move_to(fa_transfer_shared *shared, transfer *t, int32_t state, uint64_t lane)
{
    (*count_of(&shared->stats, t->state))--;
    (*count_of(&shared->stats, state))++;
    fa_list_remove(&t->link);
    if (state == FA_TRANSFER_IN_FLIGHT)
        fa_list_append(&shared->in_flight, &t->link);
    t->state = state;
    t->lane = lane;
}

/* Locked; the value is left to the caller. */
static void *forget(fa_transfer_shared *shared, transfer *t)
{
    void *value = t->value;
    (*count_of(&shared->stats, t->state))--;
    shared->stats.live_bytes -= t->size;
    (void)fa_slots_remove(&shared->table, t->id);
    fa_list_remove(&t->link);
    free(t);
    return value;
}

static uint64_t enlist(fa_allocator *a, fa_lane *lane, transfer *t)
{
    fa_transfer_shared *shared = shared_of(a);
    lock(a);
    t->id = fa_slots_insert(&shared->table, t);
    if (t->id != 0) {
        t->lane = lane->id;
        shared->stats.initiated++;
        shared->stats.owned++;
        shared->stats.live_bytes += t->size;
        if (shared->stats.live_bytes > shared->stats.peak_bytes)
            shared->stats.peak_bytes = shared->stats.live_bytes;
    }
    unlock(a);
    return t->id;
}

/* The frame ends or is rolled back: what has not left it goes. */
static void go_with_frame(void *user)
{
    membership *member = user;
    fa_allocator *a = member->allocator;
    lock(a);
    transfer *t = fa_slots_get(&shared_of(a)->table, member->id);
    bool goes = t != NULL && t->state == member->state;
    void *value = goes ? forget(shared_of(a), t) : NULL;
    shared_of(a)->stats.dropped += goes;
    unlock(a);
    if (value != NULL)
        (void)fa_release(a, value);
}

/* A place in the running frame for a transfer whose id is not known yet, or not in question: it does nothing before. */
static membership *join_frame(fa_allocator *a, fa_lane *lane, fa_status *status)
{
    membership *member = fa_frame_take_record(lane, 0, sizeof *member, status);
    if (member == NULL)
        return NULL;
    *member = (membership){a, 0, FA_TRANSFER_OWNED};
    *status = fa_frame_cleanup(a, go_with_frame, member);
    return *status == FA_OK ? member : NULL;
}

static transfer *make(fa_allocator *a, fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    size_t rounded = size;
    *status = fa_request_check(&rounded, align);
    transfer *t = *status == FA_OK ? calloc(1, sizeof *t) : NULL;
    if (t == NULL) {
        *status = *status == FA_OK ? FA_ERROR_OUT_OF_MEMORY : *status;
        return NULL;
    }
    fa_list_init(&t->link);
    t->size = size;
    t->value = fa_pool_take(lane, rounded, align, status);
    if (t->value != NULL && enlist(a, lane, t) != 0)
        return t;
    if (t->value != NULL) {
        (void)fa_release(a, t->value);
        *status = FA_ERROR_OUT_OF_MEMORY;
    }
    free(t);
    return NULL;
}

static void *alloc(fa_allocator *a, size_t size, size_t align, fa_transfer *id)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    fa_status status = FA_ERROR_NO_FRAME;
    membership *member = fa_frame_running(lane) ? join_frame(a, lane, &status) : NULL;
    transfer *t = member == NULL ? NULL : make(a, lane, size, align, &status);
    if (t == NULL) {
        (void)fa_refuse_memory(a, status, size, align, false);
        return NULL;
    }
    member->id = t->id;
    *id = t->id;
    return t->value;
}

static bool check_id_place(fa_allocator *a, const fa_transfer *id)
{
    if (id != NULL)
        return true;
    (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the place for the id of the transfer is NULL");
    return false;
}

void *fa_transfer_alloc(fa_allocator *a, size_t size, size_t align, fa_transfer *id)
{
    FA_ENTER(a);
    if (!check_id_place(a, id))
        return NULL;
    *id = 0;
    return alloc(a, size, align, id);
}

void *fa_transfer_copy(fa_allocator *a, const void *source, size_t size, size_t align, fa_transfer *id)
{
    FA_ENTER(a);
    if (!check_id_place(a, id))
        return NULL;
    *id = 0;
    if (source == NULL) {
        (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the value to copy is NULL");
        return NULL;
    }
    void *value = alloc(a, size, align, id);
    if (value == NULL)
        return NULL;
    memcpy(value, source, size);
    lock(a);
    shared_of(a)->stats.copied_bytes += size;
    unlock(a);
    return value;
}

static fa_status send(fa_allocator *a, fa_transfer id, uint64_t to)
{
    const fa_lane *lane = fa_lane_get(a);
    transfer *t = lane == NULL ? NULL : lock_transfer(a, id);
    if (t == NULL)
        return fa_last_status();
    int32_t state = t->state;
    bool own = t->lane == lane->id;
    if (state == FA_TRANSFER_OWNED && own) {
        move_to(shared_of(a), t, FA_TRANSFER_IN_FLIGHT, to);
        shared_of(a)->stats.sent++;
    }
    size_t size = t->size;
    unlock(a);
    if (state != FA_TRANSFER_OWNED)
        return refuse_state(a, id, state);
    if (!own)
        return refuse(a, id, FA_ERROR_WRONG_LANE, "was allocated on another lane");
    fa_tell(a, &(fa_happening){.kind = FA_EVENT_TRANSFER_INITIATED, .intent = -1, .id = id, .bytes = size, .other_lane = to});
    return FA_OK;
}

fa_status fa_transfer_send(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    return send(a, id, 0);
}

fa_status fa_transfer_send_to(fa_allocator *a, fa_transfer id, fa_lane *lane)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (!fa_lane_belongs(a, lane))
        return refuse(a, id, FA_ERROR_WRONG_LANE, "was sent to no lane of this allocator");
    return send(a, id, lane->id);
}

static uint64_t oldest_for(const fa_transfer_shared *shared, uint64_t lane)
{
    for (fa_link *link = shared->in_flight.next; link != &shared->in_flight; link = link->next) {
        const transfer *t = fa_container_of(link, transfer, link);
        if (t->lane == lane)
            return t->id;
    }
    return 0;
}

fa_status fa_transfer_next(fa_allocator *a, fa_transfer *id)
{
    FA_ENTER(a);
    if (!check_id_place(a, id))
        return FA_ERROR_INVALID_ARGUMENT;
    *id = 0;
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    const fa_lane *lane = fa_lane_existing(a);
    if (lane == NULL)
        return fa_fail(FA_ERROR_NOT_FOUND);
    lock(a);
    *id = oldest_for(shared_of(a), lane->id);
    unlock(a);
    return *id != 0 ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

/* Locked. */
static fa_status may_receive(const transfer *t, const fa_lane *lane)
{
    if (t->state != FA_TRANSFER_IN_FLIGHT)
        return FA_ERROR_STATE;
    return t->lane == 0 || t->lane == lane->id ? FA_OK : FA_ERROR_WRONG_LANE;
}

static void *refuse_receipt(fa_allocator *a, fa_transfer id, fa_status status, int32_t state)
{
    if (status == FA_ERROR_STATE)
        (void)refuse_state(a, id, state);
    else
        (void)refuse(a, id, status, "was sent to another lane");
    return NULL;
}

static void *receive(fa_allocator *a, fa_lane *lane, fa_transfer id, membership *member, size_t *size)
{
    transfer *t = lock_transfer(a, id);
    if (t == NULL)
        return NULL;
    fa_status status = may_receive(t, lane);
    int32_t state = t->state;
    void *value = t->value;
    size_t bytes = t->size;
    if (status == FA_OK)
        move_to(shared_of(a), t, FA_TRANSFER_RECEIVED, lane->id);
    unlock(a);
    if (status != FA_OK)
        return refuse_receipt(a, id, status, state);
    if (member != NULL)
        *member = (membership){a, id, FA_TRANSFER_RECEIVED};
    if (size != NULL)
        *size = bytes;
    return value;
}

void *fa_transfer_receive(fa_allocator *a, fa_transfer id, size_t *size)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    fa_status status = FA_OK;
    membership *member = fa_frame_running(lane) ? join_frame(a, lane, &status) : NULL;
    if (status != FA_OK) {
        (void)fa_refuse_memory(a, status, sizeof *member, FA_GRAIN, false);
        return NULL;
    }
    return receive(a, lane, id, member, size);
}

/* Locked. */
static void remember(fa_transfer_shared *shared, uint64_t id)
{
    shared->taken[shared->stats.taken++ % FA_TRANSFERS_REMEMBERED] = id;
}

void *fa_transfer_take(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    const fa_lane *lane = fa_lane_get(a);
    transfer *t = lane == NULL ? NULL : lock_transfer(a, id);
    if (t == NULL)
        return NULL;
    int32_t state = t->state;
    bool own = t->lane == lane->id;
    size_t size = t->size;
    void *value = NULL;
    if (state == FA_TRANSFER_RECEIVED && own) {
        value = forget(shared_of(a), t);
        remember(shared_of(a), id);
    }
    unlock(a);
    if (state != FA_TRANSFER_RECEIVED)
        (void)refuse_state(a, id, state);
    else if (!own)
        (void)refuse(a, id, FA_ERROR_WRONG_LANE, "was received on another lane");
    else
        fa_tell(a, &(fa_happening){.kind = FA_EVENT_TRANSFER_COMPLETED, .intent = -1, .id = id, .bytes = size, .block = value});
    return value;
}

fa_status fa_transfer_drop(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    transfer *t = lock_transfer(a, id);
    if (t == NULL)
        return fa_last_status();
    const fa_lane *lane = fa_lane_existing(a);
    bool allowed = t->state == FA_TRANSFER_IN_FLIGHT || (lane != NULL && t->lane == lane->id);
    void *value = allowed ? forget(shared_of(a), t) : NULL;
    shared_of(a)->stats.dropped += allowed;
    unlock(a);
    if (!allowed)
        return refuse(a, id, FA_ERROR_WRONG_LANE, "is with another lane");
    return fa_release(a, value);
}

int32_t fa_transfer_state(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return -1;
    lock(a);
    const transfer *t = fa_slots_get(&shared_of(a)->table, id);
    int32_t state = t != NULL ? t->state : was_taken(shared_of(a), id) ? FA_TRANSFER_CONSUMED : -1;
    unlock(a);
    if (state == -1)
        (void)fa_fail(FA_ERROR_STALE);
    return state;
}

fa_status fa_transfer_get_stats(fa_allocator *a, fa_transfer_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    fa_transfer_stats stats = shared_of(a)->stats;
    unlock(a);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

static bool init(fa_allocator *a)
{
    fa_transfer_shared *shared = shared_of(a);
    fa_mutex_init(&shared->lock);
    fa_list_init(&shared->in_flight);
    shared->table.salt = fa_allocator_salt(a) ^ 0x7f4a7c15u;
    shared->stats = (fa_transfer_stats)FA_TRANSFER_STATS_INIT;
    return true;
}

/* Every frame has ended: what is left is in flight, or was received without a frame. */
static void close(fa_allocator *a)
{
    fa_transfer_shared *shared = shared_of(a);
    uint64_t count = shared->stats.in_flight + shared->stats.received;
    if (count != 0 && fa_debugging(a))
        fa_warn(a, FA_CODE_TRANSFER_DROPPED, "%llu transfers of %llu bytes, %llu of them in flight", (unsigned long long)count,
                (unsigned long long)shared->stats.live_bytes, (unsigned long long)shared->stats.in_flight);
    for (transfer *t = fa_slots_remove_any(&shared->table); t != NULL; t = fa_slots_remove_any(&shared->table)) {
        (void)fa_release(a, t->value);
        free(t);
    }
}

static void dispose(fa_allocator *a)
{
    fa_slots_dispose(&shared_of(a)->table);
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_transfer_room = {
    .allocator_init = init,
    .allocator_close = close,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
};
