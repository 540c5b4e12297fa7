/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the observe room keeps in an allocator. */
#ifndef FA_OBSERVE_STATE_H
#define FA_OBSERVE_STATE_H

#include "base/counter.h"
#include "base/mutex.h"

#include <framealloc/profiler.h>

/* A seat is filled while nobody looks, and stays filled while somebody may be in one of its functions. */
typedef struct fa_profiler_seat {
    fa_profiler profiler;
    uint32_t events;           /* FA_EVENT_BIT() of those it wants */
    _Atomic uint32_t running; /* threads that are in it */
} fa_profiler_seat;

enum { FA_PROFILER_SEATS = 4 };

typedef struct fa_profiler_shared {
    fa_mutex lock; /* guards who takes which seat, and turns */
    uint64_t turns;
    fa_profiler_seat seats[FA_PROFILER_SEATS];
    _Atomic(fa_profiler_seat *) attached; /* NULL for none */
    fa_counter suppressed;
} fa_profiler_shared;

typedef struct fa_observe_shared {
    fa_profiler_shared profiler;
} fa_observe_shared;

#endif
