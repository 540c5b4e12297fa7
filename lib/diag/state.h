/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the diagnostics keep in an allocator and in a lane. */
#ifndef FA_DIAG_STATE_H
#define FA_DIAG_STATE_H

#include "base/counter.h"
#include "base/mutex.h"
#include "base/runs.h"

#include <framealloc/diagnostic.h>
#include <framealloc/engine.h>
#include <framealloc/filter.h>
#include <framealloc/strict.h>

#include <stdbool.h>

/* Codes of the registry, and of messages of the program, which have places in the order in which they come. */
enum { FA_REPORT_CODES = 96, FA_REPORT_CUSTOM = 128, FA_REPORT_CODE_BYTES = 16 };

typedef struct fa_report_custom {
    char code[FA_REPORT_CODE_BYTES]; /* empty: a free place */
    uint64_t count;
} fa_report_custom;

typedef struct fa_report_counts {
    fa_counter of_code[FA_REPORT_CODES];
    fa_counter of_program;                     /* all of its messages */
    fa_report_custom by_custom[FA_REPORT_CUSTOM]; /* guarded by the lock of the diagnostics, or of no allocator */
} fa_report_counts;

/* The turn of the loop that is going on: how often each hook has run in it. */
typedef struct fa_engine_turn {
    uint32_t pre;
    uint32_t post;
} fa_engine_turn;

typedef struct fa_engine_shared {
    fa_engine_info info;
    fa_engine_turn turn;
    bool ticks;     /* it has ticked: only that ends turns, and hooks that come twice */
    uint64_t turns; /* of attaching and detaching */
} fa_engine_shared;

typedef struct fa_filter_figures fa_filter_figures;
typedef struct fa_filter_sample fa_filter_sample;

enum { FA_FILTER_SAMPLE_BITS = 9 }; /* pool blocks that a lane follows, as a power of two */

/* The last frame in which a tag took heap memory on a lane. */
typedef struct fa_filter_heap {
    const fa_filter_figures *figures;
    uint64_t frame;
} fa_filter_heap;

enum { FA_FILTER_HEAP = 32 };

typedef struct fa_filter_shared {
    fa_filter_config config;                /* guarded by the lock of the diagnostics, as turns and last are */
    fa_counter turns;                       /* times that it was switched; written with the lock held */
    fa_filter_figures *last;
    _Atomic(fa_filter_figures *) first;
    _Atomic(fa_filter_figures *) untagged;
    _Atomic bool on;
    fa_counter frames;                      /* that ended while it was on */
    fa_counter clock;                       /* of the lane that has ended most */
} fa_filter_shared;

typedef struct fa_diag_shared {
    fa_mutex lock; /* guards what follows, but for counters */
    fa_diagnostic_sink sink;
    void *user;
    fa_link runs;                    /* of sinks, by thread */
    fa_diagnostic_config config;
    fa_diagnostic_record *kept;      /* a ring, made at the first report */
    uint64_t kept_count;             /* ever */
    fa_diagnostic_record *of_codes;  /* the newest of each code, newest first */
    size_t codes;
    size_t codes_room;
    fa_engine_shared engine;
    fa_filter_shared filter;
    _Atomic int32_t strict;          /* FA_STRICT_* */
    fa_report_counts counts;
} fa_diag_shared;

typedef struct fa_diag_lane {
    uint8_t strict[FA_STRICT_DEPTH]; /* levels of open scopes */
    uint32_t strict_depth;
    fa_filter_sample *samples;       /* made when the first block is followed */
    uint64_t begun_at;               /* of the filter's clock, when the frame was begun */
    uint64_t begun_in;               /* turn of the filter then */
    fa_filter_heap heap[FA_FILTER_HEAP]; /* who took heap memory in the frame, by number of the tag */
    uint64_t filtered;               /* frames that ended while the filter was on */
    bool by_hook;                    /* the frame that begins is begun by the engine's hook */
} fa_diag_lane;

#endif
