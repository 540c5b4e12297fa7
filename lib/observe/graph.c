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

typedef struct fa_curve {
    fa_history_view view;
    int32_t kind;
    uint32_t tag; /* number */
    uint64_t lane;
} fa_curve;

static uint64_t value_in(const fa_curve *curve, const fa_history_portion *portion, uint32_t at)
{
    const fa_history_sample *sample = &portion->samples[at];
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
        return portion->tags[at];
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

static bool is_of(const fa_curve *curve, const fa_history_sample *sample)
{
    return curve->lane == 0 || sample->lane == curve->lane;
}

/* The newest `most` samples of a curve begin at a serial number, and are so many. */
typedef struct fa_stretch {
    uint64_t first;
    uint32_t count;
} fa_stretch;

/* Goes back through the portion as far as need be. */
static void extend(const fa_curve *curve, const fa_history_portion *portion, uint64_t most, fa_stretch *stretch)
{
    for (uint32_t i = portion->count; i-- > 0 && stretch->count < most;) {
        if (!is_of(curve, &portion->samples[i]))
            continue;
        stretch->first = portion->samples[i].serial;
        stretch->count++;
    }
}

/* False if the history has ended. */
static bool reach(const fa_curve *curve, uint64_t most, fa_stretch *stretch)
{
    fa_history_portion portion = {.count = 1};
    uint64_t left = curve->view.newest + 1 - curve->view.oldest;
    *stretch = (fa_stretch){curve->view.newest + 1, 0};
    if (curve->lane == 0) {
        stretch->count = (uint32_t)fa_min(left, most);
        stretch->first -= stretch->count;
        return true;
    }
    while (left != 0 && portion.count != 0 && stretch->count < most) {
        uint64_t last = curve->view.oldest + left - 1;
        left -= fa_min(left, FA_HISTORY_PORTION);
        if (!fa_history_copy(&curve->view, curve->view.oldest + left, last, 0, &portion))
            return false;
        extend(curve, &portion, most, stretch);
    }
    return true;
}

/* The next samples, be they of the curve or not; none at the end. False if the history has ended. */
static bool advance(const fa_curve *curve, uint64_t *next, fa_history_portion *portion)
{
    if (!fa_history_copy(&curve->view, *next, curve->view.newest, curve->tag, portion))
        return false;
    if (portion->count != 0)
        *next = portion->samples[portion->count - 1].serial + 1;
    return true;
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

static void draw_portion(const fa_curve *curve, const fa_history_portion *portion, fa_graph *graph,
                         fa_graph_point *points, uint64_t *sum)
{
    for (uint32_t i = 0; i < portion->count; i++) {
        if (!is_of(curve, &portion->samples[i]))
            continue;
        uint64_t frame = portion->samples[i].frame;
        uint64_t value = value_in(curve, portion, i);
        if (points != NULL)
            points[graph->points] = (fa_graph_point){frame, value, 0, 0};
        add_value(graph, frame, value, sum);
    }
}

/* The newest `most` values, oldest first, but for those that are overwritten meanwhile. False if the history has ended. */
static bool draw(const fa_curve *curve, const fa_stretch *stretch, fa_graph *graph, fa_graph_point *points)
{
    fa_history_portion portion;
    uint64_t sum = 0;
    uint64_t next = stretch->first;
    do {
        if (!advance(curve, &next, &portion))
            return false;
        draw_portion(curve, &portion, graph, points, &sum);
    } while (portion.count != 0);
    graph->mean = graph->points == 0 ? 0 : sum / graph->points;
    return true;
}

/* A short ring may have moved on before anything of it was seen: then it is looked at again. */
static bool look_and_draw(fa_allocator *a, fa_curve *curve, uint64_t most, fa_graph *graph, fa_graph_point *points)
{
    fa_stretch stretch;
    do {
        if (!fa_history_look(a, &curve->view) || curve->tag > curve->view.tags || !reach(curve, most, &stretch) ||
            !draw(curve, &stretch, graph, points))
            return false;
    } while (graph->points == 0 && stretch.count != 0);
    return true;
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
    fa_curve curve = {.kind = request->curve, .tag = (uint32_t)request->tag, .lane = request->lane};
    uint64_t most = request->samples == 0 ? UINT64_MAX : request->samples;
    if (!look_and_draw(a, &curve, points == NULL ? most : fa_min(most, capacity), &result, points))
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

typedef struct fa_window {
    uint64_t *columns;
    size_t size; /* of a column */
    uint32_t count;
} fa_window;

static void add_row(fa_window *window, fa_curve curve, const fa_history_portion *portion, uint32_t at)
{
    for (unsigned figure = 0; figure < FIGURES; figure++) {
        curve.kind = figures[figure];
        window->columns[figure * window->size + window->count] = value_in(&curve, portion, at);
    }
    window->columns[FIGURES * window->size + window->count++] = portion->samples[at].frame;
}

/* False if the history has ended. */
static bool copy_window(const fa_curve *curve, uint64_t first, fa_window *window)
{
    fa_history_portion portion;
    do {
        if (!advance(curve, &first, &portion))
            return false;
        for (uint32_t i = 0; i < portion.count; i++) {
            if (is_of(curve, &portion.samples[i]))
                add_row(window, *curve, &portion, i);
        }
    } while (portion.count != 0);
    return true;
}

static fa_performance performance_of(const fa_window *window)
{
    fa_performance p = FA_PERFORMANCE_INIT;
    const uint64_t *frames = window->columns + FIGURES * window->size;
    fa_distribution *out[FIGURES] = {&p.nanoseconds, &p.allocations, &p.bytes, &p.peak_bytes};
    p.frames = window->count;
    p.first_frame = frames[0];
    p.last_frame = frames[window->count - 1];
    for (unsigned figure = 0; figure < FIGURES; figure++)
        *out[figure] = distribution_of(window->columns + figure * window->size, frames, window->count);
    return p;
}

/* Nothing is measured of samples that are overwritten meanwhile. */
static fa_status measure(const fa_curve *curve, const fa_stretch *stretch, fa_performance *result)
{
    fa_window window = {.size = stretch->count};
    window.columns = calloc(fa_max(window.size * COLUMNS, 1), sizeof *window.columns);
    if (window.columns == NULL)
        return fa_refuse(curve->view.allocator, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY,
                         "no memory to sort %u frames", stretch->count);
    bool there = copy_window(curve, stretch->first, &window);
    if (there && window.count != 0)
        *result = performance_of(&window);
    free(window.columns);
    return there ? FA_OK : fa_fail(FA_ERROR_NOT_FOUND);
}

/* As look_and_draw(). */
static fa_status look_and_measure(fa_allocator *a, uint64_t most, uint64_t lane, fa_performance *result)
{
    fa_curve curve = {.lane = lane};
    fa_stretch stretch;
    fa_status status;
    do {
        if (!fa_history_look(a, &curve.view) || !reach(&curve, most, &stretch))
            return fa_fail(FA_ERROR_NOT_FOUND);
        status = measure(&curve, &stretch, result);
    } while (status == FA_OK && result->frames == 0 && stretch.count != 0);
    return status;
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
    status = look_and_measure(a, frames == 0 ? UINT64_MAX : frames, lane, &result);
    return status == FA_OK ? fa_versioned_write(a, out, &result, sizeof result) : status;
}
