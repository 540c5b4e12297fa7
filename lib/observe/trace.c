/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A lane says that it records, and records while the trace is on; see trace_session.c for who ends it. */
#include "observe/trace.h"

#include "base/os.h"
#include "core/call.h"
#include "observe/trace_session.h"
#include "observe/usage.h"

#include <framealloc/event.h>

#include <string.h>

static fa_trace_shared *shared_of(fa_allocator *a)
{
    return &a->observe.trace;
}

/* NULL if no trace is taken; otherwise it stays until leave(). */
static fa_trace *enter(fa_lane *lane)
{
    fa_trace_shared *shared = shared_of(lane->allocator);
    if (fa_likely(fa_peek(shared->current) == NULL))
        return NULL;
    (void)atomic_exchange(&lane->trace.recording, 1);
    fa_trace *trace = atomic_load(&shared->current);
    if (trace != NULL && !fa_peek(trace->full))
        return trace;
    atomic_store(&lane->trace.recording, 0);
    return NULL;
}

static void leave(fa_lane *lane)
{
    atomic_store_explicit(&lane->trace.recording, 0, memory_order_release);
}

static void publish(fa_trace *trace, fa_trace_buffer *buffer)
{
    buffer->next = fa_peek(trace->buffers);
    while (!atomic_compare_exchange_weak_explicit(&trace->buffers, &buffer->next, buffer, memory_order_release,
                                                  memory_order_relaxed)) {
    }
}

/* NULL without memory. */
static fa_trace_buffer *buffer_of(fa_trace *trace, fa_lane *lane)
{
    if (lane->trace.buffer == NULL) {
        lane->trace.buffer = fa_trace_buffer_make(lane, trace->options.records);
        if (lane->trace.buffer != NULL)
            publish(trace, lane->trace.buffer);
    }
    return lane->trace.buffer;
}

/* Returns errno if this is the first to see that the file cannot be written. */
static int write_if_half_full(fa_allocator *a, fa_trace *trace, fa_trace_buffer *buffer)
{
    bool due = fa_trace_used(buffer) * 2 >= buffer->capacity && trace->options.write == FA_TRACE_WRITE_AS_NEEDED;
    if (fa_likely(!due) || !fa_mutex_try_lock(&shared_of(a)->lock))
        return 0;
    int before = trace->file.failed;
    int after = fa_trace_empty(trace, buffer);
    fa_mutex_unlock(&shared_of(a)->lock);
    return before == 0 ? after : 0;
}

static void push(fa_trace *trace, fa_lane *lane, const fa_trace_record *record)
{
    fa_trace_buffer *buffer = buffer_of(trace, lane);
    if (buffer == NULL)
        fa_counter_add_shared(&trace->without_buffer, 1);
    else
        fa_trace_push(buffer, record);
}

static void open_scope(fa_trace_buffer *buffer, int32_t what)
{
    fa_trace_scopes *scopes = &buffer->scopes[what];
    if (scopes->depth < FA_TAG_DEPTH_MAX)
        scopes->begun[scopes->depth++] = fa_os_nanoseconds();
}

/* One that was begun before the trace is not in it. */
static void close_scope(fa_trace_buffer *buffer, const fa_happening *h)
{
    fa_trace_scopes *scopes = &buffer->scopes[h->what];
    if (scopes->depth == 0)
        return;
    uint64_t begun = scopes->begun[--scopes->depth];
    fa_trace_record record = {.time = begun, .duration = fa_os_nanoseconds() - begun, .tag = (uint32_t)h->tag_id};
    record.kind = h->what == FA_ZONE_PHASE ? FA_TRACE_PHASE : FA_TRACE_TAG;
    if (h->what == FA_ZONE_PHASE)
        strncpy(record.name, h->name, sizeof record.name - 1);
    fa_trace_push(buffer, &record);
}

/* Phases are closed by the end of their frame, so any that are left over are of one that was abandoned. */
static void open_frame(fa_trace_buffer *buffer)
{
    buffer->scopes[FA_ZONE_PHASE].depth = 0;
    buffer->frame_begun = fa_os_nanoseconds();
}

