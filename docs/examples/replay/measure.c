/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "measure.h"

#include "message.h"

#include <stdlib.h>

static const char *const allocator_names[ALLOCATORS] = {"framealloc", "malloc"};

/* One figure of every repeat. */
struct series {
    double *ns_per_op;
    double *p50;
    double *p99;
};

struct bench {
    struct program programs[ALLOCATORS];
    struct pass *pass;
    struct series series[ALLOCATORS];
};

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Nearest rank, of sorted values. */
static double percentile(const double *sorted, size_t count, unsigned percent)
{
    size_t rank = (count * percent + 99) / 100;
    return sorted[rank == 0 ? 0 : rank - 1];
}

static void note_frames(const struct pass *pass, size_t frames, struct series *series, unsigned repeat)
{
    double *sorted = bulk_array(frames, sizeof *sorted);
    for (size_t i = 0; i < frames; i++)
        sorted[i] = (double)pass->frame_ns[i] / 1000;
    qsort(sorted, frames, sizeof *sorted, ascending);
    series->p50[repeat] = percentile(sorted, frames, 50);
    series->p99[repeat] = percentile(sorted, frames, 99);
    bulk_array_free(sorted, frames, sizeof *sorted);
}

/* The total and the single frames are timed apart, so that the clock is read twice for the one and not per frame. */
static bool repeat_once(struct bench *bench, enum allocator allocator, unsigned repeat)
{
    const struct program *program = &bench->programs[allocator];
    struct series *series = &bench->series[allocator];
    if (!pass_run(bench->pass, program, allocator, WATCH_TOTAL))
        return false;
    uint64_t operations = program->operations == 0 ? 1 : program->operations;
    series->ns_per_op[repeat] = (double)bench->pass->total_ns / (double)operations;
    if (!pass_run(bench->pass, program, allocator, WATCH_FRAMES))
        return false;
    note_frames(bench->pass, program->frames - 1, series, repeat);
    return true;
}

static bool verify(struct bench *bench, struct comparison *comparison)
{
    for (int i = 0; i < ALLOCATORS; i++) {
        const struct program *program = &bench->programs[i];
        progress("%s: checking every block of %s", comparison->trace, allocator_names[i]);
        if (!pass_run(bench->pass, program, (enum allocator)i, WATCH_BLOCKS))
            return false;
        if (bench->pass->blocks_checked != program->blocks) {
            complain("%s: %s: %llu blocks were checked, the trace holds %llu", comparison->trace, allocator_names[i],
                     (unsigned long long)bench->pass->blocks_checked, (unsigned long long)program->blocks);
            return false;
        }
        comparison->blocks_checked = program->blocks;
    }
    return true;
}

static bool measure_memory(struct bench *bench, struct comparison *comparison, enum allocator allocator)
{
    struct result *result = &comparison->results[allocator];
    progress("%s: memory and system calls of %s", comparison->trace, allocator_names[allocator]);
    bench->pass->peak_bytes = 0;
    if (!pass_run(bench->pass, &bench->programs[allocator], allocator, WATCH_MEMORY))
        return false;
    result->peak_bytes = bench->pass->peak_bytes;
    result->system_calls = pass_system_calls(bench->pass, &bench->programs[allocator], allocator);
    return true;
}

static bool measure_times(struct bench *bench, struct comparison *comparison, unsigned repeats)
{
    for (unsigned repeat = 0; repeat < repeats; repeat++)
        for (int i = 0; i < ALLOCATORS; i++) {
            progress("%s: repeat %u of %u, %s", comparison->trace, repeat + 1, repeats, allocator_names[i]);
            if (!repeat_once(bench, (enum allocator)i, repeat))
                return false;
        }
    for (int i = 0; i < ALLOCATORS; i++) {
        struct result *result = &comparison->results[i];
        result->ns_per_op = median(bench->series[i].ns_per_op, repeats);
        result->frame_us_p50 = median(bench->series[i].p50, repeats);
        result->frame_us_p99 = median(bench->series[i].p99, repeats);
    }
    return true;
}

static void open_bench(struct bench *bench, const struct trace *trace, unsigned repeats)
{
    struct lifetime *lifetimes = lifetimes_of(trace);
    program_for_framealloc(&bench->programs[ALLOCATOR_FRAMEALLOC], trace, lifetimes);
    program_for_malloc(&bench->programs[ALLOCATOR_MALLOC], trace, lifetimes);
    lifetimes_free(lifetimes, trace);
    bench->pass = pass_make(trace->frames);
    for (int i = 0; i < ALLOCATORS; i++) {
        double *values = bulk_array(3 * (size_t)repeats, sizeof *values);
        bench->series[i] = (struct series){values, values + repeats, values + 2 * repeats};
    }
}

static void close_bench(struct bench *bench, unsigned repeats)
{
    for (int i = 0; i < ALLOCATORS; i++) {
        program_free(&bench->programs[i]);
        bulk_array_free(bench->series[i].ns_per_op, 3 * (size_t)repeats, sizeof(double));
    }
}

bool measure(struct comparison *comparison, const struct trace *trace, const struct measure_options *options)
{
    struct bench bench;
    open_bench(&bench, trace, options->repeats);
    *comparison = (struct comparison){.trace = trace->name, .frames = trace->frames,
                                      .operations = bench.programs[ALLOCATOR_MALLOC].operations,
                                      .samples = bench.pass->samples};
    bool done = (!options->verify || verify(&bench, comparison)) &&
                measure_memory(&bench, comparison, ALLOCATOR_MALLOC) &&
                measure_memory(&bench, comparison, ALLOCATOR_FRAMEALLOC) &&
                measure_times(&bench, comparison, options->repeats);
    close_bench(&bench, options->repeats);
    progress_clear();
    return done;
}
