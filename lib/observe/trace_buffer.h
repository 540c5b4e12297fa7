/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a lane records: a ring that its thread fills and whoever holds the lock of the trace empties. */
#ifndef FA_OBSERVE_TRACE_BUFFER_H
#define FA_OBSERVE_TRACE_BUFFER_H

#include "core/lane.h"

#include <framealloc/phase.h>

typedef enum fa_trace_kind {
    FA_TRACE_FRAME, /* values: number, bytes, peak bytes */
    FA_TRACE_PHASE,
    FA_TRACE_TAG,        /* number of the tag */
    FA_TRACE_USAGE,      /* values: live bytes by intent */
    FA_TRACE_TAG_USAGE,  /* number of the tag; value: live bytes */
    FA_TRACE_DISCARD,    /* values: what, bytes, blocks */
    FA_TRACE_DIAGNOSTIC, /* value: code */
} fa_trace_kind;

typedef struct fa_trace_record {
    uint64_t time;     /* nanoseconds when it began */
    uint64_t duration; /* nanoseconds */
    uint64_t values[4];
    uint32_t kind;
    uint32_t tag;
    char name[72];
} fa_trace_record;

_Static_assert(sizeof(fa_trace_record) == 128, "documented");
_Static_assert(FA_PHASE_NAME_MAX < sizeof(((fa_trace_record *)0)->name), "the name of a phase fits");

/* When the scopes that are open began, by FA_ZONE_*. */
typedef struct fa_trace_scopes {
    uint64_t begun[FA_TAG_DEPTH_MAX];
    uint32_t depth;
} fa_trace_scopes;

struct fa_trace_buffer {
    fa_trace_buffer *next; /* of the trace */
    fa_lane *lane;
    uint32_t capacity; /* a power of two */
    bool named;        /* the file has the names of its tracks */
    uint64_t frame_begun;
    fa_trace_scopes scopes[2];
    _Alignas(64) fa_counter filled;  /* written by the lane */
    fa_counter dropped;              /* likewise */
    _Alignas(64) fa_counter emptied; /* written under the lock */
    fa_trace_record records[];
};

/* NULL without memory. */
fa_trace_buffer *fa_trace_buffer_make(fa_lane *lane, uint32_t records);

/* Copies a record; one that finds no room is counted. */
void fa_trace_push(fa_trace_buffer *buffer, const fa_trace_record *record);

static inline uint64_t fa_trace_used(const fa_trace_buffer *buffer)
{
    return fa_peek(buffer->filled) - fa_peek(buffer->emptied);
}

/* The oldest record, NULL if there is none; it is gone with the second. */
const fa_trace_record *fa_trace_oldest(fa_trace_buffer *buffer);
void fa_trace_pop(fa_trace_buffer *buffer);

#endif
