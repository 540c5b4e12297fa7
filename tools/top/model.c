/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "model.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LARGEST_FILE = 64 << 20 };

const char *const intent_names[INTENTS] = {"frame", "pool", "heap", "scratch"};

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

static void *need(void *memory)
{
    if (memory == NULL) {
        (void)fputs("framealloc-top: out of memory\n", stderr);
        exit(1);
    }
    return memory;
}

static char *text(const json_t *object, const char *key)
{
    const char *value = json_string_value(json_object_get(object, key));
    return need(strdup(value == NULL ? "" : value));
}

static budget read_budget(const json_t *object)
{
    budget read = {.set = json_is_object(object)};
    read.used = number(object, "used_bytes");
    read.soft = number(object, "soft_limit");
    read.hard = number(object, "hard_limit");
    read.denied = number(object, "denied");
    return read;
}

static void free_tags(tag *tags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(tags[i].path);
    free(tags);
}

static void free_report(report *r)
{
    free(r->code);
    free(r->severity);
    free(r->message);
    free(r->note);
}

static void free_rest(model *m)
{
    for (size_t i = 0; i < m->lane_count; i++)
        free(m->lanes[i].name);
    for (size_t i = 0; i < m->report_count; i++)
        free_report(&m->reports[i]);
    free(m->lanes);
    free(m->reports);
    free(m->program);
    free(m->name);
}

void model_clear(model *m)
{
    free_tags(m->tags, m->tag_count);
    free_rest(m);
    *m = (model){0};
}

static void push(double *values, int *count, int capacity, double value)
{
    if (*count == capacity)
        memmove(values, values + 1, (size_t)--*count * sizeof *values);
    values[(*count)++] = value;
}

/* Frames of all lanes together. */
static double frames_of(const lane *lanes, size_t count)
{
    double frames = 0;
    for (size_t i = 0; i < count; i++)
        frames += lanes[i].frame;
    return frames;
}

static tag read_tag(const json_t *object, const tag *before, double frames)
{
    tag read = {.id = number(object, "id"), .path = text(object, "path"), .level = (int)number(object, "level")};
    read.live = number(object, "nested_live_bytes");
    read.frame_total = number(object, "frame_total_bytes");
    read.limits = read_budget(json_object_get(object, "budget"));
    if (before != NULL) {
        memcpy(read.trend, before->trend, sizeof read.trend);
        read.trends = before->trends;
        read.per_frame = frames > 0 ? (read.frame_total - before->frame_total) / frames : before->per_frame;
    }
    push(read.trend, &read.trends, TREND, read.live + read.per_frame);
    return read;
}

/* Both lists are in order of making. */
static void read_tags(model *m, const json_t *array, double frames)
{
    size_t count = json_array_size(array);
    tag *tags = need(calloc(count + 1, sizeof *tags));
    size_t old = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *object = json_array_get(array, i);
        while (old < m->tag_count && m->tags[old].id < number(object, "id"))
            old++;
        bool known = old < m->tag_count && m->tags[old].id == number(object, "id");
        tags[i] = read_tag(object, known ? &m->tags[old] : NULL, frames);
    }
    free_tags(m->tags, m->tag_count);
    m->tags = tags;
    m->tag_count = count;
}

static void read_lanes(model *m, const json_t *array)
{
    m->lane_count = json_array_size(array);
    m->lanes = need(calloc(m->lane_count + 1, sizeof *m->lanes));
    for (size_t i = 0; i < m->lane_count; i++) {
        const json_t *object = json_array_get(array, i);
        lane *read = &m->lanes[i];
        read->id = number(object, "id");
        read->name = text(object, "name");
        read->bound = json_is_true(json_object_get(object, "bound"));
        read->frame = number(object, "frame");
        read->last_frame = number(object, "last_frame_bytes");
        for (int k = 0; k < INTENTS; k++)
            read->live[k] = number(json_object_get(json_object_get(object, "intents"), intent_names[k]), "live_bytes");
        read->frames = read_budget(json_object_get(object, "frame_budget"));
        read->pools = read_budget(json_object_get(object, "pool_budget"));
    }
}

static bool has_report(const model *m, const report *wanted)
{
    for (size_t i = 0; i < m->report_count; i++) {
        if (strcmp(m->reports[i].code, wanted->code) == 0 && strcmp(m->reports[i].message, wanted->message) == 0)
            return true;
    }
    return false;
}

