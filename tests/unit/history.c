/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Samples, curves and the window, beside figures that are known. */
#include "capture.h"
#include "figures.h"

#include <pthread.h>

enum { MANY = 100 };

static fa_allocator *a;

static void setup(uint32_t samples, uint32_t tags)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    fa_history_options options = FA_HISTORY_OPTIONS_INIT;
    options.samples = samples;
    options.tags = tags;
    CHECK_EQ(fa_history_start(a, &options), FA_OK);
}

/* A frame with so many blocks of 16 bytes. */
static void run_frame(unsigned blocks)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (unsigned i = 0; i < blocks; i++)
        CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static fa_history_sample newest(void)
{
    fa_history_sample sample = FA_HISTORY_SAMPLE_INIT;
    size_t count = 0;
    CHECK_EQ(fa_history_read(a, fa_history_newest(a) - 1, &sample, 1, &count, NULL), FA_OK);
    CHECK_EQ(count, 1);
    return sample;
}

static fa_graph graph_of(int32_t curve, fa_tag tag, fa_graph_point *points, size_t capacity)
{
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    request.curve = curve;
    request.tag = tag;
    fa_graph graph = FA_GRAPH_INIT;
    CHECK_EQ(fa_history_graph(a, &request, &graph, points, capacity), FA_OK);
    return graph;
}

static void a_sample_says_what_the_frame_came_to(void)
{
    setup(10, 4);
    void *pool = fa_pool_alloc(a, 128, 16);
    CHECK_EQ(fa_history_newest(a), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *heap = fa_heap_alloc(a, 300000, 16);
    void *early = fa_frame_alloc(a, 1600, 16);
    CHECK_EQ(fa_frame_give_back(a, early, 1600), 1);
    CHECK(fa_frame_alloc(a, 160, 16) != NULL);
    CHECK(fa_scratch_alloc(a, 48, 16) != NULL);
    uint64_t heap_bytes = figures(a).heap.live_bytes;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_history_newest(a), 1);
    fa_history_sample s = newest();
    CHECK_EQ(s.struct_size, sizeof s);
    CHECK_EQ(s.serial, 1);
    CHECK_EQ(s.frame, 1);
    CHECK_EQ(s.allocations, 4);
    CHECK_EQ(s.bytes, 160);
    CHECK_EQ(s.peak_bytes, 1600);
    CHECK_EQ(s.frame_live_bytes, 160);
    CHECK_EQ(s.pool_live_bytes, 128);
    CHECK_EQ(s.heap_live_bytes, heap_bytes);
    CHECK_EQ(s.scratch_live_bytes, 48);
    CHECK_EQ(s.total_live_bytes, 160 + 128 + heap_bytes + 48);
    CHECK_EQ(s.reserved_bytes, figures(a).reserved_bytes);
    CHECK(s.frame_ns > 0 && s.time_ns > s.frame_ns);
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, NULL, &lane), FA_OK);
    CHECK_EQ(s.lane, lane.lane_id);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    fa_allocator_release(a);
}

static void the_ring_keeps_the_newest(void)
{
    setup(8, 0);
    for (unsigned i = 1; i <= 20; i++)
        run_frame(i);
    fa_history_sample samples[8];
    size_t count = 0;
    uint64_t lost = 99;
    CHECK_EQ(fa_history_read(a, 0, samples, 8, &count, &lost), FA_OK);
    CHECK_EQ(count, 8);
    CHECK_EQ(lost, 12);
    for (unsigned i = 0; i < 8; i++) {
        CHECK_EQ(samples[i].serial, 13 + i);
        CHECK_EQ(samples[i].frame, 13 + i);
        CHECK_EQ(samples[i].allocations, 13 + i);
    }
    CHECK_EQ(fa_history_read(a, 18, samples, 8, &count, &lost), FA_OK);
    CHECK_EQ(count, 2);
    CHECK_EQ(lost, 0);
    CHECK_EQ(samples[0].serial, 19);
    CHECK_EQ(fa_history_read(a, 15, samples, 2, &count, NULL), FA_OK);
    CHECK_EQ(count, 2);
    CHECK_EQ(samples[0].serial, 16);
    CHECK_EQ(fa_history_read(a, 20, NULL, 0, &count, &lost), FA_OK);
    CHECK_EQ(count, 0);
    CHECK_EQ(fa_history_read(a, UINT64_MAX, samples, 8, &count, &lost), FA_OK);
    CHECK_EQ(count, 0);
    fa_allocator_release(a);
}

