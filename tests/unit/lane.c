/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"

#include <pthread.h>

static fa_allocator *a;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
}

static void a_thread_gets_one_lane(void)
{
    setup();
    CHECK_EQ(fa_lane_count(a), 0);
    fa_lane *lane = fa_lane_current(a);
    REQUIRE(lane != NULL);
    CHECK(fa_lane_current(a) == lane);
    CHECK_EQ(fa_lane_count(a), 1);
    CHECK(fa_lane_at(a, 0) == lane);
    CHECK(fa_lane_at(a, 1) == NULL);
    CHECK(fa_lane_at(NULL, 0) == NULL);
    CHECK_EQ(fa_lane_count(NULL), 0);
    fa_allocator_release(a);
}

static void name_of(fa_lane *lane, const char *expected)
{
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, lane, &stats), FA_OK);
    CHECK_TEXT(stats.name, expected);
}

static void names_are_copied_and_cut(void)
{
    setup();
    char text[200] = "physics";
    fa_lane *lane = fa_lane_create(a, text);
    REQUIRE(lane != NULL);
    text[0] = 'X';
    name_of(lane, "physics");
    memset(text, 'n', sizeof text - 1);
    fa_lane *longer = fa_lane_create(a, text);
    text[63] = '\0';
    name_of(longer, text);
    name_of(fa_lane_create(a, NULL), "");
    fa_allocator_release(a);
}

static void frames_move_with_their_lane(void)
{
    setup();
    fa_lane *first = fa_lane_create(a, "first");
    fa_lane *second = fa_lane_create(a, "second");
    fa_lane *previous = first;
    REQUIRE(first != NULL && second != NULL);
    CHECK_EQ(fa_lane_bind(a, first, &previous), FA_OK);
    CHECK(previous == NULL);
    CHECK(fa_lane_current(a) == first);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_lane_bind(a, second, &previous), FA_OK);
    CHECK(previous == first);
    CHECK_EQ(fa_frame_active(a), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(fa_lane_bind(a, first, NULL), FA_OK);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK_EQ(fa_lane_bind(a, first, &previous), FA_OK);
    CHECK(previous == first);
    CHECK_EQ(fa_lane_bind(a, NULL, &previous), FA_OK);
    CHECK(previous == first);
    CHECK_EQ(fa_frame_active(a), 0);
    fa_allocator_release(a);
}

typedef struct carried {
    fa_lane *lane;
    unsigned char *block;
} carried;

static void *go_on_elsewhere(void *user)
{
    carried *c = user;
    CHECK_EQ(fa_lane_bind(a, c->lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(c->block[63], 7);
    CHECK_EQ(fa_frame_give_back(a, c->block, 64), 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    return NULL;
}

static void a_fiber_moves_between_threads(void)
{
    setup();
    carried c = {fa_lane_create(a, "fiber"), NULL};
    CHECK_EQ(fa_lane_bind(a, c.lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    c.block = fa_frame_alloc(a, 64, 16);
    REQUIRE(c.block != NULL);
    memset(c.block, 7, 64);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, go_on_elsewhere, &c) == 0);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(fa_lane_bind(a, c.lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_active(a), 0);
    CHECK_EQ(fa_frame_number(a), 1);
    fa_allocator_release(a);
}

static void *try_to_steal(void *lane)
{
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_ERROR_BUSY);
    CHECK_EQ(fa_lane_release(a, lane), FA_ERROR_BUSY);
    return NULL;
}

static void a_lane_has_one_thread(void)
{
    setup();
    fa_lane *lane = fa_lane_current(a);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, try_to_steal, lane) == 0);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(fa_lane_release(a, lane), FA_ERROR_BUSY);
    CHECK(fa_lane_current(a) == lane);
    fa_allocator_release(a);
}

static int cleanups;

static void count_cleanup(void *user)
{
    (void)user;
    cleanups++;
}

static void released_lanes_are_adopted(void)
{
    setup();
    cleanups = 0;
    fa_lane *lane = fa_lane_create(a, "job");
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, count_cleanup, NULL), FA_OK);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    CHECK_EQ(fa_lane_release(a, lane), FA_OK);
    CHECK_EQ(cleanups, 1);
    CHECK_EQ(fa_lane_release(a, lane), FA_ERROR_STALE);
    CHECK(fa_lane_current(a) == lane);
    CHECK_EQ(fa_frame_active(a), 0);
    CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    CHECK_EQ(fa_lane_count(a), 1);
    fa_allocator_release(a);
}

static void *use_once(void *user)
{
    (void)user;
    CHECK(fa_lane_current(a) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    return NULL;
}

static void threads_that_end_leave_their_lane(void)
{
    setup();
    for (int i = 0; i < 50; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, use_once, NULL) == 0);
        (void)pthread_join(thread, NULL);
    }
    CHECK_EQ(fa_lane_count(a), 1);
    CHECK_EQ(figures(a).lanes, 1);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, fa_lane_at(a, 0), &stats), FA_OK);
    CHECK_EQ(stats.bound, 0);
    CHECK(fa_lane_current(a) == fa_lane_at(a, 0));
    fa_allocator_release(a);
}

static void misuse_is_refused(void)
{
    setup();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    capture_mute(other);
    fa_lane *lane = fa_lane_create(a, "a");
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_bind(other, lane, NULL), FA_ERROR_WRONG_LANE);
    CHECK_EQ(fa_lane_release(other, lane), FA_ERROR_WRONG_LANE);
    CHECK_EQ(fa_lane_get_stats(other, lane, &stats), FA_ERROR_WRONG_LANE);
    CHECK_EQ(fa_lane_release(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_lane_release(NULL, lane), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_lane_bind(NULL, lane, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK(fa_lane_create(NULL, "x") == NULL);
    CHECK(fa_lane_current(NULL) == NULL);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(a_thread_gets_one_lane), CASE(names_are_copied_and_cut), CASE(frames_move_with_their_lane),
           CASE(a_fiber_moves_between_threads), CASE(a_lane_has_one_thread), CASE(released_lanes_are_adopted),
           CASE(threads_that_end_leave_their_lane), CASE(misuse_is_refused))
