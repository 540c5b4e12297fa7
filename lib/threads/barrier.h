/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Barriers, shared between their two files: barrier.c (who takes part), arrival.c (arriving and waiting). */
#ifndef FA_THREADS_BARRIER_H
#define FA_THREADS_BARRIER_H

#include "base/condition.h"
#include "core/lane.h"
#include "core/rooms.h"

#include <framealloc/barrier.h>

typedef struct fa_barrier_seat {
    fa_lane *lane; /* NULL for one that is free */
    bool arrived;
    uint64_t unfinished; /* generation that a wait timed out for, and that the next one goes on with; 0 for none */
} fa_barrier_seat;

typedef struct fa_barrier_record {
    fa_link link;
    uint64_t id;
    fa_condition completed;
    fa_counter generation;     /* that of stats, for those who look without the lock */
    fa_counter looked_in_vain; /* times in a row; a hint */
    fa_barrier_seat *seats;
    uint32_t capacity;
    fa_barrier_stats stats; /* participants are the seats in use */
} fa_barrier_record;

static inline fa_barrier_shared *fa_barriers_of(fa_allocator *a)
{
    return &a->threads.barriers;
}

static inline void fa_barriers_unlock(fa_allocator *a)
{
    fa_mutex_unlock(&fa_barriers_of(a)->lock);
}

/* Returns with the lock held, or NULL without it and a report. */
fa_barrier_record *fa_barrier_enter(fa_allocator *a, fa_barrier id);

/* Locked: the seat of a lane, or with NULL a free one; NULL if there is none. */
fa_barrier_seat *fa_barrier_seat_of(fa_barrier_record *b, const fa_lane *lane);

/* Locked: completes the generation if all have arrived; also when the last participant has left, as others may wait for
 * what it was part of. */
void fa_barrier_complete(fa_barrier_record *b);

extern const fa_room fa_barrier_room;

#endif