static void curves_are_scaled_to_their_height(void)
{
    setup(50, 0);
    const unsigned blocks[] = {0, 10, 100, 49, 50, 1};
    for (unsigned i = 0; i < 6; i++)
        run_frame(blocks[i]);
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    request.curve = FA_CURVE_FRAME_BYTES;
    request.height = 10;
    fa_graph graph = FA_GRAPH_INIT;
    fa_graph_point points[16];
    CHECK_EQ(fa_history_graph(a, &request, &graph, points, 16), FA_OK);
    CHECK_EQ(graph.points, 6);
    CHECK_EQ(graph.current, 16);
    CHECK_EQ(graph.peak, 1600);
    CHECK_EQ(graph.minimum, 0);
    CHECK_EQ(graph.mean, 16 * 210 / 6);
    CHECK_EQ(graph.first_frame, 1);
    CHECK_EQ(graph.last_frame, 6);
    CHECK_EQ(graph.full_scale, 1600);
    const uint32_t heights[] = {0, 1, 10, 5, 5, 1};
    for (unsigned i = 0; i < 6; i++) {
        CHECK_EQ(points[i].frame, i + 1);
        CHECK_EQ(points[i].value, 16 * blocks[i]);
        CHECK_EQ(points[i].height, heights[i]);
    }
    request.full_scale = 800;
    request.samples = 4;
    CHECK_EQ(fa_history_graph(a, &request, &graph, points, 16), FA_OK);
    CHECK_EQ(graph.points, 4);
    CHECK_EQ(graph.first_frame, 3);
    CHECK_EQ(points[0].height, 10);
    CHECK_EQ(points[2].height, 10);
    CHECK_EQ(points[3].height, 1);
    CHECK_EQ(fa_history_graph(a, &request, &graph, points, 2), FA_OK);
    CHECK_EQ(graph.points, 2);
    CHECK_EQ(graph.peak, 800);
    CHECK_EQ(points[1].frame, 6);
    CHECK_EQ(fa_history_graph(a, NULL, &graph, NULL, 0), FA_OK);
    CHECK_EQ(graph.points, 6);
    CHECK_EQ(graph.peak, 1600);
    fa_allocator_release(a);
}

static void every_figure_has_a_curve(void)
{
    setup(10, 4);
    void *pool = fa_pool_alloc(a, 128, 16);
    void *heap = fa_heap_alloc(a, 5000, 16);
    CHECK(fa_scratch_alloc(a, 48, 16) != NULL);
    run_frame(3);
    fa_history_sample s = newest();
    CHECK_EQ(graph_of(FA_CURVE_TOTAL, 0, NULL, 0).current, s.total_live_bytes);
    CHECK_EQ(graph_of(FA_CURVE_FRAME, 0, NULL, 0).current, 48);
    CHECK_EQ(graph_of(FA_CURVE_POOL, 0, NULL, 0).current, 128);
    CHECK_EQ(graph_of(FA_CURVE_HEAP, 0, NULL, 0).current, s.heap_live_bytes);
    CHECK_EQ(graph_of(FA_CURVE_SCRATCH, 0, NULL, 0).current, 48);
    CHECK_EQ(graph_of(FA_CURVE_RESERVED, 0, NULL, 0).current, s.reserved_bytes);
    CHECK_EQ(graph_of(FA_CURVE_FRAME_BYTES, 0, NULL, 0).current, 48);
    CHECK_EQ(graph_of(FA_CURVE_FRAME_PEAK, 0, NULL, 0).current, 48);
    CHECK_EQ(graph_of(FA_CURVE_FRAME_TIME, 0, NULL, 0).current, s.frame_ns);
    CHECK_EQ(graph_of(FA_CURVE_ALLOCATIONS, 0, NULL, 0).current, 3);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    fa_allocator_release(a);
}