static void close_frame(fa_trace_buffer *buffer, const fa_lane *lane, const fa_happening *h)
{
    uint64_t begun = buffer->frame_begun;
    buffer->frame_begun = 0;
    if (begun == 0)
        return;
    fa_trace_record record = {.kind = FA_TRACE_FRAME, .time = begun, .duration = fa_os_nanoseconds() - begun};
    record.values[0] = fa_peek(lane->frame.epoch) / 2;
    record.values[1] = h->bytes;
    record.values[2] = h->peak_bytes;
    fa_trace_push(buffer, &record);
}

static void note(fa_trace_buffer *buffer, const fa_happening *h)
{
    fa_trace_record record = {.time = fa_os_nanoseconds()};
    record.kind = h->kind == FA_EVENT_DISCARD ? FA_TRACE_DISCARD : FA_TRACE_DIAGNOSTIC;
    record.values[0] = h->kind == FA_EVENT_DISCARD ? (uint64_t)h->what : h->id;
    record.values[1] = h->bytes;
    record.values[2] = h->count;
    if (h->name != NULL)
        strncpy(record.name, h->name, sizeof record.name - 1);
    fa_trace_push(buffer, &record);
}

static void record_event(fa_trace_buffer *buffer, const fa_lane *lane, const fa_happening *h)
{
    switch (h->kind) {
    case FA_EVENT_FRAME_BEGIN:
        open_frame(buffer);
        break;
    case FA_EVENT_FRAME_END:
        close_frame(buffer, lane, h);
        break;
    case FA_EVENT_ZONE_BEGIN:
        open_scope(buffer, h->what);
        break;
    case FA_EVENT_ZONE_END:
        close_scope(buffer, h);
        break;
    default:
        note(buffer, h);
        break;
    }
}

enum {
    HEARD = FA_EVENT_BIT(FA_EVENT_FRAME_BEGIN) | FA_EVENT_BIT(FA_EVENT_FRAME_END) | FA_EVENT_BIT(FA_EVENT_ZONE_BEGIN) |
            FA_EVENT_BIT(FA_EVENT_ZONE_END) | FA_EVENT_BIT(FA_EVENT_DISCARD) | FA_EVENT_BIT(FA_EVENT_DIAGNOSTIC)
};

void fa_trace_hear(fa_allocator *a, const fa_happening *happening)
{
    if (fa_likely(fa_peek(shared_of(a)->current) == NULL) || !(HEARD & FA_EVENT_BIT(happening->kind)))
        return;
    fa_lane *lane = fa_lane_existing(a);
    fa_trace *trace = lane == NULL ? NULL : enter(lane);
    if (trace == NULL)
        return;
    fa_trace_buffer *buffer = buffer_of(trace, lane);
    int error = 0;
    if (buffer != NULL) {
        record_event(buffer, lane, happening);
        error = write_if_half_full(a, trace, buffer);
    } else {
        fa_counter_add_shared(&trace->without_buffer, 1);
    }
    leave(lane);
    if (error != 0)
        fa_trace_warn(a, error);
}

/* One lane at a time samples, and not too often. */
static bool sample_due(fa_trace *trace, uint64_t now)
{
    uint64_t next = fa_peek(trace->next_sample);
    return now >= next &&
           atomic_compare_exchange_strong_explicit(&trace->next_sample, &next, now + trace->options.counter_interval_ns,
                                                   memory_order_relaxed, memory_order_relaxed);
}

static void sample_tags(fa_trace *trace, fa_lane *lane, uint64_t now)
{
    uint32_t count = fa_usage_tags(lane->allocator);
    count = count < trace->options.tags ? count : trace->options.tags;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t bytes = fa_usage_of_tag(fa_tag_node_at(lane->allocator, i + 1));
        if (atomic_exchange_explicit(&trace->told[i], bytes, memory_order_relaxed) == bytes)
            continue;
        push(trace, lane, &(fa_trace_record){.kind = FA_TRACE_TAG_USAGE, .time = now, .tag = i + 1, .values = {bytes}});
    }
}

void fa_trace_frame_ending(fa_lane *lane, const fa_frame_span *span)
{
    (void)span;
    fa_trace *trace = enter(lane);
    if (trace == NULL)
        return;
    fa_usage usage;
    uint64_t now = fa_os_nanoseconds();
    if (sample_due(trace, now) && fa_usage_read(lane, &usage)) {
        fa_trace_record record = {.kind = FA_TRACE_USAGE, .time = now};
        memcpy(record.values, usage.live, sizeof record.values);
        push(trace, lane, &record);
        sample_tags(trace, lane, now);
    }
    leave(lane);
}
