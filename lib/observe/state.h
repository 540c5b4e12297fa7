/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the observe room keeps in an allocator. */
#ifndef FA_OBSERVE_STATE_H
#define FA_OBSERVE_STATE_H

#include "base/counter.h"
#include "base/mutex.h"

#include <framealloc/history.h>
#include <framealloc/profiler.h>
#include <framealloc/trace.h>

/* A seat is filled while nobody looks, and stays filled while somebody may be in one of its functions. */
typedef struct fa_profiler_seat {
    fa_profiler profiler;
    uint32_t events;          /* FA_EVENT_BIT() of those it wants */
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

#define FA_HISTORY_EVERY_LANE UINT64_MAX

typedef struct fa_history_shared {
    fa_mutex lock; /* guards what follows */
    uint64_t turns;
    fa_history_sample *samples; /* a ring, NULL while there is no history */
    uint64_t *tags;             /* for each sample the live bytes of the first tags */
    uint32_t capacity;
    uint32_t tag_capacity;
    uint64_t taken;
    fa_counter lane; /* id of the one whose frames are samples, 0 for none */
} fa_history_shared;

/* Of a lane: its running frame. */
typedef struct fa_history_lane {
    uint64_t frame;       /* number, 0 if the history does not know it */
    uint64_t allocations; /* before it */
    uint64_t fresh;       /* serial number of a sample that nobody was told of yet */
    uint64_t fresh_bytes;
} fa_history_lane;

typedef struct fa_trace fa_trace;
typedef struct fa_trace_buffer fa_trace_buffer;

typedef struct fa_trace_shared {
    fa_mutex lock; /* guards what follows, and writing to the file */
    uint64_t turns;
    fa_trace_stats last;         /* of the trace that has ended */
    fa_trace *ending;            /* is off, and not finished */
    _Atomic(fa_trace *) current; /* NULL while none is taken */
} fa_trace_shared;

typedef struct fa_trace_lane {
    _Atomic uint32_t recording; /* 1 while the lane's thread uses the trace */
    fa_trace_buffer *buffer;    /* NULL until the first record; the trace's */
} fa_trace_lane;

typedef struct fa_observe_shared {
    fa_counter probes; /* what was watched for tracers when somebody looked last, and in the upper half how often that
                          changed */
    fa_trace_shared trace;
    fa_history_shared history;
    fa_profiler_shared profiler;
} fa_observe_shared;

#endif