static void tags_have_curves(void)
{
    setup(10, 2);
    fa_tag ai = fa_tag_get(a, "ai");
    fa_tag paths = fa_tag_get(a, "ai::paths");
    fa_tag late = fa_tag_get(a, "late");
    for (unsigned frame = 1; frame <= 3; frame++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_tag_push(a, ai), FA_OK);
        CHECK(fa_frame_alloc(a, 16 * frame, 16) != NULL);
        CHECK_EQ(fa_tag_push(a, paths), FA_OK);
        CHECK(fa_frame_alloc(a, 160, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK); /* what is open counts, too */
        CHECK_EQ(fa_tag_pop(a), FA_OK);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    }
    fa_graph_point points[4];
    fa_graph graph = graph_of(FA_CURVE_TAG, ai, points, 4);
    CHECK_EQ(graph.points, 3);
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(points[i].value, 160 + 16 * (i + 1));
    CHECK_EQ(graph_of(FA_CURVE_TAG, paths, NULL, 0).minimum, 160);
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    request.curve = FA_CURVE_TAG;
    request.tag = late;
    CHECK_EQ(fa_history_graph(a, &request, &graph, NULL, 0), FA_ERROR_NOT_FOUND);
    request.tag = late + 17;
    CHECK_EQ(fa_history_graph(a, &request, &graph, NULL, 0), FA_ERROR_NOT_FOUND);
    fa_allocator_release(a);
}

static void percentiles_are_exact(void)
{
    setup(200, 0);
    fa_performance p = FA_PERFORMANCE_INIT;
    CHECK_EQ(fa_history_performance(a, 0, 0, &p), FA_OK);
    CHECK_EQ(p.frames, 0);
    CHECK_EQ(p.allocations.maximum, 0);
    /* 1 to 100 blocks, in an order that is none: 37 has no divisor in common with 101. */
    for (unsigned i = 1; i <= MANY; i++)
        run_frame(i * 37 % 101);
    CHECK_EQ(fa_history_performance(a, 0, 0, &p), FA_OK);
    CHECK_EQ(p.frames, MANY);
    CHECK_EQ(p.first_frame, 1);
    CHECK_EQ(p.last_frame, MANY);
    CHECK_EQ(p.allocations.minimum, 1);
    CHECK_EQ(p.allocations.maximum, 100);
    CHECK_EQ(p.allocations.mean, 50);
    CHECK_EQ(p.allocations.p50, 50);
    CHECK_EQ(p.allocations.p90, 90);
    CHECK_EQ(p.allocations.p95, 95);
    CHECK_EQ(p.allocations.p99, 99);
    CHECK_EQ(p.allocations.worst_frame * 37 % 101, 100);
    CHECK_EQ(p.bytes.p95, 95 * 16);
    CHECK_EQ(p.peak_bytes.p99, 99 * 16);
    CHECK_EQ(p.bytes.worst_frame, p.allocations.worst_frame);
    CHECK(p.nanoseconds.minimum > 0 && p.nanoseconds.p50 <= p.nanoseconds.p90 &&
          p.nanoseconds.p90 <= p.nanoseconds.p95);
    CHECK(p.nanoseconds.p95 <= p.nanoseconds.p99 && p.nanoseconds.p99 <= p.nanoseconds.maximum);
    CHECK(p.nanoseconds.worst_frame >= 1 && p.nanoseconds.worst_frame <= MANY);
    CHECK_EQ(fa_history_performance(a, 1, 0, &p), FA_OK);
    CHECK_EQ(p.frames, 1);
    CHECK_EQ(p.allocations.p50, MANY * 37 % 101);
    CHECK_EQ(p.allocations.p99, MANY * 37 % 101);
    fa_allocator_release(a);
}

