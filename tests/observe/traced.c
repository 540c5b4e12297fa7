/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Writes a trace whose contents are known: traced FILE */
#include <framealloc/framealloc.h>

#include <pthread.h>
#include <stdio.h>

enum { FRAMES = 50, BLOCKS = 10 };

static fa_allocator *a;

static int run_frame(void)
{
    int failed = fa_frame_begin(a) != FA_OK;
    failed += fa_phase_begin(a, "update \"quoted\"") != FA_OK;
    failed += fa_tag_push_name(a, "ai") != FA_OK;
    failed += fa_phase_begin(a, "physics\n") != FA_OK;
    failed += fa_tag_push_name(a, "p\xc3\xa4ths") != FA_OK;
    for (int i = 0; i < BLOCKS; i++)
        failed += fa_frame_alloc(a, 64, 16) == NULL;
    failed += fa_phase_end(a) != FA_OK; /* out of step with the tags */
    failed += fa_tag_pop(a) != FA_OK;
    failed += fa_tag_pop(a) != FA_OK;
    failed += fa_phase_end(a) != FA_OK;
    return failed + (fa_frame_end(a) != FA_OK);
}

static void *work(void *result)
{
    int *failed = result;
    fa_lane *lane = fa_lane_create(a, "worker <1>");
    fa_lane *before = NULL;
    *failed += lane == NULL || fa_lane_bind(a, lane, &before) != FA_OK;
    for (int i = 0; i < FRAMES; i++)
        *failed += run_frame();
    return NULL;
}

int main(int argc, char **argv)
{
    int failed = 0;
    pthread_t thread;
    a = fa_allocator_create(NULL);
    fa_trace_options options = FA_TRACE_OPTIONS_INIT;
    options.counter_interval_ns = 0;
    void *pool = fa_pool_alloc(a, 1024, 16);
    if (argc != 2 || pool == NULL || fa_trace_start(a, argv[1], &options) != FA_OK)
        return 1;
    for (int i = 0; i < FRAMES; i++)
        failed += run_frame();
    failed += pthread_create(&thread, NULL, work, &failed) != 0 || pthread_join(thread, NULL) != 0;
    failed += fa_trace_stop(a) != FA_OK;
    failed += fa_release(a, pool) != FA_OK;
    fa_allocator_release(a);
    (void)printf("%d calls failed\n", failed);
    return failed != 0;
}
