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
    fa_link link; /* in the mail of the lane it was sent to, or among those not released */
    uint64_t id;
    void *value;
    size_t size;
    int32_t state;
    uint64_t lane; /* id of the lane it is with or was sent to, 0 for any */
    uint64_t sender; /* id of the lane that allocated it */
} transfer;

/* What a frame does with a transfer that is part of it. Stays in the list of that frame, whatever becomes of the transfer. */
typedef struct membership {
    fa_cleanup_node node;
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

/* Two allocators never have the same id: it is salted with their number. */
static bool knows(fa_allocator *a, uint64_t id)
{
    lock(a);
    bool known = fa_slots_get(&shared_of(a)->table, id) != NULL || was_taken(shared_of(a), id);
    unlock(a);
    return known;
}

/* Without the lock. */
static fa_status refuse_unknown(fa_allocator *a, uint64_t id, bool taken)
{
    if (taken)
        return refuse_state(a, id, FA_TRANSFER_CONSUMED);
    uint64_t other = fa_allocator_other(a, knows, id);
    if (other == 0)
        return refuse(a, id, FA_ERROR_STALE, "was dropped, went with its frame, was taken long ago, or never was");
    return fa_refuse(a, FA_CODE_TRANSFER, FA_ERROR_STALE, "transfer %#llx is of allocator %llu, not of allocator %llu",
                     (unsigned long long)id, (unsigned long long)other, (unsigned long long)a->number);
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

static void move_to(fa_transfer_shared *shared, transfer *t, int32_t state, const fa_lane *lane)
{
    (*count_of(&shared->stats, t->state))--;
    (*count_of(&shared->stats, state))++;
    fa_list_remove(&t->link);
    t->state = state;
    t->lane = lane == NULL ? 0 : lane->id;
}

/* Locked; the value, and what is left of the transfer, are the caller's. */
static transfer *forget(fa_transfer_shared *shared, transfer *t)
{
    (*count_of(&shared->stats, t->state))--;
    shared->stats.live_bytes -= t->size;
    (void)fa_slots_remove(&shared->table, t->id);
    fa_list_remove(&t->link);
    return t;
}

static transfer *first_unreleased(fa_allocator *a)
{
    transfer *t = NULL;
    lock(a);
    fa_link *list = &shared_of(a)->unreleased;
    if (!fa_list_empty(list)) {
        t = fa_container_of(list->next, transfer, link);
        fa_list_remove(&t->link);
    }
    unlock(a);
    return t;
}

/* False if the queue of the value's lane is full: it is kept for another time. */
static bool release_or_keep(fa_allocator *a, transfer *t)
{
    fa_status last = fa_last_status();
    if (fa_release(a, t->value) == FA_OK) {
        free(t);
        return true;
    }
    (void)fa_fail(last);
    lock(a);
    fa_list_append(&shared_of(a)->unreleased, &t->link);
    unlock(a);
    return false;
}

/* One that was kept is tried with each that goes. */
static void release(fa_allocator *a, transfer *t)
{
    if (release_or_keep(a, t) && (t = first_unreleased(a)) != NULL)
        (void)release_or_keep(a, t);
}

static void release_kept(fa_allocator *a)
{
    transfer *t;
    while ((t = first_unreleased(a)) != NULL && release_or_keep(a, t)) {
    }
}

static uint64_t enlist(fa_allocator *a, fa_lane *lane, transfer *t)
{
    fa_transfer_shared *shared = shared_of(a);
    lock(a);
    t->id = fa_slots_insert(&shared->table, t);
    if (t->id != 0) {
        t->lane = lane->id;
        t->sender = lane->id;
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
    if (goes)
        (void)forget(shared_of(a), t);
    shared_of(a)->stats.dropped += goes;
    unlock(a);
    free(member);
    if (goes)
        release(a, t);
}

static void join_frame(fa_lane *lane, membership *member, uint64_t id, int32_t state)
{
    member->allocator = lane->allocator;
    member->id = id;
    member->state = state;
    fa_cleanup_link(lane, &member->node, go_with_frame, member);
}

/* The pool may call functions of the user, who may end the frame. */
static bool fill(fa_lane *lane, transfer *t, size_t align, fa_status *status)
{
    size_t size = t->size;
    *status = fa_request_check(&size, align);
    t->value = *status == FA_OK ? fa_pool_take(lane, size, align, status) : NULL;
    if (t->value == NULL)
        return false;
    *status = !fa_frame_running(lane) ? FA_ERROR_NO_FRAME : enlist(lane->allocator, lane, t) == 0 ? FA_ERROR_OUT_OF_MEMORY : FA_OK;
    return *status == FA_OK;
}

static transfer *make(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    transfer *t = calloc(1, sizeof *t);
    membership *member = malloc(sizeof *member);
    *status = FA_ERROR_OUT_OF_MEMORY;
    if (t != NULL && member != NULL) {
        fa_list_init(&t->link);
        t->size = size;
        if (fill(lane, t, align, status)) {
            join_frame(lane, member, t->id, FA_TRANSFER_OWNED);
            return t;
        }
        (void)fa_release(lane->allocator, t->value);
    }
    free(member);
    free(t);
    return NULL;
}

static void *alloc(fa_allocator *a, size_t size, size_t align, fa_transfer *id)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    fa_status status = FA_ERROR_NO_FRAME;
    const transfer *t = fa_frame_running(lane) ? make(lane, size, align, &status) : NULL;
    if (t == NULL) {
        (void)fa_refuse_memory(a, status, size, align, false);
        return NULL;
    }
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

static fa_status send(fa_allocator *a, fa_transfer id, fa_lane *to)
{
    const fa_lane *lane = fa_lane_get(a);
    transfer *t = lane == NULL ? NULL : lock_transfer(a, id);
    if (t == NULL)
        return fa_last_status();
    int32_t state = t->state;
    bool own = t->lane == lane->id;
    if (state == FA_TRANSFER_OWNED && own) {
        move_to(shared_of(a), t, FA_TRANSFER_IN_FLIGHT, to);
        if (to != NULL)
            fa_list_append(&to->mail, &t->link);
        shared_of(a)->stats.sent++;
    }
    size_t size = t->size;
    unlock(a);
    if (state != FA_TRANSFER_OWNED)
        return refuse_state(a, id, state);
    if (!own)
        return refuse(a, id, FA_ERROR_WRONG_LANE, "was allocated on another lane");
    fa_tell(a, &(fa_happening){.kind = FA_EVENT_TRANSFER_INITIATED, .intent = -1, .id = id, .bytes = size,
                               .other_lane = to == NULL ? 0 : to->id});
    return FA_OK;
}

fa_status fa_transfer_send(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    return send(a, id, NULL);
}

fa_status fa_transfer_send_to(fa_allocator *a, fa_transfer id, fa_lane *lane)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (!fa_lane_belongs(a, lane))
        return refuse(a, id, FA_ERROR_WRONG_LANE, "was sent to no lane of this allocator");
    return send(a, id, lane);
}

static uint64_t oldest_in(const fa_link *mail)
{
    return fa_list_empty(mail) ? 0 : fa_container_of(mail->next, transfer, link)->id;
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
    *id = oldest_in(&lane->mail);
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
        move_to(shared_of(a), t, FA_TRANSFER_RECEIVED, lane);
    unlock(a);
    if (status != FA_OK)
        return refuse_receipt(a, id, status, state);
    if (member != NULL)
        join_frame(lane, member, id, FA_TRANSFER_RECEIVED);
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
    membership *member = NULL;
    if (fa_frame_running(lane) && (member = malloc(sizeof *member)) == NULL) {
        (void)fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *member, FA_GRAIN, false);
        return NULL;
    }
    void *value = receive(a, lane, id, member, size);
    if (value == NULL)
        free(member);
    return value;
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
        value = t->value;
        free(forget(shared_of(a), t));
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
    if (allowed)
        (void)forget(shared_of(a), t);
    shared_of(a)->stats.dropped += allowed;
    unlock(a);
    if (!allowed)
        return refuse(a, id, FA_ERROR_WRONG_LANE, "is with another lane");
    release(a, t);
    return FA_OK;
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

static fa_transfer_info read(const transfer *t)
{
    fa_transfer_info info = FA_TRANSFER_INFO_INIT;
    info.state = t->state;
    info.size = t->size;
    info.sender = t->sender;
    info.receiver = t->state == FA_TRANSFER_OWNED ? 0 : t->lane;
    return info;
}

fa_status fa_transfer_get_info(fa_allocator *a, fa_transfer id, fa_transfer_info *out)
{
    FA_ENTER(a);
    const transfer *t = lock_transfer(a, id);
    if (t == NULL)
        return fa_last_status();
    fa_transfer_info info = read(t);
    unlock(a);
    return fa_versioned_write(a, out, &info, sizeof info);
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
    fa_list_init(&shared->unreleased);
    shared->table.salt = fa_allocator_salt(a) ^ 0x7f4a7c15u;
    shared->stats = (fa_transfer_stats)FA_TRANSFER_STATS_INIT;
    return true;
}

static bool init_lane(fa_lane *lane)
{
    fa_list_init(&lane->mail);
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
        fa_list_remove(&t->link);
        (void)release_or_keep(a, t);
    }
    release_kept(a);
}

static void dispose(fa_allocator *a)
{
    for (transfer *t = first_unreleased(a); t != NULL; t = first_unreleased(a))
        free(t);
    fa_slots_dispose(&shared_of(a)->table);
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_transfer_room = {
    .allocator_init = init,
    .allocator_trim = release_kept,
    .allocator_close = close,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .lane_init = init_lane,
};
