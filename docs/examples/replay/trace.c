/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "trace.h"

#include "message.h"

#include <stdio.h>
#include <string.h>

#define HEADER_BYTES 32
#define RECORD_BYTES 12
#define TRACE_VERSION 1
#define ALIGN_LOG2_MAX 30
#define THREADS_MAX 256

enum { OBJECT_UNSEEN, OBJECT_LIVE, OBJECT_FREED };

/* What the records said so far. */
struct progress_of_trace {
    const char *path;
    unsigned char *objects; /* OBJECT_* of each. */
    uint32_t frames;
};

static uint32_t read_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static uint64_t read_u64(const unsigned char *bytes)
{
    return (uint64_t)read_u32(bytes) | (uint64_t)read_u32(bytes + 4) << 32;
}

struct record trace_record(const struct trace *trace, size_t index)
{
    const unsigned char *bytes = trace->input.content.bytes + HEADER_BYTES + index * RECORD_BYTES;
    return (struct record){bytes[0], bytes[1], bytes[2], bytes[3], read_u32(bytes + 4), read_u32(bytes + 8)};
}

static bool bad_record(const struct progress_of_trace *seen, size_t index, const char *what, uint32_t number)
{
    complain("%s: record %zu (byte %zu of the unpacked trace): %s %u", seen->path, index,
             HEADER_BYTES + index * RECORD_BYTES, what, number);
    return false;
}

static bool check_header(const unsigned char *bytes, size_t size, const char *path)
{
    if (size < 8 || memcmp(bytes, "FATRACE1", 8) != 0)
        complain("%s: not a trace: it starts neither with FATRACE1 nor with zstd data", path);
    else if (size < HEADER_BYTES)
        complain("%s: truncated: %zu bytes are less than the header of %d", path, size, HEADER_BYTES);
    else if (read_u32(bytes + 8) != TRACE_VERSION)
        complain("%s: version %u of the format; this program reads version %d", path, read_u32(bytes + 8),
                 TRACE_VERSION);
    else
        return true;
    return false;
}

static bool check_length(uint64_t promised, size_t size, const char *path)
{
    size_t whole = (size - HEADER_BYTES) / RECORD_BYTES;
    size_t rest = (size - HEADER_BYTES) % RECORD_BYTES;
    if (promised > whole)
        complain("%s: truncated: the header promises %llu records, the file ends after %zu (byte %zu)", path,
                 (unsigned long long)promised, whole, size);
    else if (promised < whole || rest != 0)
        complain("%s: %zu bytes behind the last of %llu records", path,
                 size - HEADER_BYTES - (size_t)promised * RECORD_BYTES, (unsigned long long)promised);
    return promised == whole && rest == 0;
}

static bool check_counts(const struct trace *trace, const char *path)
{
    if (trace->count == 0)
        complain("%s: the trace has no records", path);
    else if (trace->threads == 0 || trace->threads > THREADS_MAX)
        complain("%s: the header names %u threads; 1 to %d are possible", path, trace->threads, THREADS_MAX);
    else if (trace->objects > trace->count)
        complain("%s: the header names %u objects, more than its %zu records", path, trace->objects, trace->count);
    else if (trace->frames < 2)
        complain("%s: %u frames; at least 2 are needed, because the first one is loading", path, trace->frames);
    else
        return true;
    return false;
}

static bool check_allocate(struct progress_of_trace *seen, size_t index, const struct record *record)
{
    if (record->align_log2 > ALIGN_LOG2_MAX)
        return bad_record(seen, index, "alignment out of range: 2 to the power of", record->align_log2);
    if (record->zeroed > 1)
        return bad_record(seen, index, "the zeroed field is neither 0 nor 1 but", record->zeroed);
    if (seen->objects[record->object] != OBJECT_UNSEEN)
        return bad_record(seen, index, "second allocation of object", record->object);
    seen->objects[record->object] = OBJECT_LIVE;
    return true;
}

static bool check_free(struct progress_of_trace *seen, size_t index, const struct record *record)
{
    if (seen->objects[record->object] == OBJECT_UNSEEN)
        return bad_record(seen, index, "free of an object that was not allocated:", record->object);
    if (seen->objects[record->object] == OBJECT_FREED)
        return bad_record(seen, index, "double free of object", record->object);
    seen->objects[record->object] = OBJECT_FREED;
    return true;
}

static bool check_frame_end(struct progress_of_trace *seen, size_t index, const struct record *record)
{
    if (record->object != seen->frames)
        return bad_record(seen, index, "frame end out of order: frame", record->object);
    seen->frames++;
    return true;
}

static bool check_record(const struct trace *trace, struct progress_of_trace *seen, size_t index)
{
    struct record record = trace_record(trace, index);
    if (record.op < RECORD_ALLOCATE || record.op > RECORD_FRAME_END)
        return bad_record(seen, index, "unknown operation code", record.op);
    if (record.thread >= trace->threads)
        return bad_record(seen, index, "thread out of range:", record.thread);
    if (record.op == RECORD_FRAME_END)
        return check_frame_end(seen, index, &record);
    if (record.object >= trace->objects)
        return bad_record(seen, index, "object id out of range:", record.object);
    return record.op == RECORD_ALLOCATE ? check_allocate(seen, index, &record) : check_free(seen, index, &record);
}

static bool check_records(const struct trace *trace, const char *path)
{
    struct progress_of_trace seen = {path, bulk_array(trace->objects, 1), 0};
    bool sound = true;
    for (size_t i = 0; i < trace->count && sound; i++)
        sound = check_record(trace, &seen, i);
    bulk_array_free(seen.objects, trace->objects, 1);
    if (sound && seen.frames != trace->frames) {
        complain("%s: the header promises %u frames, the records hold %u", path, trace->frames, seen.frames);
        return false;
    }
    return sound;
}

static void strip_ending(char *name, const char *ending)
{
    size_t length = strlen(name);
    size_t cut = strlen(ending);
    if (length > cut && strcmp(name + length - cut, ending) == 0)
        name[length - cut] = '\0';
}

static void name_trace(struct trace *trace, const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(trace->name, sizeof trace->name, "%s", slash == NULL ? path : slash + 1);
    strip_ending(trace->name, ".zst");
    strip_ending(trace->name, ".fatrace");
}

bool trace_open(struct trace *trace, const char *path)
{
    memset(trace, 0, sizeof *trace);
    name_trace(trace, path);
    if (!input_open(&trace->input, path))
        return false;
    const struct bulk *content = &trace->input.content;
    if (!check_header(content->bytes, content->size, path))
        return false;
    trace->frames = read_u32(content->bytes + 12);
    trace->threads = read_u32(content->bytes + 16);
    trace->objects = read_u32(content->bytes + 20);
    if (!check_length(read_u64(content->bytes + 24), content->size, path))
        return false;
    trace->count = (size_t)read_u64(content->bytes + 24);
    return check_counts(trace, path) && check_records(trace, path);
}

void trace_close(struct trace *trace)
{
    input_close(&trace->input);
}
