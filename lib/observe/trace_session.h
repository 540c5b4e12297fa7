/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A trace, shared by what records and what begins and ends it. */
#ifndef FA_OBSERVE_TRACE_SESSION_H
#define FA_OBSERVE_TRACE_SESSION_H

#include "observe/trace_file.h"

#include <framealloc/trace.h>

/* While a trace is taken. Lanes read the options and what is atomic; the lock guards the rest. */
struct fa_trace {
    fa_trace_options options;
    fa_trace_file file;
    _Atomic(fa_trace_buffer *) buffers;
    fa_counter without_buffer; /* records that there was no memory for */
    fa_counter next_sample;    /* nanoseconds before which the counters are not read again */
    _Atomic bool full;         /* nothing is recorded any more: the file could not be written */
    fa_counter told[];         /* live bytes of the first tags that were recorded last */
};

/* With the lock of the allocator's trace: writes what is in one buffer, or in all. Nothing is recorded any more once
 * the file cannot be written; errno. */
int fa_trace_empty(fa_trace *trace, fa_trace_buffer *buffer);
int fa_trace_empty_all(fa_trace *trace);

/* Reports that the file cannot be written; call it with no lock held. */
void fa_trace_warn(fa_allocator *a, int error);

#endif
