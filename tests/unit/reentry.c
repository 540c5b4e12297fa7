/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Functions of the user that call back into the library while it runs them. */
#include "capture.h"
#include "figures.h"

#include <pthread.h>

static fa_allocator *a;
static fa_checkpoint outer;
static fa_frame_token token;
static fa_lane *spare;
static fa_status inner;
static size_t runs;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    runs = 0;
    inner = FA_OK;
}

static void count_run(void *user)
{
    (void)user;
    runs++;
}

static void roll_back_outer(void *user)
{
    (void)user;
    inner = fa_frame_rollback(a, outer);
}

static void rollback_inside_a_rollback_is_refused(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, count_run, NULL), FA_OK);
    outer = fa_frame_checkpoint(a);
    for (int i = 0; i < 3; i++)
        CHECK(fa_frame_alloc(a, 100000, 16) != NULL);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK_EQ(fa_frame_cleanup(a, roll_back_outer, NULL), FA_OK);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(inner, FA_ERROR_BUSY);
    CHECK_EQ(runs, 0);
    CHECK_EQ(fa_frame_rollback(a, outer), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 1);
    fa_allocator_release(a);
}

static void end_and_begin(void *user)
{
    (void)user;
    inner = fa_frame_end(a);
    CHECK_EQ(fa_frame_begin(a), FA_ERROR_FRAME_ACTIVE);
}

static void ending_inside_the_end_is_refused(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, end_and_begin, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(inner, FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_active(a), 0);
    CHECK_EQ(fa_frame_number(a), 1);
    fa_allocator_release(a);
}

static void bind_spare(void *user)
{
    (void)user;
    inner = fa_lane_bind(a, spare, NULL);
}

static void binding_inside_the_end_is_refused(void)
{
    setup();
    spare = fa_lane_create(a, "spare");
    fa_lane *mine = fa_lane_current(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, bind_spare, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(inner, FA_ERROR_BUSY);
    CHECK(fa_lane_current(a) == mine);
    fa_allocator_release(a);
}

static void register_two_more(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_cleanup(a, count_run, NULL), FA_OK);
    CHECK_EQ(fa_frame_cleanup_ahead(a, 0, count_run, NULL), FA_OK);
}

static void functions_registered_inside_run_too(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup_ahead(a, 1, register_two_more, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 2);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(runs, 2);
    fa_allocator_release(a);
}

static void hold_now(void *user)
{
    (void)user;
    inner = fa_frame_hold(a, &token);
}

static void holding_inside_the_end_keeps_the_frame(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_frame_token dropped;
    CHECK_EQ(fa_frame_hold(a, &dropped), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, dropped), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 100, 16);
    REQUIRE(block != NULL);
    memset(block, 7, 100);
    CHECK_EQ(fa_frame_cleanup(a, hold_now, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(inner, FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 100; i++)
        memset(fa_frame_alloc(a, 100, 16), 9, 100);
    CHECK_EQ(block[0], 7);
    CHECK_EQ(block[99], 7);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.frame.live_bytes, 0);
    fa_allocator_release(a);
}

static void release_token(void *user)
{
    (void)user;
    inner = fa_frame_token_release(a, token);
    runs++;
}

static void held_frames_let_go_of_each_other_at_the_end(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, release_token, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_frame_token second;
    CHECK_EQ(fa_frame_hold(a, &second), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, release_token, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
    CHECK_EQ(runs, 2);
    CHECK_EQ(inner, FA_ERROR_STALE);
}

static fa_allocator *other;
static fa_lane *lane_of_thread;
static bool same_lane;
static bool still_active;

static void look_around(void *user)
{
    (void)user;
    CHECK(fa_pool_alloc(other, 64, 16) != NULL);
    same_lane = fa_lane_current(a) == lane_of_thread;
    still_active = fa_frame_active(a) == 1;
}

static void *leave_a_frame_open(void *unused)
{
    (void)unused;
    lane_of_thread = fa_lane_current(a);
    CHECK(fa_pool_alloc(other, 64, 16) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, look_around, NULL), FA_OK);
    return NULL;
}

static void thread_exit_runs_functions_on_their_own_lane(void)
{
    setup();
    other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, leave_a_frame_open, NULL) == 0);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK(same_lane);
    CHECK(still_active);
    CHECK_EQ(fa_lane_count(a), 1);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static void allocating_sink(void *user, const fa_diagnostic *diagnostic)
{
    (void)diagnostic;
    void **kept = user;
    *kept = fa_pool_alloc(a, 48, 16);
}

static void a_sink_may_allocate(void)
{
    setup();
    void *kept = NULL;
    CHECK_EQ(fa_diagnostic_set_sink(a, allocating_sink, &kept), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK(kept != NULL);
    CHECK_EQ(figures(a).pool.live_count, 1);
    CHECK_EQ(fa_release(a, kept), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(rollback_inside_a_rollback_is_refused), CASE(ending_inside_the_end_is_refused),
           CASE(binding_inside_the_end_is_refused), CASE(functions_registered_inside_run_too),
           CASE(holding_inside_the_end_keeps_the_frame), CASE(held_frames_let_go_of_each_other_at_the_end),
           CASE(thread_exit_runs_functions_on_their_own_lane), CASE(a_sink_may_allocate))
