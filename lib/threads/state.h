/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the threads room keeps in a lane and in an allocator. */
#ifndef FA_THREADS_STATE_H
#define FA_THREADS_STATE_H

#include "base/counter.h"
#include "base/list.h"
#include "base/mutex.h"
#include "base/runs.h"
#include "base/slots.h"

#include <framealloc/event.h>
#include <framealloc/transfer.h>

#include <stdbool.h>

/* One lock for all barriers: who holds it neither waits nor calls anybody. */
typedef struct fa_barrier_shared {
    fa_mutex lock; /* guards what follows */
    fa_slots table;
    fa_link barriers;
} fa_barrier_shared;

enum { FA_TRANSFERS_REMEMBERED = 256 };

typedef struct fa_transfer_shared {
    fa_mutex lock; /* guards what follows, and the mail of every lane */
    fa_slots table;
    fa_transfer_stats stats;
    uint64_t taken[FA_TRANSFERS_REMEMBERED]; /* ids that were taken lately */
} fa_transfer_shared;

typedef struct fa_event_seat {
    uint64_t id;
    uint32_t kinds;
    fa_event_listener listener; /* NULL for nobody */
    void *user;
} fa_event_seat;

typedef struct fa_event_shared {
    fa_mutex lock; /* guards what follows */
    fa_event_seat listeners[16];
    fa_link runs; /* of listeners, under way */
    uint64_t last_id;
    uint64_t turns; /* times that what is watched was worked out */
    bool measuring;
    _Atomic uint32_t kinds; /* that anybody listens to */
    fa_counter suppressed;
} fa_event_shared;

/* Of the frames of a lane. */
typedef struct fa_times_lane {
    fa_counter frames;
    fa_counter total_ns;
    fa_counter longest_ns;
    fa_counter last_ns;
    fa_counter total_bytes;
    fa_counter peak_bytes;
} fa_times_lane;

typedef struct fa_task_shared {
    fa_mutex lock; /* guards what follows, and all tasks */
    fa_slots table;
    fa_link tasks; /* those without a parent, newest first */
    fa_link ends;  /* runs of them, by the task above, 0 for none */
    uint32_t count;
} fa_task_shared;

typedef struct fa_threads_shared {
    fa_task_shared tasks;
    fa_event_shared events;
    fa_barrier_shared barriers;
    fa_transfer_shared transfers;
} fa_threads_shared;

#endif
