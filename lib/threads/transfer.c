/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/transfer.h"

#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "core/versioned.h"
#include "frame/frame.h"
#include "pool/pool.h"

#include <framealloc/event.h>
#include <framealloc/frame.h>
#include <framealloc/transfer.h>

#include <stdlib.h>
#include <string.h>

/* The pool may call functions of the user, who may end the frame. */
static bool fill(fa_lane *lane, fa_transfer_record *t, size_t align, fa_status *status)
{
    size_t size = t->size;
    *status = fa_request_check(&size, align);
    t->value = *status == FA_OK ? fa_pool_take(lane, size, align, status) : NULL;
    if (t->value == NULL)
        return false;
    bool runs = fa_frame_running(lane);
    *status = runs ? FA_ERROR_OUT_OF_MEMORY : FA_ERROR_NO_FRAME;
    return runs && fa_transfer_enlist(lane->allocator, lane, t) != 0;
}

static fa_transfer_record *make(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_transfer_record *t = calloc(1, sizeof *t);
    fa_transfer_member *member = malloc(sizeof *member);
    *status = FA_ERROR_OUT_OF_MEMORY;
    if (t != NULL && member != NULL) {
        fa_list_init(&t->link);
        t->size = size;
        if (fill(lane, t, align, status)) {
            fa_transfer_join_frame(lane, member, t->id, FA_TRANSFER_OWNED);
            return t;
        }
        (void)fa_release_own(lane->allocator, t->value);
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
    const fa_transfer_record *t = fa_frame_running(lane) ? make(lane, size, align, &status) : NULL;
    if (t == NULL) {
        (void)fa_refuse_memory(a, status, size, align, false);
        return NULL;
    }
    *id = t->id;
    return fa_told_allocation(lane, FA_INTENT_POOL, t->value, size);
}

static bool check_id_place(fa_allocator *a, const fa_transfer *id)
{
    if (id != NULL)
        return true;
    (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                    "the place for the id of the transfer is NULL");
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
    fa_transfers_lock(a);
    fa_transfers_of(a)->stats.copied_bytes += size;
    fa_transfers_unlock(a);
    return value;
}

static fa_status send(fa_allocator *a, fa_transfer id, fa_lane *to)
{
    const fa_lane *lane = fa_lane_get(a);
    fa_transfer_record *t = lane == NULL ? NULL : fa_transfer_enter(a, id);
    if (t == NULL)
        return fa_last_status();
    int32_t state = t->state;
    bool own = t->lane == lane->id;
    if (state == FA_TRANSFER_OWNED && own) {
        fa_transfer_move(fa_transfers_of(a), t, FA_TRANSFER_IN_FLIGHT, to);
        if (to != NULL)
            fa_list_append(&to->mail, &t->link);
        fa_transfers_of(a)->stats.sent++;
    }
    size_t size = t->size;
    fa_transfers_unlock(a);
    if (state != FA_TRANSFER_OWNED)
        return fa_transfer_refuse_state(a, id, state);
    if (!own)
        return fa_transfer_refuse(a, id, FA_ERROR_WRONG_LANE, "was allocated on another lane");
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
        return fa_transfer_refuse(a, id, FA_ERROR_WRONG_LANE, "was sent to no lane of this allocator");
    return send(a, id, lane);
}

static uint64_t oldest_in(const fa_link *mail)
{
    return fa_list_empty(mail) ? 0 : fa_container_of(mail->next, fa_transfer_record, link)->id;
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
    fa_transfers_lock(a);
    *id = oldest_in(&lane->mail);
    fa_transfers_unlock(a);
    return *id != 0 ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

/* Locked. */
static fa_status may_receive(const fa_transfer_record *t, const fa_lane *lane)
{
    if (t->state != FA_TRANSFER_IN_FLIGHT)
        return FA_ERROR_STATE;
    return t->lane == 0 || t->lane == lane->id ? FA_OK : FA_ERROR_WRONG_LANE;
}

static void *refuse_receipt(fa_allocator *a, fa_transfer id, fa_status status, int32_t state)
{
    if (status == FA_ERROR_STATE)
        (void)fa_transfer_refuse_state(a, id, state);
    else
        (void)fa_transfer_refuse(a, id, status, "was sent to another lane");
    return NULL;
}

static void *receive(fa_allocator *a, fa_lane *lane, fa_transfer id, fa_transfer_member *member, size_t *size)
{
    fa_transfer_record *t = fa_transfer_enter(a, id);
    if (t == NULL)
        return NULL;
    fa_status status = may_receive(t, lane);
    int32_t state = t->state;
    void *value = t->value;
    size_t bytes = t->size;
    if (status == FA_OK)
        fa_transfer_move(fa_transfers_of(a), t, FA_TRANSFER_RECEIVED, lane);
    fa_transfers_unlock(a);
    if (status != FA_OK)
        return refuse_receipt(a, id, status, state);
    if (member != NULL)
        fa_transfer_join_frame(lane, member, id, FA_TRANSFER_RECEIVED);
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
    fa_transfer_member *member = NULL;
    if (fa_frame_running(lane) && (member = malloc(sizeof *member)) == NULL) {
        (void)fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *member, FA_GRAIN, false);
        return NULL;
    }
    void *value = receive(a, lane, id, member, size);
    if (value == NULL)
        free(member);
    return value;
}

void *fa_transfer_take(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    const fa_lane *lane = fa_lane_get(a);
    fa_transfer_record *t = lane == NULL ? NULL : fa_transfer_enter(a, id);
    if (t == NULL)
        return NULL;
    int32_t state = t->state;
    bool own = t->lane == lane->id;
    size_t size = t->size;
    void *value = NULL;
    if (state == FA_TRANSFER_RECEIVED && own) {
        value = t->value;
        free(fa_transfer_forget(fa_transfers_of(a), t));
        fa_transfer_remember(fa_transfers_of(a), id);
    }
    fa_transfers_unlock(a);
    if (state != FA_TRANSFER_RECEIVED)
        (void)fa_transfer_refuse_state(a, id, state);
    else if (!own)
        (void)fa_transfer_refuse(a, id, FA_ERROR_WRONG_LANE, "was received on another lane");
    else
        fa_tell(a, &(fa_happening){.kind = FA_EVENT_TRANSFER_COMPLETED, .intent = -1, .id = id, .bytes = size,
                                   .block = value});
    return value;
}

fa_status fa_transfer_drop(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    fa_transfer_record *t = fa_transfer_enter(a, id);
    if (t == NULL)
        return fa_last_status();
    const fa_lane *lane = fa_lane_existing(a);
    bool allowed = t->state == FA_TRANSFER_IN_FLIGHT || (lane != NULL && t->lane == lane->id);
    if (allowed)
        (void)fa_transfer_forget(fa_transfers_of(a), t);
    fa_transfers_of(a)->stats.dropped += allowed;
    fa_transfers_unlock(a);
    if (!allowed)
        return fa_transfer_refuse(a, id, FA_ERROR_WRONG_LANE, "is with another lane");
    fa_transfer_release(a, t);
    return FA_OK;
}

int32_t fa_transfer_state(fa_allocator *a, fa_transfer id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return -1;
    fa_transfers_lock(a);
    const fa_transfer_record *t = fa_slots_get(&fa_transfers_of(a)->table, id);
    int32_t state = t != NULL ? t->state : fa_transfer_was_taken(fa_transfers_of(a), id) ? FA_TRANSFER_CONSUMED : -1;
    fa_transfers_unlock(a);
    if (state == -1)
        (void)fa_fail(FA_ERROR_STALE);
    return state;
}

static fa_transfer_info read(const fa_transfer_record *t)
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
    const fa_transfer_record *t = fa_transfer_enter(a, id);
    if (t == NULL)
        return fa_last_status();
    fa_transfer_info info = read(t);
    fa_transfers_unlock(a);
    return fa_versioned_write(a, out, &info, sizeof info);
}

fa_status fa_transfer_get_stats(fa_allocator *a, fa_transfer_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_transfers_lock(a);
    fa_transfer_stats stats = fa_transfers_of(a)->stats;
    fa_transfers_unlock(a);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}
