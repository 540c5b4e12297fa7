/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A fork at moments at which a lane is in two hands: the child keeps what is its own, and goes on. */
#include "capture.h"
#include "child.h"
#include "figures.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

enum { ALARM_SECONDS = 20, TENDED_MICROSECONDS = 50000 };

static fa_allocator *a;
static atomic_bool armed;
static atomic_bool tending;
static atomic_bool about_to_fork;

static int32_t allocate(void *user, size_t size, size_t alignment, void **out)
{
    (void)user;
    *out = aligned_alloc(alignment, size);
    return *out == NULL ? FA_BACKEND_FAILED : FA_BACKEND_DONE;
}

/* Keeps the lane whose memory goes in hand until the fork is near. */
static void deallocate(void *user, void *memory, size_t size, size_t alignment)
{
    (void)user;
    (void)size;
    (void)alignment;
    free(memory);
    if (!atomic_exchange(&armed, false))
        return;
    atomic_store(&tending, true);
    while (!atomic_load(&about_to_fork))
        (void)sched_yield();
    (void)usleep(TENDED_MICROSECONDS);
}

static void *trim(void *user)
{
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    return user;
}

static void leave_free_pages(void)
{
    enum { BLOCKS = 300 };
    void *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK((blocks[i] = fa_pool_alloc(a, 1024, 16)) != NULL);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
}

static bool frame_goes_on(void)
{
    return fa_frame_active(a) && fa_frame_alloc(a, 100, 16) != NULL && fa_frame_end(a) == FA_OK &&
           fa_pool_alloc(a, 100, 16) != NULL;
}

/* Another thread sees to the lane of the one that forks. */
static void a_lane_that_is_trimmed_is_not_lost(void)
{
    pthread_t trimmer;
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_CUSTOM;
    config.backend = (fa_backend){allocate, deallocate, NULL};
    config.pool_page_size = 65536;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    leave_free_pages();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    atomic_store(&armed, true);
    REQUIRE(pthread_create(&trimmer, NULL, trim, NULL) == 0);
    while (!atomic_load(&tending))
        (void)sched_yield();
    (void)fflush(NULL);
    atomic_store(&about_to_fork, true);
    pid_t child = fork();
    if (child == 0)
        child_end(frame_goes_on() ? 0 : 1);
    CHECK_EQ(child_await(child), 0);
    (void)pthread_join(trimmer, NULL);
    CHECK(frame_goes_on());
    fa_allocator_release(a);
}

static pid_t forked;

static void fork_now(void *user)
{
    (void)user;
    (void)fflush(NULL);
    forked = fork();
    if (forked == 0)
        (void)alarm(ALARM_SECONDS);
}

/* The lane is in hand, but not in use: to the child it is lost. */
static void releasing_a_lane_comes_to_its_end_in_the_child(void)
{
    fa_lane *own = NULL;
    a = fa_allocator_create(NULL);
    fa_lane *lane = fa_lane_create(a, "job");
    CHECK_EQ(fa_lane_bind(a, lane, &own), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, fork_now, NULL), FA_OK);
    CHECK_EQ(fa_lane_bind(a, own, NULL), FA_OK);
    fa_status status = fa_lane_release(a, lane);
    if (forked == 0)
        child_end(status == FA_OK && fa_pool_alloc(a, 100, 16) != NULL ? 0 : 1);
    CHECK_EQ(status, FA_OK);
    CHECK_EQ(child_await(forked), 0);
    fa_allocator_release(a);
}

static void leaving_a_lane_comes_to_its_end_in_the_child(void)
{
    a = fa_allocator_create(NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, fork_now, NULL), FA_OK);
    fa_status status = fa_lane_bind(a, NULL, NULL);
    if (forked == 0)
        child_end(status == FA_OK && fa_pool_alloc(a, 100, 16) != NULL ? 0 : 1);
    CHECK_EQ(status, FA_OK);
    CHECK_EQ(child_await(forked), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(a_lane_that_is_trimmed_is_not_lost), CASE(releasing_a_lane_comes_to_its_end_in_the_child),
           CASE(leaving_a_lane_comes_to_its_end_in_the_child))
