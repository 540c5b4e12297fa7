/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

static fa_allocator *a;
static int ran[64];
static size_t runs;
static pthread_t ran_on;

static void note_run(void *user)
{
    if (runs < 64)
        ran[runs] = *(int *)user;
    runs++;
    ran_on = pthread_self();
}

static int numbers[64];

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    runs = 0;
    for (int i = 0; i < 64; i++)
        numbers[i] = i;
}

static void expect_runs(size_t count, int first)
{
    CHECK_EQ(runs, count);
    for (size_t i = 0; i < count && i < runs; i++)
        CHECK_EQ(ran[i], first - (int)i);
}

static void newest_first_at_the_end(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 50; i++) {
        CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[i]), FA_OK);
        CHECK(fa_frame_alloc(a, 10000, 16) != NULL);
    }
    CHECK_EQ(runs, 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect_runs(50, 49);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 50);
    fa_allocator_release(a);
}

static void memory_is_still_there_when_they_run(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    int *number = fa_frame_new(a, int, 1);
    REQUIRE(number != NULL);
    *number = 42;
    CHECK_EQ(fa_frame_cleanup(a, note_run, number), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect_runs(1, 42);
    fa_allocator_release(a);
}

static void rollback_runs_those_registered_since(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[i]), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    for (int i = 3; i < 8; i++)
        CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[i]), FA_OK);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    expect_runs(5, 7);
    runs = 0;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect_runs(3, 2);
    fa_allocator_release(a);
}

static void commit_leaves_them_to_the_end(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[5]), FA_OK);
    CHECK_EQ(fa_frame_commit(a, checkpoint), FA_OK);
    CHECK_EQ(runs, 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect_runs(1, 5);
    fa_allocator_release(a);
}

static void ahead_runs_with_its_frame(void)
{
    for (uint32_t ahead = 0; ahead <= FA_FRAMES_AHEAD_MAX; ahead++) {
        setup();
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_cleanup_ahead(a, ahead, note_run, &numbers[1]), FA_OK);
        CHECK_EQ(fa_frame_cleanup_ahead(a, ahead, note_run, &numbers[2]), FA_OK);
        for (uint32_t frame = 0; frame < ahead; frame++) {
            CHECK_EQ(fa_frame_end(a), FA_OK);
            CHECK_EQ(runs, 0);
            CHECK_EQ(fa_frame_begin(a), FA_OK);
        }
        CHECK_EQ(fa_frame_end(a), FA_OK);
        expect_runs(2, 2);
        fa_allocator_release(a);
        CHECK_EQ(runs, 2);
    }
}

static void rollback_runs_those_ahead_too(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup_ahead(a, 1, note_run, &numbers[1]), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK_EQ(fa_frame_cleanup_ahead(a, 1, note_run, &numbers[2]), FA_OK);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    expect_runs(1, 2);
    runs = 0;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    expect_runs(1, 1);
    fa_allocator_release(a);
}

static void *release_token(void *user)
{
    CHECK_EQ(fa_frame_token_release(a, *(fa_frame_token *)user), FA_OK);
    CHECK(pthread_equal(ran_on, pthread_self()));
    return NULL;
}

static void held_frame_runs_them_on_the_releasing_thread(void)
{
    setup();
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[i]), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 0);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, release_token, &token) == 0);
    (void)pthread_join(thread, NULL);
    expect_runs(4, 3);
    fa_allocator_release(a);
}

static void allocator_release_runs_what_is_left(void)
{
    setup();
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[0]), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[1]), FA_OK);
    CHECK_EQ(fa_frame_cleanup_ahead(a, 3, note_run, &numbers[2]), FA_OK);
    CHECK_EQ(runs, 0);
    fa_allocator_release(a);
    CHECK_EQ(runs, 3);
}

static void *leave_a_frame_open(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, note_run, &numbers[6]), FA_OK);
    return NULL;
}

static void thread_exit_runs_them(void)
{
    setup();
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, leave_a_frame_open, NULL) == 0);
    (void)pthread_join(thread, NULL);
    expect_runs(1, 6);
    fa_allocator_release(a);
    CHECK_EQ(runs, 1);
}

static void use_the_allocator(void *user)
{
    CHECK_EQ(fa_release(a, user), FA_OK);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    runs++;
}

static void they_may_use_the_allocator(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(fa_frame_cleanup(a, use_the_allocator, fa_heap_alloc(a, 100000, 16)), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 10);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
}

static void misuse_is_refused(void)
{
    capture c;
    setup();
    capture_start(&c, a);
    CHECK_EQ(fa_frame_cleanup(a, note_run, NULL), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&c), 1);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_frame_cleanup_ahead(a, 1, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_frame_cleanup_ahead(a, FA_FRAMES_AHEAD_MAX + 1, note_run, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_frame_cleanup(NULL, note_run, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(newest_first_at_the_end), CASE(memory_is_still_there_when_they_run),
           CASE(rollback_runs_those_registered_since), CASE(commit_leaves_them_to_the_end),
           CASE(ahead_runs_with_its_frame), CASE(rollback_runs_those_ahead_too),
           CASE(held_frame_runs_them_on_the_releasing_thread), CASE(allocator_release_runs_what_is_left),
           CASE(thread_exit_runs_them), CASE(they_may_use_the_allocator), CASE(misuse_is_refused))
