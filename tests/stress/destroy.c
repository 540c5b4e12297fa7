/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Allocators that are destroyed while other threads call them: whoever is inside comes out, whoever comes later is told,
 * and nobody notices an attempt that was refused. */
#include "capture.h"
#include "clock.h"
#include "figures.h"

#include <pthread.h>
#include <sched.h>

enum { CALLERS = 3, ATTEMPTS = 3000, ENDS = 300, LONG_ENOUGH_SECONDS = 60 };

static fa_allocator *a;
static atomic_bool finished;
static atomic_uint running;

/* Each gets in on another way: on a lane, without one, and on a lane that it takes and leaves all the time. */
static fa_status call_on_a_lane(void)
{
    void *block = fa_pool_alloc(a, 100, 16);
    return block == NULL ? fa_last_status() : fa_release(a, block);
}

static fa_status call_without_a_lane(void)
{
    fa_stats stats = FA_STATS_INIT;
    return fa_allocator_stats(a, &stats);
}

static fa_status call_to_change_lanes(void)
{
    fa_status status = call_on_a_lane();
    return status == FA_OK ? fa_lane_bind(a, NULL, NULL) : status;
}

static fa_status (*const calls[CALLERS])(void) = {call_on_a_lane, call_without_a_lane, call_to_change_lanes};

static void *call_always(void *user)
{
    fa_status (*const *call)(void) = user;
    while (!atomic_load(&finished) && CHECK_EQ((*call)(), FA_OK)) {
    }
    return NULL;
}

/* Returns when it is refused. */
static void *call_until_refused(void *user)
{
    fa_status (*const *call)(void) = user;
    fa_status status = FA_OK;
    atomic_fetch_add(&running, 1);
    while (status == FA_OK)
        status = (*call)();
    CHECK_EQ(status, FA_ERROR_INVALID_ALLOCATOR);
    return NULL;
}

static void start(pthread_t *threads, void *(*work)(void *))
{
    for (size_t i = 0; i < CALLERS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, work, opaque(&calls[i])) == 0);
}

static void join(const pthread_t *threads)
{
    for (size_t i = 0; i < CALLERS; i++)
        (void)pthread_join(threads[i], NULL);
}

static void refused_attempts_disturb_nobody(void)
{
    pthread_t threads[CALLERS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL && fa_allocator_retain(a) == a);
    capture_mute(a);
    atomic_store(&finished, false);
    start(threads, call_always);
    for (size_t i = scaled(ATTEMPTS); i > 0; i--) {
        CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
        (void)sched_yield();
    }
    atomic_store(&finished, true);
    join(threads);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    fa_allocator_release(a);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
}

static void end_one(bool by_release)
{
    pthread_t threads[CALLERS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    atomic_store(&running, 0);
    start(threads, call_until_refused);
    while (atomic_load(&running) < CALLERS)
        (void)sched_yield();
    if (by_release)
        fa_allocator_release(a);
    else
        CHECK_EQ(fa_allocator_destroy(a, LONG_ENOUGH_SECONDS * (uint64_t)1000000000), FA_OK);
    join(threads);
    CHECK_EQ(fa_allocator_id(a), 0);
}

static void callers_come_out_before_the_end(void)
{
    for (size_t i = scaled(ENDS); i > 0 && atomic_load(&check_failures) == 0; i--)
        end_one(i % 2 == 0);
}

CHECK_MAIN(CASE(refused_attempts_disturb_nobody), CASE(callers_come_out_before_the_end))
