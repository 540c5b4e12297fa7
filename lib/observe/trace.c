/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A lane says that it records, and records while the trace is on; who ends the trace switches it off, and waits for those
 * that had begun. */
#include "observe/trace.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "observe/trace_file.h"
#include "observe/usage.h"

#include <framealloc/event.h>
#include <framealloc/trace.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

static fa_trace_shared *shared_of(fa_allocator *a)
{
    return &a->observe.trace;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

/* NULL if no trace is taken; otherwise it stays until leave(). */
static fa_trace *enter(fa_lane *lane)
{
    fa_trace_shared *shared = shared_of(lane->allocator);
    if (fa_likely(fa_peek(shared->current) == NULL))
        return NULL;
    (void)atomic_exchange(&lane->trace.recording, 1);
    fa_trace *trace = atomic_load(&shared->current);
    if (trace == NULL || fa_peek(trace->full))
        atomic_store(&lane->trace.recording, 0);
    return trace == NULL || fa_peek(trace->full) ? NULL : trace;
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

/* Locked. */
static void empty(fa_trace *trace, fa_trace_buffer *buffer)
{
    const fa_trace_record *record;
    if (!buffer->named)
        fa_trace_file_names(&trace->file, buffer->lane);
    buffer->named = true;
    while ((record = fa_trace_oldest(buffer)) != NULL) {
        fa_trace_file_record(&trace->file, buffer->lane, record);
        fa_trace_pop(buffer);
    }
}

/* Locked. */
static int empty_all(fa_trace *trace)
{
    fa_trace_buffer *buffer = atomic_load_explicit(&trace->buffers, memory_order_acquire);
    for (; buffer != NULL; buffer = buffer->next)
        empty(trace, buffer);
    fa_trace_file_flush(&trace->file);
    fa_poke(trace->full, trace->file.failed != 0);
    return trace->file.failed;
}

static void warn(fa_allocator *a, int error)
{
    char text[128];
    fa_warn(a, FA_CODE_TRACE, "%s", strerror_r(error, text, sizeof text));
}

/* Returns errno if this is the first to see that the file cannot be written. */
static int write_if_half_full(fa_allocator *a, fa_trace *trace, fa_trace_buffer *buffer)
{
    bool due = fa_trace_used(buffer) * 2 >= buffer->capacity && trace->options.write == FA_TRACE_WRITE_AS_NEEDED;
    if (fa_likely(!due) || !fa_mutex_try_lock(&shared_of(a)->lock))
        return 0;
    int before = trace->file.failed;
    empty(trace, buffer);
    fa_poke(trace->full, trace->file.failed != 0);
    int error = before == 0 ? trace->file.failed : 0;
    unlock(a);
    return error;
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
    fa_trace_record record = {.time = begun, .duration = fa_os_nanoseconds() - begun, .tag = (uint32_t)h->tag};
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
    case FA_EVENT_FRAME_BEGIN: open_frame(buffer); break;
    case FA_EVENT_FRAME_END: close_frame(buffer, lane, h); break;
    case FA_EVENT_ZONE_BEGIN: open_scope(buffer, h->what); break;
    case FA_EVENT_ZONE_END: close_scope(buffer, h); break;
    default: note(buffer, h); break;
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
        warn(a, error);
}

/* One lane at a time samples, and not too often. */
static bool sample_due(fa_trace *trace, uint64_t now)
{
    uint64_t next = fa_peek(trace->next_sample);
    return now >= next && atomic_compare_exchange_strong_explicit(&trace->next_sample, &next, now + trace->options.counter_interval_ns,
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

static fa_status check(fa_allocator *a, const char *path, const fa_trace_options *options)
{
    bool records = options->records >= FA_TRACE_RECORDS_MIN && options->records <= FA_TRACE_RECORDS_MAX &&
                   fa_is_power_of_two(options->records);
    bool rest = options->file_limit >= FA_TRACE_FILE_MIN && options->tags <= 65535 &&
                (options->write == FA_TRACE_WRITE_AS_NEEDED || options->write == FA_TRACE_WRITE_WHEN_ASKED);
    if (path == NULL || path[0] == '\0')
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "a trace needs the path of its file");
    if (!records || !rest)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "an option of the trace is out of its range: see fa_trace_options");
    return FA_OK;
}

/* Locked; errno, EEXIST if there is one. */
static int install(fa_allocator *a, fa_trace *trace, const char *path)
{
    if (shared_of(a)->current != NULL || shared_of(a)->ending != NULL)
        return EEXIST;
    int error = fa_trace_file_open(&trace->file, a, path, trace->options.file_limit);
    if (error == 0)
        atomic_store(&shared_of(a)->current, trace);
    return error;
}

static fa_status start(fa_allocator *a, const char *path, const fa_trace_options *options)
{
    enum { WATCHED = FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES | FA_WATCH_DISCARDS | FA_WATCH_ZONES };
    fa_trace *trace = calloc(1, sizeof *trace + options->tags * sizeof trace->told[0]);
    if (trace == NULL)
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "no memory for a trace");
    trace->options = *options;
    lock(a);
    int error = install(a, trace, path);
    uint64_t turn = ++shared_of(a)->turns;
    unlock(a);
    if (error == 0) {
        fa_watch(a, FA_WATCHER_TRACE, WATCHED, turn);
        return FA_OK;
    }
    free(trace);
    if (error == EEXIST)
        return fa_fail(FA_ERROR_EXISTS);
    char text[128];
    return fa_refuse(a, FA_CODE_TRACE, FA_ERROR_IO, "\"%s\": %s", path, strerror_r(error, text, sizeof text));
}

fa_status fa_trace_start(fa_allocator *a, const char *path, const fa_trace_options *theirs)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_trace_options options = FA_TRACE_OPTIONS_INIT;
    fa_status status = theirs == NULL ? FA_OK : fa_versioned_check(theirs, sizeof options);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "the options of a trace begin with FA_TRACE_OPTIONS_INIT");
    if (theirs != NULL)
        fa_versioned_read(&options, sizeof options, theirs);
    status = check(a, path, &options);
    return status == FA_OK ? start(a, path, &options) : status;
}