static void *run_elsewhere(void *id)
{
    run_frame(7);
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, NULL, &lane), FA_OK);
    *(uint64_t *)id = lane.lane_id;
    return NULL;
}

static void run_on_another_thread(uint64_t *id)
{
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, run_elsewhere, id) == 0);
    (void)pthread_join(thread, NULL);
}

static void lanes_are_told_apart(void)
{
    uint64_t other = 0;
    setup(10, 0);
    run_on_another_thread(&other);
    run_frame(2);
    CHECK_EQ(fa_history_newest(a), 1);
    CHECK_EQ(newest().allocations, 2);
    CHECK_EQ(fa_history_stop(a), FA_OK);
    fa_history_options options = FA_HISTORY_OPTIONS_INIT;
    options.every_lane = 1;
    CHECK_EQ(fa_history_start(a, &options), FA_OK);
    run_frame(3);
    run_on_another_thread(&other);
    run_frame(4);
    CHECK_EQ(fa_history_newest(a), 3);
    fa_performance p = FA_PERFORMANCE_INIT;
    CHECK_EQ(fa_history_performance(a, 0, other, &p), FA_OK);
    CHECK_EQ(p.frames, 1);
    CHECK_EQ(p.allocations.maximum, 7);
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    request.curve = FA_CURVE_ALLOCATIONS;
    request.lane = newest().lane;
    request.samples = 1;
    fa_graph graph = FA_GRAPH_INIT;
    CHECK_EQ(fa_history_graph(a, &request, &graph, NULL, 0), FA_OK);
    CHECK_EQ(graph.points, 1);
    CHECK_EQ(graph.current, 4);
    fa_allocator_release(a);
}

static fa_event told;
static unsigned times;

static void on_event(void *user, const fa_event *event)
{
    (void)user;
    times++;
    told = *event;
    CHECK_EQ(newest().serial, event->id);
    CHECK_EQ(fa_frame_active(a), 0);
}

static void a_listener_is_told_of_samples(void)
{
    setup(4, 0);
    uint64_t id;
    times = 0;
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_HISTORY_SAMPLE), on_event, NULL, &id), FA_OK);
    for (unsigned i = 0; i < 6; i++)
        run_frame(5);
    CHECK_EQ(times, 6);
    CHECK_EQ(told.id, 6);
    CHECK_EQ(told.frame, 6);
    CHECK_EQ(told.bytes, 80);
    CHECK_EQ(told.nanoseconds, newest().frame_ns);
    CHECK_EQ(fa_history_stop(a), FA_OK);
    run_frame(5);
    CHECK_EQ(times, 6);
    fa_allocator_release(a);
}

static void only_whole_frames_are_samples(void)
{
    a = fa_allocator_create(NULL);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_history_start(a, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_history_newest(a), 0);
    run_frame(1);
    CHECK_EQ(fa_history_newest(a), 1);
    CHECK_EQ(fa_history_stop(a), FA_OK);
    CHECK_EQ(fa_history_newest(a), 0);
    CHECK_EQ(fa_history_start(a, NULL), FA_OK);
    run_frame(1);
    CHECK_EQ(newest().serial, 1);
    fa_allocator_release(a);
}

static void check_refused(uint32_t samples, uint32_t tags, int32_t every_lane, fa_lane *lane, fa_status status)
{
    fa_history_options options = {sizeof options, samples, tags, every_lane, lane};
    CHECK_EQ(fa_history_start(a, &options), status);
}