/* The newest come first, and of each kind only that one is wanted: it says how many there were. */
static void read_reports(model *m, const json_t *array)
{
    m->report_count = 0;
    m->reports = need(calloc(json_array_size(array) + 1, sizeof *m->reports));
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *object = json_array_get(array, i);
        report read = {text(object, "code"), text(object, "severity"), text(object, "message"), text(object, "note"),
                       number(object, "occurrences")};
        if (has_report(m, &read))
            free_report(&read);
        else
            m->reports[m->report_count++] = read;
    }
}

static void read_intents(model *m, const json_t *root, double seconds)
{
    static const char *const in_summary[INTENTS] = {"frame_bytes", "pool_bytes", "heap_bytes", "scratch_bytes"};
    const json_t *summary = json_object_get(root, "summary");
    for (int i = 0; i < INTENTS; i++) {
        const json_t *object = json_object_get(json_object_get(root, "intents"), intent_names[i]);
        intent *read = &m->intents[i];
        double before = read->allocations;
        read->live = number(summary, in_summary[i]);
        read->blocks = number(object, "live_count");
        read->peak = number(object, "peak_bytes");
        read->allocations = number(object, "allocations");
        read->per_second = m->loaded > 0 && seconds > 0 ? (read->allocations - before) / seconds : 0;
    }
    m->total = number(summary, "total_bytes");
    m->peak = number(summary, "peak_bytes");
}

static budget read_streams(const json_t *array)
{
    budget all = {.set = json_array_size(array) > 0};
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *object = json_array_get(array, i);
        all.used += number(object, "used_bytes");
        all.hard += number(object, "budget");
    }
    return all;
}

static double promoted_bytes(const json_t *promotions)
{
    static const char *const kinds[] = {"to_pool", "to_heap", "to_scratch"};
    double bytes = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        bytes += number(json_object_get(promotions, kinds[i]), "bytes");
    return bytes;
}

static void remember(model *m)
{
    int before = m->histories;
    for (int i = 0; i <= INTENTS; i++) {
        m->histories = before;
        push(m->history[i], &m->histories, HISTORY, i < INTENTS ? m->intents[i].live : m->total);
    }
}

static void take_in(model *m, const json_t *root)
{
    double time = number(root, "time_us") / 1e6;
    double frames = frames_of(m->lanes, m->lane_count);
    bool first = m->loaded == 0;
    free_rest(m);
    m->program = text(root, "program");
    m->name = text(root, "name");
    read_intents(m, root, time - m->time);
    m->time = time;
    m->sequence = number(root, "sequence");
    m->frame = number(root, "frame");
    m->lane = number(root, "lane");
    m->duration_us = number(root, "duration_us");
    m->reserved = number(json_object_get(root, "backend"), "reserved_bytes");
    m->limits = read_budget(json_object_get(root, "budget"));
    m->pending = number(json_object_get(root, "deferred"), "pending");
    m->in_flight = number(json_object_get(root, "transfers"), "in_flight");
    m->promoted = promoted_bytes(json_object_get(root, "promotions"));
    m->stream = read_streams(json_object_get(root, "streams"));
    read_lanes(m, json_object_get(root, "threads"));
    read_tags(m, json_object_get(root, "tags"), first ? 0 : frames_of(m->lanes, m->lane_count) - frames);
    read_reports(m, json_object_get(root, "diagnostics"));
    m->tags_left_out = number(root, "tags_left_out");
    m->lanes_left_out = number(root, "threads_left_out");
    m->loaded++;
    remember(m);
}

static bool small_enough(const char *path, char *reason, size_t size)
{
    struct stat status;
    if (stat(path, &status) != 0)
        (void)snprintf(reason, size, "%s", strerror(errno));
    else if (!S_ISREG(status.st_mode) || status.st_size > LARGEST_FILE)
        (void)snprintf(reason, size, "no file of a size that snapshots have");
    else
        return true;
    return false;
}

bool model_load(model *m, const char *path, char *reason, size_t size)
{
    json_error_t error;
    if (!small_enough(path, reason, size))
        return false;
    json_t *root = json_load_file(path, JSON_DECODE_INT_AS_REAL, &error);
    if (root == NULL) {
        (void)snprintf(reason, size, "line %d: %s", error.line, error.text);
        return false;
    }
    bool known = number(root, "version") == 1 && json_is_object(json_object_get(root, "summary"));
    if (known)
        take_in(m, root);
    else
        (void)snprintf(reason, size, "version %g of the schema is not known", number(root, "version"));
    json_decref(root);
    return known;
}
