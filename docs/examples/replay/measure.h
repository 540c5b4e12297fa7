/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* From many passes to the figures that are shown. */
#ifndef REPLAY_MEASURE_H
#define REPLAY_MEASURE_H

#include "pass.h"
#include "trace.h"

#include <stdbool.h>
#include <stdint.h>

/* One allocator on one trace. */
struct result {
    double ns_per_op;       /* Median of the repeats. */
    double frame_us_p50;    /* Of the frames after loading; median of the repeats. */
    double frame_us_p99;
    uint64_t peak_bytes;    /* 0 if unknown. */
    uint64_t system_calls;  /* SYSTEM_CALLS_UNKNOWN if so. */
};

struct comparison {
    const char *trace;
    uint32_t frames;        /* Of the trace, loading included. */
    uint64_t operations;    /* After loading. */
    uint64_t blocks_checked; /* By each allocator; 0 without --verify. */
    struct result results[ALLOCATORS];
    const struct memory_sample *samples; /* frames - 1 of them. */
};

struct measure_options {
    unsigned repeats;
    bool verify;
};

/* Returns false, with a line on stderr, if a replay went wrong. */
bool measure(struct comparison *comparison, const struct trace *trace, const struct measure_options *options);

#endif
