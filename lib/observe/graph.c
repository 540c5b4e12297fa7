/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is drawn from the history. */
#include "account/tag.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/versioned.h"
#include "observe/history.h"

#include <stdlib.h>
#include <string.h>

/* A curve of a locked history. */
typedef struct fa_curve {
    const fa_allocator *allocator;
    int32_t kind;
    uint32_t tag; /* number */
    uint64_t lane;
} fa_curve;

static uint64_t value_at(const fa_curve *curve, uint32_t age)
{
    const fa_history_sample *sample = fa_history_sample_at(curve->allocator, age);
    switch (curve->kind) {
    case FA_CURVE_FRAME:
        return sample->frame_live_bytes;
    case FA_CURVE_POOL:
        return sample->pool_live_bytes;
    case FA_CURVE_HEAP:
        return sample->heap_live_bytes;
    case FA_CURVE_SCRATCH:
        return sample->scratch_live_bytes;
    case FA_CURVE_TAG:
        return fa_history_tag_at(curve->allocator, age, curve->tag);
    case FA_CURVE_RESERVED:
        return sample->reserved_bytes;
    case FA_CURVE_FRAME_BYTES:
        return sample->bytes;
    case FA_CURVE_FRAME_PEAK:
        return sample->peak_bytes;
    case FA_CURVE_FRAME_TIME:
        return sample->frame_ns;
    case FA_CURVE_ALLOCATIONS:
        return sample->allocations;
    default:
        return sample->total_live_bytes;
    }
}

static bool is_of(const fa_curve *curve, uint32_t age)
{
    return curve->lane == 0 || fa_history_sample_at(curve->allocator, age)->lane == curve->lane;
}

/* How many samples one has to go back for the newest `most` of the curve, and how many these are. */
static uint32_t reach(const fa_curve *curve, uint64_t most, uint32_t *found)
{
    uint32_t age = 0;
    *found = 0;
    for (; age < fa_history_kept(curve->allocator) && *found < most; age++)
        *found += is_of(curve, age);
    return age;
}

static void add_value(fa_graph *graph, uint64_t frame, uint64_t value, uint64_t *sum)
{
    if (graph->points++ == 0) {
        graph->first_frame = frame;
        graph->minimum = value;
    }
    graph->last_frame = frame;
    graph->current = value;
    graph->minimum = fa_min(graph->minimum, value);
    graph->peak = fa_max(graph->peak, value);
    *sum += value;
}

/* Locked: the newest `most` values, oldest first. */
static void draw(const fa_curve *curve, uint64_t most, fa_graph *graph, fa_graph_point *points)
{
    uint32_t found;
    uint64_t sum = 0;
    for (uint32_t age = reach(curve, most, &found); age-- > 0;) {
        if (!is_of(curve, age))
            continue;
        uint64_t frame = fa_history_sample_at(curve->allocator, age)->frame;
        uint64_t value = value_at(curve, age);
        if (points != NULL)
            points[graph->points] = (fa_graph_point){frame, value, 0, 0};
        add_value(graph, frame, value, &sum);
    }
    graph->mean = found == 0 ? 0 : sum / found;
}

static uint32_t height_of(uint64_t value, uint64_t full, uint32_t height)
{
    if (value == 0 || height == 0)
        return 0;
    if (value >= full)
        return height;
    uint32_t scaled = (uint32_t)((double)value / (double)full * height + 0.5);
    return scaled == 0 ? 1 : scaled;
}

static fa_status check(fa_allocator *a, const fa_graph_request *request)
{
    bool of_tag = request->curve == FA_CURVE_TAG;
    if (request->curve < 0 || request->curve >= FA_CURVES || of_tag != (request->tag != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a curve is one of FA_CURVE_*, and FA_CURVE_TAG alone names a tag");
    return of_tag && fa_tag_node_need(a, request->tag) == NULL ? FA_ERROR_NOT_FOUND : FA_OK;
}

/* The struct of the caller is written last, so that it is checked first. */
static fa_status graph(fa_allocator *a, const fa_graph_request *request, fa_graph *out, fa_graph_point *points,
                       size_t capacity)
{
    fa_graph result = FA_GRAPH_INIT;
    fa_curve curve = {a, request->curve, (uint32_t)request->tag, request->lane};
    uint64_t most = request->samples == 0 ? UINT64_MAX : request->samples;
    if (!fa_history_lock(a))
        return fa_fail(FA_ERROR_NOT_FOUND);
    bool kept = request->curve != FA_CURVE_TAG || fa_history_has_tag(a, curve.tag);
    if (kept)
        draw(&curve, points == NULL ? most : fa_min(most, capacity), &result, points);
    fa_history_unlock(a);
    if (!kept)
        return fa_fail(FA_ERROR_NOT_FOUND);
    result.full_scale = request->full_scale != 0 ? request->full_scale : result.peak;
    for (uint32_t i = 0; points != NULL && i < result.points; i++)
        points[i].height = height_of(points[i].value, result.full_scale, request->height);
    return fa_versioned_write(a, out, &result, sizeof result);
}

fa_status fa_history_graph(fa_allocator *a, const fa_graph_request *theirs, fa_graph *out, fa_graph_point *points,
                           size_t capacity)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    fa_graph nothing = FA_GRAPH_INIT;
    fa_status status = theirs == NULL ? FA_OK : fa_versioned_check(theirs, sizeof request);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status,
                         "a request for a graph begins with FA_GRAPH_REQUEST_INIT");
    if (theirs != NULL)
        fa_versioned_read(&request, sizeof request, theirs);
    status = check(a, &request);
    if (status == FA_OK && (points == NULL) != (capacity == 0))
        status = fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "points and capacity go together");
    if (status == FA_OK)
        status = fa_versioned_write(a, out, &nothing, sizeof nothing);
    return status == FA_OK ? graph(a, &request, out, points, capacity) : status;
}