/* errno, -1 if there is no trace. */
static int flush(fa_allocator *a)
{
    lock(a);
    fa_trace *trace = fa_peek(shared_of(a)->current);
    int error = trace == NULL ? -1 : empty_all(trace);
    unlock(a);
    return error;
}

static fa_status told(fa_allocator *a, int error)
{
    char text[128];
    if (error < 0)
        return fa_fail(FA_ERROR_NOT_FOUND);
    return error == 0 ? FA_OK : fa_refuse(a, FA_CODE_TRACE, FA_ERROR_IO, "%s", strerror_r(error, text, sizeof text));
}

fa_status fa_trace_flush(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? told(a, flush(a)) : FA_ERROR_INVALID_ALLOCATOR;
}

/* The trace is off: waits for lanes that are recording. They may want locks that wait for that of the trace in a fork. */
static void await_lanes(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        for (unsigned waits = 0; atomic_load(&lane->trace.recording) != 0; waits++)
            fa_os_wait(waits);
    }
}

/* Locked. */
static uint64_t dropped_by_buffers(fa_trace *trace)
{
    uint64_t dropped = fa_peek(trace->without_buffer);
    fa_trace_buffer *buffer = atomic_load_explicit(&trace->buffers, memory_order_acquire);
    for (; buffer != NULL; buffer = buffer->next)
        dropped += fa_peek(buffer->dropped);
    return dropped;
}

/* Locked. */
static fa_trace_stats stats_of(fa_trace *trace)
{
    fa_trace_stats stats = FA_TRACE_STATS_INIT;
    stats.active = 1;
    stats.written = trace->file.written;
    stats.bytes = trace->file.bytes;
    stats.dropped_buffer = dropped_by_buffers(trace);
    stats.dropped_limit = trace->file.dropped;
    stats.failed = trace->file.failed != 0;
    return stats;
}

/* Locked: nobody uses it any more. */
static void dispose_trace(fa_allocator *a, fa_trace *trace)
{
    fa_trace_buffer *next;
    for (fa_trace_buffer *buffer = fa_peek(trace->buffers); buffer != NULL; buffer = next) {
        next = buffer->next;
        fa_os_system_free(buffer);
    }
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        lane->trace.buffer = NULL;
    free(trace);
}

/* NULL if there is none. */
static fa_trace *switch_off(fa_allocator *a, uint64_t *turn)
{
    fa_trace_shared *shared = shared_of(a);
    lock(a);
    fa_trace *trace = atomic_exchange(&shared->current, NULL);
    if (trace != NULL)
        shared->ending = trace;
    *turn = ++shared->turns;
    unlock(a);
    return trace;
}

/* errno */
static int finish(fa_allocator *a, fa_trace *trace)
{
    await_lanes(a);
    lock(a);
    (void)empty_all(trace);
    trace->file.overflowed = dropped_by_buffers(trace);
    int error = fa_trace_file_close(&trace->file);
    shared_of(a)->last = stats_of(trace);
    shared_of(a)->last.active = 0;
    dispose_trace(a, trace);
    shared_of(a)->ending = NULL;
    unlock(a);
    return error;
}

/* errno, -1 if there is no trace. */
static int stop(fa_allocator *a)
{
    uint64_t turn;
    fa_trace *trace = switch_off(a, &turn);
    if (trace == NULL)
        return -1;
    fa_watch(a, FA_WATCHER_TRACE, 0, turn);
    return finish(a, trace);
}

fa_status fa_trace_stop(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? told(a, stop(a)) : FA_ERROR_INVALID_ALLOCATOR;
}

fa_status fa_trace_get_stats(fa_allocator *a, fa_trace_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    fa_trace *trace = fa_peek(shared_of(a)->current);
    fa_trace_stats stats = trace != NULL ? stats_of(trace) : shared_of(a)->last;
    unlock(a);
    stats.struct_size = sizeof stats;
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

static bool init(fa_allocator *a)
{
    fa_mutex_init(&shared_of(a)->lock);
    return true;
}

/* Lanes are parked: what they told last is in the file. */
static void close_trace(fa_allocator *a)
{
    uint64_t turn;
    fa_trace *trace = switch_off(a, &turn);
    int error = trace == NULL ? 0 : finish(a, trace);
    if (error != 0)
        warn(a, error);
}

/* The file is the parent's. */
static void forked(fa_allocator *a)
{
    fa_trace *trace = atomic_exchange(&shared_of(a)->current, NULL);
    trace = trace == NULL ? shared_of(a)->ending : trace;
    shared_of(a)->ending = NULL;
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        atomic_store(&lane->trace.recording, 0);
    if (trace == NULL)
        return;
    fa_trace_file_abandon(&trace->file);
    dispose_trace(a, trace);
}

static void dispose(fa_allocator *a)
{
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_trace_room = {
    .allocator_init = init,
    .allocator_close = close_trace,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .allocator_forked = forked,
};
