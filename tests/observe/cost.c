/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What it costs to watch: nanoseconds of a frame with 100 blocks and two phases, and of a pool block taken and
 * released. Usage: cost [FRAMES] */
#include <framealloc/framealloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 100, PASSES = 5 };

static fa_allocator *a;
static int failed;
static unsigned long events;

static void count_event(void *user, const fa_event *event)
{
    (void)user;
    (void)event;
    events++;
}

static void count_value(void *user, const fa_profile_counter *counter)
{
    (void)user;
    (void)counter;
    events++;
}

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void run_frames(unsigned frames)
{
    for (unsigned frame = 0; frame < frames; frame++) {
        failed += fa_frame_begin(a) != FA_OK;
        for (unsigned phase = 0; phase < 2; phase++) {
            failed += fa_phase_begin(a, phase == 0 ? "update" : "draw") != FA_OK;
            for (unsigned i = 0; i < BLOCKS / 2; i++)
                failed += fa_frame_alloc(a, 64, 16) == NULL;
            failed += fa_phase_end(a) != FA_OK;
        }
        failed += fa_frame_end(a) != FA_OK;
    }
}

static void run_pairs(unsigned pairs)
{
    for (unsigned i = 0; i < pairs; i++)
        failed += fa_release(a, fa_pool_alloc(a, 64, 16)) != FA_OK;
}

/* The best of a few passes, for one of so many. */
static double best(void (*run)(unsigned count), unsigned count)
{
    double least = 1e30;
    for (int pass = 0; pass < PASSES; pass++) {
        double begun = now();
        run(count);
        double each = (now() - begun) / count;
        least = each < least ? each : least;
    }
    return least;
}

static void measure(const char *what, unsigned frames)
{
    double frame = best(run_frames, frames);
    double pair = best(run_pairs, frames * 10);
    (void)printf("%-36s %10.0f %10.1f\n", what, frame, pair);
}

static void measure_profiler(unsigned frames, int with_blocks)
{
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.discard = profiler.frame_mark = profiler.zone_begin = profiler.zone_end = count_event;
    profiler.allocate = with_blocks ? count_event : NULL;
    profiler.release = with_blocks ? count_event : NULL;
    profiler.counter = count_value;
    failed += fa_profiler_attach(a, &profiler) != FA_OK;
    measure(with_blocks ? "profiler that hears everything" : "profiler without single blocks", frames);
    failed += fa_profiler_detach(a) != FA_OK;
}

static void measure_trace(unsigned frames)
{
    char path[] = "/tmp/framealloc-cost-XXXXXX";
    int made = mkstemp(path);
    failed += made < 0 || close(made) != 0 || fa_trace_start(a, path, NULL) != FA_OK;
    measure("trace", frames);
    failed += fa_trace_stop(a) != FA_OK;
    failed += unlink(path) != 0;
}

int main(int argc, char **argv)
{
    unsigned frames = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 20000;
    a = fa_allocator_create(NULL);
    (void)printf("%-36s %10s %10s\n", "nanoseconds", "frame", "pool pair");
    measure("nobody watches", frames);
    failed += fa_history_start(a, NULL) != FA_OK;
    measure("history", frames);
    failed += fa_history_stop(a) != FA_OK;
    measure_trace(frames);
    measure_profiler(frames, 0);
    measure_profiler(frames, 1);
    measure("nobody watches any more", frames);
    fa_allocator_release(a);
    (void)printf("%lu events were told, %d calls failed\n", events, failed);
    return failed != 0 || events == 0;
}