static void bad_options(void)
{
    a = fa_allocator_create(NULL);
    capture_mute(a);
    fa_allocator *other = fa_allocator_create(NULL);
    fa_lane *theirs = fa_lane_create(other, "theirs");
    CHECK(theirs != NULL);
    check_refused(0, 1, 0, NULL, FA_ERROR_INVALID_ARGUMENT);
    check_refused(FA_HISTORY_SAMPLES_MAX + 1, 1, 0, NULL, FA_ERROR_INVALID_ARGUMENT);
    check_refused(UINT32_MAX, 1, 0, NULL, FA_ERROR_INVALID_ARGUMENT);
    check_refused(10, FA_HISTORY_TAGS_MAX + 1, 0, NULL, FA_ERROR_INVALID_ARGUMENT);
    check_refused(10, 1, 1, theirs, FA_ERROR_INVALID_ARGUMENT);
    check_refused(10, 1, 0, theirs, FA_ERROR_WRONG_LANE);
    fa_history_options options = FA_HISTORY_OPTIONS_INIT;
    options.struct_size = 4;
    CHECK_EQ(fa_history_start(a, &options), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_history_start(NULL, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_history_stop(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_history_newest(NULL), 0);
    CHECK_EQ(fa_history_stop(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_history_start(a, NULL), FA_OK);
    CHECK_EQ(fa_history_start(a, NULL), FA_ERROR_EXISTS);
    fa_allocator_release(a);
    fa_allocator_release(other);
    fa_config config = FA_CONFIG_INIT;
    config.statistics = 0;
    a = fa_allocator_create(&config);
    CHECK_EQ(fa_history_start(a, NULL), FA_ERROR_DISABLED);
    fa_allocator_release(a);
}

static void bad_questions(void)
{
    a = fa_allocator_create(NULL);
    capture_mute(a);
    fa_graph graph = FA_GRAPH_INIT;
    fa_performance p = FA_PERFORMANCE_INIT;
    fa_history_sample sample;
    fa_graph_point point;
    size_t count;
    CHECK_EQ(fa_history_graph(a, NULL, &graph, NULL, 0), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_history_performance(a, 0, 0, &p), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_history_read(a, 0, &sample, 1, &count, NULL), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_history_start(a, NULL), FA_OK);
    run_frame(1);
    CHECK_EQ(fa_history_read(a, 0, &sample, 1, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_history_read(a, 0, NULL, 1, &count, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_history_read(NULL, 0, &sample, 1, &count, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_history_graph(a, NULL, NULL, NULL, 0), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_history_graph(a, NULL, &graph, NULL, 1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_history_graph(a, NULL, &graph, &point, 0), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_history_graph(NULL, NULL, &graph, NULL, 0), FA_ERROR_INVALID_ALLOCATOR);
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    for (int32_t curve = -1; curve <= FA_CURVES; curve += FA_CURVES + 1) {
        request.curve = curve;
        CHECK_EQ(fa_history_graph(a, &request, &graph, NULL, 0), FA_ERROR_INVALID_ARGUMENT);
    }
    request.curve = FA_CURVE_TAG;
    CHECK_EQ(fa_history_graph(a, &request, &graph, NULL, 0), FA_ERROR_INVALID_ARGUMENT);
    request.struct_size = 0;
    CHECK_EQ(fa_history_graph(a, &request, &graph, NULL, 0), FA_ERROR_STRUCT_SIZE);
    graph.struct_size = 8;
    CHECK_EQ(fa_history_graph(a, NULL, &graph, NULL, 0), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_history_performance(a, 0, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_history_performance(NULL, 0, 0, &p), FA_ERROR_INVALID_ALLOCATOR);
    p.struct_size = 8;
    CHECK_EQ(fa_history_performance(a, 0, 0, &p), FA_ERROR_STRUCT_SIZE);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(a_sample_says_what_the_frame_came_to), CASE(the_ring_keeps_the_newest),
           CASE(curves_are_scaled_to_their_height), CASE(every_figure_has_a_curve), CASE(tags_have_curves),
           CASE(percentiles_are_exact), CASE(lanes_are_told_apart), CASE(a_listener_is_told_of_samples),
           CASE(only_whole_frames_are_samples), CASE(bad_options), CASE(bad_questions))
