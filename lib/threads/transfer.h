/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Transfers, shared between their two files: transfer.c (what users do with them), transfer_book.c (their records). */
#ifndef FA_THREADS_TRANSFER_H
#define FA_THREADS_TRANSFER_H

#include "core/rooms.h"
#include "frame/frame.h"

#include <framealloc/transfer.h>

typedef struct fa_transfer_record {
    fa_link link; /* in the mail of the lane it was sent to */
    uint64_t id;
    void *value;
    size_t size;
    int32_t state;
    uint64_t lane; /* id of the lane it is with or was sent to, 0 for any */
    uint64_t sender; /* id of the lane that allocated it */
} fa_transfer_record;

/* What a frame does with a transfer that is part of it. Stays in the list of that frame, whatever becomes of the
 * transfer. */
typedef struct fa_transfer_member {
    fa_cleanup_node node;
    fa_allocator *allocator;
    uint64_t id;
    int32_t state; /* in which it is part of the frame */
} fa_transfer_member;

static inline fa_transfer_shared *fa_transfers_of(fa_allocator *a)
{
    return &a->threads.transfers;
}

static inline void fa_transfers_lock(fa_allocator *a)
{
    fa_mutex_lock(&fa_transfers_of(a)->lock);
}

static inline void fa_transfers_unlock(fa_allocator *a)
{
    fa_mutex_unlock(&fa_transfers_of(a)->lock);
}

/* Returns with the lock held, or NULL without it and a report. */
fa_transfer_record *fa_transfer_enter(fa_allocator *a, uint64_t id);

/* Reports why not; without the lock. */
fa_status fa_transfer_refuse(fa_allocator *a, uint64_t id, fa_status status, const char *why) FA_COLD;
fa_status fa_transfer_refuse_state(fa_allocator *a, uint64_t id, int32_t state) FA_COLD;

/* Gives a filled record of the lane an id and makes it known; 0 without memory. Takes the lock. */
uint64_t fa_transfer_enlist(fa_allocator *a, fa_lane *lane, fa_transfer_record *t);

/* Has the running frame of the lane take the transfer with it, as long as it is in this state. */
void fa_transfer_join_frame(fa_lane *lane, fa_transfer_member *member, uint64_t id, int32_t state);

/* Locked: to another state; lane is the one it is with or sent to, NULL for any. */
void fa_transfer_move(fa_transfer_shared *shared, fa_transfer_record *t, int32_t state, const fa_lane *lane);

/* Locked: ends a transfer. The value, and what is left of the record, are the caller's. */
fa_transfer_record *fa_transfer_forget(fa_transfer_shared *shared, fa_transfer_record *t);

/* Locked: of the last that were taken. */
void fa_transfer_remember(fa_transfer_shared *shared, uint64_t id);
bool fa_transfer_was_taken(const fa_transfer_shared *shared, uint64_t id);

/* Frees a record that was forgotten, with its value. Without the lock. */
void fa_transfer_release(fa_allocator *a, fa_transfer_record *t);

extern const fa_room fa_transfer_room;

#endif
