/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks on their way to a lane when somebody wants to know how many there are: oldest first, with a lock. */
#ifndef FA_POOL_QUEUE_H
#define FA_POOL_QUEUE_H

#include "core/lane.h"

#include <framealloc/deferred.h>

void fa_queue_init(fa_queue *queue);
void fa_queue_dispose(fa_queue *queue);

/* What came of asking for a place in a queue. */
typedef enum fa_place {
    FA_PLACE_FREE,    /* no queue is in use */
    FA_PLACE_TAKEN,   /* fa_queue_push() has to follow */
    FA_PLACE_NONE,    /* the block cannot be sent */
    FA_PLACE_IN_STOCK /* the block goes to the allocator */
} fa_place;

/* A place in the queue of owner, by the policy in force. from is the releasing lane, NULL if there is none. With own, the
 * block is the library's own, and is never refused. Waits with FA_QUEUE_BLOCK. No lock may be held. */
fa_place fa_queue_ask(fa_allocator *a, fa_lane *from, fa_lane *owner, bool own);

/* Fills a place. */
void fa_queue_push(fa_lane *owner, void *block);

/* The oldest block, NULL if there is none. */
void *fa_queue_pop(fa_lane *owner);

/* Wakes those who wait for a place. */
void fa_queue_wake(fa_lane *owner);

/* In the child of a fork, locked: those who had asked for a place are gone. */
void fa_queue_forked(fa_queue *queue);

static inline bool fa_queue_used(const fa_allocator *a)
{
    return fa_peek(a->pool.deferred.queues) != 0;
}

#endif
