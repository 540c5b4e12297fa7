/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A small game loop that shows where its memory goes: writes a trace for ui.perfetto.dev or chrome://tracing, and draws
 * the history of its frames on the terminal. Usage: profiling TRACE [FRAMES] */
#include <framealloc/framealloc.h>

#include <stdio.h>
#include <stdlib.h>

enum { WIDTH = 60, HEIGHT = 8, ROUTE_BYTES = 640, PARTICLE_BYTES = 96 };

/* Work that comes in waves, as in a game: more to think about every few frames, a burst of particles now and then. */
static void think(fa_allocator *a, unsigned frame)
{
    FA_TAG_SCOPE (a, "ai") {
        for (unsigned agent = 0; agent < 8 + frame % 16; agent++)
            (void)!fa_frame_alloc(a, ROUTE_BYTES, 16);
    }
}

static void spread(fa_allocator *a, unsigned frame)
{
    unsigned particles = frame % 50 < 5 ? 200 : 20;
    FA_TAG_SCOPE (a, "particles") {
        for (unsigned i = 0; i < particles; i++)
            (void)!fa_frame_alloc(a, PARTICLE_BYTES, 16);
    }
}

static void run_frame(fa_allocator *a, unsigned frame)
{
    (void)fa_frame_begin(a);
    (void)fa_phase_begin(a, "think");
    think(a, frame);
    (void)fa_phase_end(a);
    (void)fa_phase_begin(a, "spread");
    spread(a, frame);
    (void)fa_phase_end(a);
    (void)fa_frame_end(a);
}

static void draw(const fa_graph *graph, const fa_graph_point *points)
{
    for (uint32_t row = HEIGHT; row > 0; row--) {
        (void)printf("%7.1f |", (double)graph->full_scale * row / HEIGHT / 1024);
        for (uint32_t i = 0; i < graph->points; i++)
            (void)putchar(points[i].height >= row ? '#' : ' ');
        (void)putchar('\n');
    }
    (void)printf("    KiB  frames %llu to %llu\n", (unsigned long long)graph->first_frame,
                 (unsigned long long)graph->last_frame);
}

static int show_graph(fa_allocator *a, const char *title, int32_t curve, fa_tag tag)
{
    fa_graph_point points[WIDTH];
    fa_graph graph = FA_GRAPH_INIT;
    fa_graph_request request = FA_GRAPH_REQUEST_INIT;
    request.curve = curve;
    request.tag = tag;
    request.height = HEIGHT;
    if (fa_history_graph(a, &request, &graph, points, WIDTH) != FA_OK)
        return 1;
    (void)printf("%s: now %llu bytes, highest %llu, lowest %llu\n", title, (unsigned long long)graph.current,
                 (unsigned long long)graph.peak, (unsigned long long)graph.minimum);
    draw(&graph, points);
    return 0;
}

static int show_window(fa_allocator *a)
{
    fa_performance p = FA_PERFORMANCE_INIT;
    if (fa_history_performance(a, 0, 0, &p) != FA_OK)
        return 1;
    (void)printf("%u frames: blocks p50 %llu, p95 %llu, p99 %llu, most %llu in frame %llu\n", p.frames,
                 (unsigned long long)p.allocations.p50, (unsigned long long)p.allocations.p95,
                 (unsigned long long)p.allocations.p99, (unsigned long long)p.allocations.maximum,
                 (unsigned long long)p.allocations.worst_frame);
    return 0;
}

int main(int argc, char **argv)
{
    unsigned frames = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 120;
    fa_allocator *a = argc > 1 ? fa_allocator_create(NULL) : NULL;
    if (a == NULL || fa_trace_start(a, argv[1], NULL) != FA_OK || fa_history_start(a, NULL) != FA_OK) {
        (void)fprintf(stderr, "usage: profiling TRACE [FRAMES]\n");
        fa_allocator_release(a);
        return 2;
    }
    for (unsigned frame = 1; frame <= frames; frame++)
        run_frame(a, frame);
    int failed = show_graph(a, "frame memory", FA_CURVE_FRAME_BYTES, 0);
    failed += show_graph(a, "particles", FA_CURVE_TAG, fa_tag_find(a, "particles"));
    failed += show_window(a);
    failed += fa_trace_stop(a) != FA_OK;
    if (failed == 0)
        (void)printf("trace written to %s\n", argv[1]);
    fa_allocator_release(a);
    return failed != 0;
}
