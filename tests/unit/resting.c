/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A thread that waits in the library for others, who wait for room in its queue meanwhile. Whoever hangs here is ended by
 * an alarm. */
#include "capture.h"
#include "figures.h"
#include "worker.h"

#include <sched.h>
#include <unistd.h>

enum { BLOCKS = 100, CAPACITY = 4, ALARM_SECONDS = 60 };

static fa_allocator *a;
static void *blocks[BLOCKS];
static worker other;
static atomic_bool ready;
static atomic_bool released;

static void setup(int32_t mode)
{
    (void)alarm(ALARM_SECONDS);
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = mode;
    config.capacity = CAPACITY;
    config.full_policy = FA_QUEUE_BLOCK;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK((blocks[i] = fa_pool_alloc(a, 64, 16)) != NULL);
    atomic_store(&ready, false);
    atomic_store(&released, false);
    worker_start(&other);
}

static void teardown(void)
{
    worker_end(&other);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
    (void)alarm(0);
}

static void release_all(void)
{
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    atomic_store(&released, true);
}

static void await(atomic_bool *flag)
{
    while (!atomic_load(flag))
        (void)sched_yield();
}

static void release_and_arrive(void *user)
{
    fa_barrier *barrier = user;
    CHECK_EQ(fa_barrier_register(a, *barrier), FA_OK);
    atomic_store(&ready, true);
    release_all();
    CHECK_EQ(fa_barrier_wait(a, *barrier), FA_OK);
}

static void check_barrier(int32_t mode, bool signals_first)
{
    fa_barrier barrier;
    uint64_t generation = 0;
    setup(mode);
    CHECK_EQ(fa_barrier_create(a, "resting", 0, &barrier), FA_OK);
    CHECK_EQ(fa_barrier_register(a, barrier), FA_OK);
    worker_begin(&other, release_and_arrive, &barrier);
    await(&ready);
    if (signals_first) {
        CHECK_EQ(fa_barrier_signal(a, barrier, &generation), FA_OK);
        CHECK_EQ(fa_barrier_wait_for(a, barrier, generation, FA_FOREVER), FA_OK);
    } else {
        CHECK_EQ(fa_barrier_wait(a, barrier), FA_OK);
    }
    CHECK(atomic_load(&released));
    worker_finish(&other);
    teardown();
}

static void at_a_barrier(void)
{
    check_barrier(FA_DEFERRED_ON_REFILL, false);
    check_barrier(FA_DEFERRED_EXPLICIT, false);
    check_barrier(FA_DEFERRED_ON_REFILL, true);
    check_barrier(FA_DEFERRED_EXPLICIT, true);
}

static fa_barrier gate;

static void wait_at_gate(void *user)
{
    (void)user;
    CHECK_EQ(fa_barrier_wait(a, gate), FA_OK);
}

/* In the middle of another call, which nobody may take the lane away from. */
static void at_a_barrier_in_a_cleanup_function(void)
{
    setup(FA_DEFERRED_ON_REFILL);
    CHECK_EQ(fa_barrier_create(a, NULL, 0, &gate), FA_OK);
    CHECK_EQ(fa_barrier_register(a, gate), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *memory = fa_frame_alloc(a, 100, 16);
    CHECK_EQ(fa_frame_cleanup(a, wait_at_gate, memory), FA_OK);
    worker_begin(&other, release_and_arrive, &gate);
    await(&ready);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    worker_finish(&other);
    teardown();
}

static void release_in_listener(void *user, const fa_event *event)
{
    (void)user;
    (void)event;
    atomic_store(&ready, true);
    release_all();
}

static void begin_frame(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void for_a_listener(void)
{
    uint64_t id;
    setup(FA_DEFERRED_EXPLICIT);
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_FRAME_BEGIN), release_in_listener, NULL, &id), FA_OK);
    worker_begin(&other, begin_frame, NULL);
    await(&ready);
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    CHECK(atomic_load(&released));
    worker_finish(&other);
    teardown();
}

static void release_in_sink(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
    atomic_store(&ready, true);
    release_all();
}

static void end_missing_frame(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
}

static void for_a_sink(void)
{
    setup(FA_DEFERRED_EXPLICIT);
    CHECK_EQ(fa_diagnostic_set_sink(a, release_in_sink, NULL), FA_OK);
    worker_begin(&other, end_missing_frame, NULL);
    await(&ready);
    capture_mute(a);
    CHECK(atomic_load(&released));
    worker_finish(&other);
    teardown();
}

static void release_at_end(void *user)
{
    (void)user;
    atomic_store(&ready, true);
    release_all();
}

static void end_task(void *user)
{
    CHECK_EQ(fa_task_end(a, *(fa_task *)user), FA_OK);
}

static void for_the_end_of_a_task(void)
{
    fa_task parent;
    fa_task child;
    setup(FA_DEFERRED_EXPLICIT);
    CHECK_EQ(fa_task_begin(a, NULL, 0, &parent), FA_OK);
    CHECK_EQ(fa_task_begin(a, NULL, parent, &child), FA_OK);
    CHECK_EQ(fa_task_on_end(a, child, release_at_end, NULL), FA_OK);
    worker_begin(&other, end_task, &child);
    await(&ready);
    CHECK_EQ(fa_task_end(a, parent), FA_OK);
    CHECK(atomic_load(&released));
    worker_finish(&other);
    teardown();
}

static void *wait_and_be_cancelled(void *user)
{
    fa_status *status = user;
    *status = fa_barrier_wait(a, gate);
    pthread_testcancel();
    return NULL;
}

static fa_barrier_stats at_gate(void)
{
    fa_barrier_stats stats = FA_BARRIER_STATS_INIT;
    CHECK_EQ(fa_barrier_get_stats(a, gate, &stats), FA_OK);
    return stats;
}

/* The thread is cancelled once its call has come to its end. */
static void who_waits_is_not_cancelled(void)
{
    pthread_t waiter;
    fa_status status = FA_ERROR_STATE;
    void *result = NULL;
    (void)alarm(ALARM_SECONDS);
    a = fa_allocator_create(NULL);
    CHECK_EQ(fa_barrier_create(a, NULL, 2, &gate), FA_OK);
    REQUIRE(pthread_create(&waiter, NULL, wait_and_be_cancelled, &status) == 0);
    while (at_gate().waiting != 1)
        (void)sched_yield();
    CHECK(pthread_cancel(waiter) == 0);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(at_gate().waiting, 1);
        (void)sched_yield();
    }
    CHECK_EQ(fa_barrier_wait(a, gate), FA_OK);
    (void)pthread_join(waiter, &result);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_EQ(status, FA_OK);
    CHECK_EQ(at_gate().waiting, 0);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
    (void)alarm(0);
}

CHECK_MAIN(CASE(at_a_barrier), CASE(at_a_barrier_in_a_cleanup_function), CASE(for_a_listener), CASE(for_a_sink),
           CASE(for_the_end_of_a_task), CASE(who_waits_is_not_cancelled))
