/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the diagnostics keep in an allocator and in a lane. */
#ifndef FA_DIAG_STATE_H
#define FA_DIAG_STATE_H

#include "base/counter.h"
#include "base/mutex.h"

#include <framealloc/diagnostic.h>
#include <framealloc/engine.h>
#include <framealloc/filter.h>
#include <framealloc/strict.h>

#include <stdbool.h>

/* Codes of the registry, and counters that messages of the program share by their code's hash. */
enum { FA_REPORT_CODES = 96, FA_REPORT_CUSTOM = 64 };

typedef struct fa_report_counts {
    fa_counter of_code[FA_REPORT_CODES];
    fa_counter of_custom[FA_REPORT_CUSTOM];
} fa_report_counts;

/* The turn of the loop that is going on: how often each hook has run in it. */
typedef struct fa_engine_turn {
    uint32_t pre;
    uint32_t post;
} fa_engine_turn;

typedef struct fa_engine_shared {
    fa_engine_info info;
    fa_engine_turn turn;
    uint64_t turns; /* of attaching and detaching */
} fa_engine_shared;

typedef struct fa_filter_figures fa_filter_figures;
typedef struct fa_filter_sample fa_filter_sample;

enum { FA_FILTER_SAMPLE_BITS = 9 }; /* pool blocks that a lane follows, as a power of two */

typedef struct fa_filter_shared {
    fa_filter_config config;                /* guarded by the lock of the diagnostics, as turns and last are */
    uint64_t turns;                         /* times that it was switched */
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
    uint32_t in_sink;                /* threads that are in a sink */
    fa_diagnostic_config config;
    fa_diagnostic_record *kept;      /* a ring, made at the first report */
    uint64_t kept_count;             /* ever */
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
    uint64_t filtered;               /* frames that ended while the filter was on */
    bool by_hook;                    /* the frame that begins is begun by the engine's hook */
} fa_diag_lane;

#endif
