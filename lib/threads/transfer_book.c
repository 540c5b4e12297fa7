/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Records of transfers, and their part in frames. Nothing that could reach the backend or the user is called with the
 * lock held. */
#include "core/directory.h"
#include "threads/transfer.h"

#include "core/report.h"

#include <framealloc/block.h>

#include <stdlib.h>

static const char *const state_names[] = {"with the lane that allocated it", "in flight", "received", "taken"};

bool fa_transfer_was_taken(const fa_transfer_shared *shared, uint64_t id)
{
    bool found = false;
    for (unsigned i = 0; i < FA_TRANSFERS_REMEMBERED; i++)
        found = found || shared->taken[i] == id;
    return found && id != 0;
}

fa_status fa_transfer_refuse(fa_allocator *a, uint64_t id, fa_status status, const char *why)
{
    return fa_refuse(a, FA_CODE_TRANSFER, status, "transfer %#llx %s", (unsigned long long)id, why);
}

fa_status fa_transfer_refuse_state(fa_allocator *a, uint64_t id, int32_t state)
{
    return fa_refuse(a, FA_CODE_TRANSFER, FA_ERROR_STATE, "transfer %#llx is %s", (unsigned long long)id,
                     state_names[state]);
}

/* Ids are salted with the number of their allocator, so those of one are unknown to the others. */
static bool knows(fa_allocator *a, uint64_t id)
{
    fa_transfers_lock(a);
    bool known = fa_slots_get(&fa_transfers_of(a)->table, id) != NULL || fa_transfer_was_taken(fa_transfers_of(a), id);
    fa_transfers_unlock(a);
    return known;
}

static fa_status refuse_unknown(fa_allocator *a, uint64_t id, bool taken)
{
    if (taken)
        return fa_transfer_refuse_state(a, id, FA_TRANSFER_CONSUMED);
    uint64_t other = fa_allocator_other(a, knows, id);
    if (other == 0)
        return fa_transfer_refuse(a, id, FA_ERROR_STALE,
                                  "was dropped, went with its frame, was taken long ago, or never was");
    return fa_refuse(a, FA_CODE_TRANSFER, FA_ERROR_STALE, "transfer %#llx is of allocator %llu, not of allocator %llu",
                     (unsigned long long)id, (unsigned long long)other, (unsigned long long)a->number);
}

fa_transfer_record *fa_transfer_enter(fa_allocator *a, uint64_t id)
{
    if (!fa_allocator_usable(a))
        return NULL;
    fa_transfers_lock(a);
    fa_transfer_record *t = fa_slots_get(&fa_transfers_of(a)->table, id);
    if (t != NULL)
        return t;
    bool taken = fa_transfer_was_taken(fa_transfers_of(a), id);
    fa_transfers_unlock(a);
    (void)refuse_unknown(a, id, taken);
    return NULL;
}

static uint64_t *count_of(fa_transfer_stats *stats, int32_t state)
{
    if (state == FA_TRANSFER_OWNED)
        return &stats->owned;
    return state == FA_TRANSFER_IN_FLIGHT ? &stats->in_flight : &stats->received;
}

void fa_transfer_move(fa_transfer_shared *shared, fa_transfer_record *t, int32_t state, const fa_lane *lane)
{
    (*count_of(&shared->stats, t->state))--;
    (*count_of(&shared->stats, state))++;
    fa_list_remove(&t->link);
    t->state = state;
    t->lane = lane == NULL ? 0 : lane->id;
}

fa_transfer_record *fa_transfer_forget(fa_transfer_shared *shared, fa_transfer_record *t)
{
    (*count_of(&shared->stats, t->state))--;
    shared->stats.live_bytes -= t->size;
    (void)fa_slots_remove(&shared->table, t->id);
    fa_list_remove(&t->link);
    return t;
}

void fa_transfer_release(fa_allocator *a, fa_transfer_record *t)
{
    (void)fa_release_own(a, t->value);
    free(t);
}

void fa_transfer_remember(fa_transfer_shared *shared, uint64_t id)
{
    shared->taken[shared->stats.taken++ % FA_TRANSFERS_REMEMBERED] = id;
}

uint64_t fa_transfer_enlist(fa_allocator *a, fa_lane *lane, fa_transfer_record *t)
{
    fa_transfer_shared *shared = fa_transfers_of(a);
    fa_transfers_lock(a);
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
    fa_transfers_unlock(a);
    return t->id;
}

/* The frame ends or is rolled back: what has not left it goes. */
static void go_with_frame(void *user)
{
    fa_transfer_member *member = user;
    fa_allocator *a = member->allocator;
    fa_transfers_lock(a);
    fa_transfer_record *t = fa_slots_get(&fa_transfers_of(a)->table, member->id);
    bool goes = t != NULL && t->state == member->state;
    if (goes)
        (void)fa_transfer_forget(fa_transfers_of(a), t);
    fa_transfers_of(a)->stats.dropped += goes;
    fa_transfers_unlock(a);
    free(member);
    if (goes)
        fa_transfer_release(a, t);
}

void fa_transfer_join_frame(fa_lane *lane, fa_transfer_member *member, uint64_t id, int32_t state)
{
    member->allocator = lane->allocator;
    member->id = id;
    member->state = state;
    fa_cleanup_link(lane, &member->node, go_with_frame, member);
}

static bool init(fa_allocator *a)
{
    fa_transfer_shared *shared = fa_transfers_of(a);
    fa_mutex_init(&shared->lock);
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
    fa_transfer_shared *shared = fa_transfers_of(a);
    uint64_t count = shared->stats.in_flight + shared->stats.received;
    if (count != 0 && fa_debugging(a))
        fa_warn(a, FA_CODE_TRANSFER_DROPPED, "%llu transfers of %llu bytes, %llu of them in flight",
                (unsigned long long)count, (unsigned long long)shared->stats.live_bytes, (unsigned long long)shared->stats.in_flight);
    for (fa_transfer_record *t; (t = fa_slots_remove_any(&shared->table)) != NULL;) {
        fa_list_remove(&t->link);
        fa_transfer_release(a, t);
    }
}

static void dispose(fa_allocator *a)
{
    fa_slots_dispose(&fa_transfers_of(a)->table);
    fa_mutex_destroy(&fa_transfers_of(a)->lock);
}

const fa_room fa_transfer_room = {
    .allocator_init = init,
    .allocator_close = close,
    .allocator_dispose = dispose,
    .allocator_lock = fa_transfers_lock,
    .allocator_unlock = fa_transfers_unlock,
    .lane_init = init_lane,
};
