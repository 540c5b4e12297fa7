/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/trace_file.h"

#include "base/json.h"
#include "base/os.h"
#include "core/request.h"
#include "observe/file.h"
#include "observe/usage.h"

#include <framealloc/diagnostic.h>
#include <framealloc/event.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the end of the file takes, and the longest event: six bytes for each byte of a path of tags. */
enum { END_BYTES = 512, EVENT_BYTES = 8192 };

static void fail(fa_trace_file *file, int error)
{
    if (file->failed == 0)
        file->failed = error;
}

void fa_trace_file_flush(fa_trace_file *file)
{
    size_t done = 0;
    if (file->used != 0 && !fa_file_allowed(file->bytes))
        fail(file, EFBIG);
    while (done < file->used && file->failed == 0) {
        ssize_t count = write(file->descriptor, file->room + done, file->used - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            fail(file, count < 0 ? errno : EIO);
        else
            done += (size_t)count;
    }
    file->used = 0;
}

static void put(fa_trace_file *file, const char *text, size_t length)
{
    if (file->used + length > sizeof file->room)
        fa_trace_file_flush(file);
    memcpy(file->room + file->used, text, length);
    file->used += length;
    file->bytes += length;
}

/* A whole event, or none of it. */
static void put_event(fa_trace_file *file, const char *text, size_t length)
{
    if (file->failed != 0 || file->bytes + length + 2 > file->limit - END_BYTES) {
        file->dropped++;
        return;
    }
    put(file, file->written == 0 ? "\n" : ",\n", file->written == 0 ? 1 : 2);
    put(file, text, length);
    file->written++;
}

/* On one line: only the outermost levels have lines of their own. */
static fa_json json_in(char *room, size_t size)
{
    return (fa_json){.bytes = room, .size = size, .depth = 3};
}

static void put_time(fa_json *json, const char *key, uint64_t nanoseconds)
{
    fa_json_real(json, key, (double)nanoseconds / 1000);
}

static uint64_t track_of(const fa_lane *lane, bool tags)
{
    return 2 * lane->id + tags;
}

static void begin_event(fa_json *json, const char *phase, const char *name, uint64_t track)
{
    fa_json_open(json, NULL, '{');
    fa_json_string(json, "ph", phase);
    fa_json_string(json, "name", name);
    fa_json_number(json, "pid", (uint64_t)getpid());
    fa_json_number(json, "tid", track);
}

static void end_event(fa_trace_file *file, fa_json *json)
{
    fa_json_close(json, '}');
    if (json->used <= json->size)
        put_event(file, json->bytes, json->used);
    else
        file->dropped++;
}

static void put_name(fa_trace_file *file, const char *what, uint64_t track, const char *name)
{
    char room[EVENT_BYTES];
    fa_json json = json_in(room, sizeof room);
    begin_event(&json, "M", what, track);
    fa_json_open(&json, "args", '{');
    fa_json_string(&json, "name", name);
    fa_json_close(&json, '}');
    end_event(file, &json);
}

void fa_trace_file_names(fa_trace_file *file, const fa_lane *lane)
{
    char name[sizeof lane->name + 8];
    const char *own = lane->name[0] != '\0' ? lane->name : "lane";
    put_name(file, "thread_name", track_of(lane, false), own);
    (void)snprintf(name, sizeof name, "%s (tags)", own);
    put_name(file, "thread_name", track_of(lane, true), name);
}

static void path_of(const fa_trace_file *file, uint32_t tag, char *path, size_t size)
{
    fa_allocator *a = file->allocator;
    (void)snprintf(path, size, "(no tag)");
    if (tag != 0)
        (void)fa_tag_path(a, fa_tag_id(a, fa_tag_node_at(a, tag)), path, size);
}

static void put_category(fa_json *json, const char *category)
{
    fa_json_string(json, "cat", category);
}

/* A stretch of time. */
static void begin_span(const fa_trace_file *file, fa_json *json, const fa_trace_record *record, const char *category,
                       const char *name, uint64_t track)
{
    begin_event(json, "X", name, track);
    put_category(json, category);
    put_time(json, "ts", record->time - file->begun);
    put_time(json, "dur", record->duration);
}

static void put_span(fa_trace_file *file, const fa_trace_record *record, const char *category, const char *name,
                     uint64_t track)
{
    char room[EVENT_BYTES];
    fa_json json = json_in(room, sizeof room);
    begin_span(file, &json, record, category, name, track);
    end_event(file, &json);
}

/* A moment of a thread, with what is known of it; NULL ends the keys. */
static void put_mark(fa_trace_file *file, const fa_trace_record *record, uint64_t time, const char *category,
                     const char *name, uint64_t track, const char *const *keys, const uint64_t *values)
{
    char room[EVENT_BYTES];
    fa_json json = json_in(room, sizeof room);
    begin_event(&json, "i", name, track);
    put_category(&json, category);
    put_time(&json, "ts", time - file->begun);
    fa_json_string(&json, "s", "t");
    fa_json_open(&json, "args", '{');
    for (size_t i = 0; keys[i] != NULL; i++)
        fa_json_number(&json, keys[i], values[i]);
    if (record->name[0] != '\0') {
        fa_json_string(&json, "note", record->name);
    }
    fa_json_close(&json, '}');
    end_event(file, &json);
}

static void put_frame(fa_trace_file *file, const fa_trace_record *record, uint64_t track)
{
    static const char *const keys[] = {"number", NULL};
    char room[EVENT_BYTES];
    fa_json json = json_in(room, sizeof room);
    begin_span(file, &json, record, "frame", "frame", track);
    fa_json_open(&json, "args", '{');
    fa_json_number(&json, "number", record->values[0]);
    fa_json_number(&json, "bytes", record->values[1]);
    fa_json_number(&json, "peak_bytes", record->values[2]);
    fa_json_close(&json, '}');
    end_event(file, &json);
    put_mark(file, record, record->time + record->duration, "frame", "frame mark", track, keys, record->values);
}

static void begin_counter(const fa_trace_file *file, fa_json *json, const fa_trace_record *record, const char *name)
{
    begin_event(json, "C", name, 0);
    put_category(json, "memory");
    put_time(json, "ts", record->time - file->begun);
    fa_json_open(json, "args", '{');
}

static void put_usage(fa_trace_file *file, const fa_trace_record *record)
{
    char room[EVENT_BYTES];
    fa_json json = json_in(room, sizeof room);
    begin_counter(file, &json, record, "live bytes by intent");
    for (unsigned i = 0; i < FA_USAGE_INTENTS; i++)
        fa_json_number(&json, fa_usage_intents[i].name, record->values[i]);
    fa_json_close(&json, '}');
    end_event(file, &json);
}

static void put_tag_usage(fa_trace_file *file, const fa_trace_record *record, const char *path)
{
    char room[EVENT_BYTES];
    char name[FA_TAG_LEVELS_MAX * (FA_TAG_NAME_MAX + 2) + 8];
    fa_json json = json_in(room, sizeof room);
    (void)snprintf(name, sizeof name, "tag %s", path);
    begin_counter(file, &json, record, name);
    fa_json_number(&json, "bytes", record->values[0]);
    fa_json_close(&json, '}');
    end_event(file, &json);
}

static void put_discard(fa_trace_file *file, const fa_trace_record *record, uint64_t track)
{
    static const char *const names[] = {"discard: frame", "discard: rollback", "discard: scratch", "discard: group"};
    static const char *const keys[] = {"bytes", "blocks", NULL};
    put_mark(file, record, record->time, "memory", names[record->values[0] % 4], track, keys, &record->values[1]);
}

static void put_diagnostic(fa_trace_file *file, const fa_trace_record *record, uint64_t track)
{
    static const char *const keys[] = {NULL};
    char name[32];
    fa_diagnostic_text text = FA_DIAGNOSTIC_TEXT_INIT;
    bool known = fa_diagnostic_describe((int32_t)record->values[0], &text) == FA_OK;
    (void)snprintf(name, sizeof name, "%s", known ? text.name : "report");
    put_mark(file, record, record->time, "diagnostic", name, track, keys, NULL);
}

void fa_trace_file_record(fa_trace_file *file, const fa_lane *lane, const fa_trace_record *record)
{
    char path[FA_TAG_LEVELS_MAX * (FA_TAG_NAME_MAX + 2) + 1];
    uint64_t track = track_of(lane, false);
    path_of(file, record->tag, path, sizeof path);
    switch (record->kind) {
    case FA_TRACE_FRAME:
        put_frame(file, record, track);
        break;
    case FA_TRACE_PHASE:
        put_span(file, record, "phase", record->name, track);
        break;
    case FA_TRACE_TAG:
        put_span(file, record, "tag", path, track_of(lane, true));
        break;
    case FA_TRACE_USAGE:
        put_usage(file, record);
        break;
    case FA_TRACE_TAG_USAGE:
        put_tag_usage(file, record, path);
        break;
    case FA_TRACE_DISCARD:
        put_discard(file, record, track);
        break;
    default:
        put_diagnostic(file, record, track);
        break;
    }
}

static int make_names(fa_trace_file *file, const char *path)
{
    static fa_counter serial;
    char absolute[PATH_MAX];
    int error = fa_file_absolute(path, absolute, sizeof absolute);
    if (error != 0)
        return error;
    uint64_t number = atomic_fetch_add_explicit(&serial, 1, memory_order_relaxed);
    file->path = strdup(absolute);
    if (asprintf(&file->temporary, "%s.%ld-%" PRIu64 ".tmp", absolute, (long)getpid(), number) < 0)
        file->temporary = NULL;
    return file->path != NULL && file->temporary != NULL ? 0 : ENOMEM;
}

/* At the end it would be too late to hear of it. */
static int look_for_folder(const char *path)
{
    struct stat found;
    return lstat(path, &found) == 0 && S_ISDIR(found.st_mode) ? EISDIR : 0;
}

static void put_beginning(fa_trace_file *file)
{
    static const char start[] = "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    put(file, start, sizeof start - 1);
    char name[256];
    (void)snprintf(name, sizeof name, "%s", program_invocation_short_name);
    put_name(file, "process_name", 0, name);
}

int fa_trace_file_open(fa_trace_file *file, fa_allocator *a, const char *path, uint64_t limit)
{
    memset(file, 0, sizeof *file);
    file->descriptor = -1;
    file->allocator = a;
    file->limit = limit;
    file->begun = fa_os_nanoseconds();
    int error = make_names(file, path);
    if (error == 0)
        error = look_for_folder(file->path);
    if (error == 0) {
        file->descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        error = file->descriptor < 0 ? errno : 0;
    }
    if (error == 0)
        put_beginning(file);
    else
        fa_trace_file_abandon(file);
    return error;
}

static void put_end(fa_trace_file *file)
{
    char room[END_BYTES];
    fa_json json = json_in(room, sizeof room);
    fa_json_open(&json, NULL, '{');
    fa_json_string(&json, "producer", "libframealloc");
    fa_json_number(&json, "events", file->written);
    fa_json_number(&json, "dropped_buffer_full", file->overflowed);
    fa_json_number(&json, "dropped_file_limit", file->dropped);
    fa_json_number(&json, "file_limit_bytes", file->limit);
    fa_json_close(&json, '}');
    static const char before[] = "\n],\"otherData\":";
    put(file, before, sizeof before - 1);
    put(file, json.bytes, json.used);
    put(file, "}\n", 2);
}

void fa_trace_file_abandon(fa_trace_file *file)
{
    if (file->descriptor >= 0)
        (void)close(file->descriptor);
    file->descriptor = -1;
    free(file->path);
    free(file->temporary);
    file->path = NULL;
    file->temporary = NULL;
}

int fa_trace_file_close(fa_trace_file *file)
{
    put_end(file);
    fa_trace_file_flush(file);
    if (file->failed == 0 && fsync(file->descriptor) != 0 && errno != EINVAL && errno != EROFS)
        fail(file, errno);
    int descriptor = file->descriptor;
    file->descriptor = -1;
    if (close(descriptor) != 0 && errno != EINTR)
        fail(file, errno);
    if (file->failed == 0 && rename(file->temporary, file->path) != 0)
        fail(file, errno);
    if (file->failed != 0)
        (void)unlink(file->temporary);
    fa_trace_file_abandon(file);
    return file->failed;
}