static int by_value(const void *left, const void *right)
{
    const uint64_t *x = left;
    const uint64_t *y = right;
    return (*x > *y) - (*x < *y);
}

/* Nearest rank. */
static uint64_t percentile(const uint64_t *sorted, uint64_t count, uint64_t percent)
{
    return sorted[(count * percent + 99) / 100 - 1];
}

/* values holds those of the figure in order of time, and is sorted. */
static fa_distribution distribution_of(uint64_t *values, const uint64_t *frames, uint32_t count)
{
    fa_distribution d = {0};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        sum += values[i];
        if (values[i] >= d.maximum) {
            d.maximum = values[i];
            d.worst_frame = frames[i];
        }
    }
    qsort(values, count, sizeof *values, by_value);
    d.minimum = values[0];
    d.mean = sum / count;
    d.p50 = percentile(values, count, 50);
    d.p90 = percentile(values, count, 90);
    d.p95 = percentile(values, count, 95);
    d.p99 = percentile(values, count, 99);
    return d;
}

/* Values of the window, oldest first, a column for each figure and one for the numbers of the frames. */
enum { FIGURES = 4, COLUMNS = 5 };
static const int32_t figures[FIGURES] = {FA_CURVE_FRAME_TIME, FA_CURVE_ALLOCATIONS, FA_CURVE_FRAME_BYTES,
                                         FA_CURVE_FRAME_PEAK};

/* Locked. */
static void copy_window(fa_curve curve, uint32_t age, uint32_t count, uint64_t *columns)
{
    for (uint32_t i = 0; age-- > 0;) {
        if (!is_of(&curve, age))
            continue;
        for (unsigned figure = 0; figure < FIGURES; figure++) {
            curve.kind = figures[figure];
            columns[figure * (size_t)count + i] = value_at(&curve, age);
        }
        columns[FIGURES * (size_t)count + i++] = fa_history_sample_at(curve.allocator, age)->frame;
    }
}

static fa_performance performance_of(uint64_t *columns, uint32_t count)
{
    fa_performance p = FA_PERFORMANCE_INIT;
    const uint64_t *frames = columns + FIGURES * (size_t)count;
    fa_distribution *out[FIGURES] = {&p.nanoseconds, &p.allocations, &p.bytes, &p.peak_bytes};
    p.frames = count;
    p.first_frame = frames[0];
    p.last_frame = frames[count - 1];
    for (unsigned figure = 0; figure < FIGURES; figure++)
        *out[figure] = distribution_of(columns + figure * (size_t)count, frames, count);
    return p;
}

/* Locked on the way in, but not on the way out: memory is asked for, and values are sorted, without the lock. */
static fa_status measure(fa_allocator *a, uint64_t most, uint64_t lane, fa_performance *result)
{
    fa_curve curve = {a, FA_CURVE_FRAME_TIME, 0, lane};
    uint32_t count;
    (void)reach(&curve, most, &count);
    fa_history_unlock(a);
    uint64_t *columns = calloc(fa_max((size_t)count * COLUMNS, 1), sizeof *columns);
    if (columns == NULL)
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "no memory to sort %u frames", count);
    bool there = fa_history_lock(a);
    if (there) {
        uint32_t age = reach(&curve, count, &count);
        copy_window(curve, age, count, columns);
        fa_history_unlock(a);
    }
    if (there && count != 0)
        *result = performance_of(columns, count);
    free(columns);
    return there ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

fa_status fa_history_performance(fa_allocator *a, uint32_t frames, uint64_t lane, fa_performance *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_performance result = FA_PERFORMANCE_INIT;
    fa_status status = fa_versioned_write(a, out, &result, sizeof result);
    if (status != FA_OK)
        return status;
    if (!fa_history_lock(a))
        return fa_fail(FA_ERROR_NOT_FOUND);
    status = measure(a, frames == 0 ? UINT64_MAX : frames, lane, &result);
    return status == FA_OK ? fa_versioned_write(a, out, &result, sizeof result) : status;
}
