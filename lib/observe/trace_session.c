/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Beginning and ending a trace. The end switches it off, and waits for lanes that had begun to record. */
#include "observe/trace_session.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "observe/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

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

int fa_trace_empty(fa_trace *trace, fa_trace_buffer *buffer)
{
    const fa_trace_record *record;
    if (!buffer->named)
        fa_trace_file_names(&trace->file, buffer->lane);
    buffer->named = true;
    while ((record = fa_trace_oldest(buffer)) != NULL) {
        fa_trace_file_record(&trace->file, buffer->lane, record);
        fa_trace_pop(buffer);
    }
    fa_poke(trace->full, trace->file.failed != 0);
    return trace->file.failed;
}

int fa_trace_empty_all(fa_trace *trace)
{
    fa_trace_buffer *buffer = atomic_load_explicit(&trace->buffers, memory_order_acquire);
    for (; buffer != NULL; buffer = buffer->next)
        (void)fa_trace_empty(trace, buffer);
    fa_trace_file_flush(&trace->file);
    fa_poke(trace->full, trace->file.failed != 0);
    return trace->file.failed;
}

void fa_trace_warn(fa_allocator *a, int error)
{
    char text[128];
    fa_warn(a, FA_CODE_TRACE, "%s", strerror_r(error, text, sizeof text));
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
    enum { WATCHED = FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES | FA_WATCH_MARKS | FA_WATCH_DISCARDS | FA_WATCH_ZONES };
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
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status,
                         "the options of a trace begin with FA_TRACE_OPTIONS_INIT");
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
    int error = trace == NULL ? -1 : fa_trace_empty_all(trace);
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

/* The trace is off: waits for lanes that are recording. They may want locks that wait for that of the trace in a fork.
 */
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
    (void)fa_trace_empty_all(trace);
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
        fa_trace_warn(a, error);
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
