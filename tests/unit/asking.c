/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* fa_allocator_destroy() that asks while others go on: nobody loses anything by it, and it does not ask all the time. The
 * clock is the test's own: a pause takes no time and moves it. */
#include "capture.h"

#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time);
int nanosleep(const struct timespec *wanted, struct timespec *left);

static fa_allocator *a;
static atomic_bool own_clock;
static atomic_ullong now = 1000000000;
static atomic_uint pauses;
static atomic_ullong longest_pause;

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (!atomic_load(&own_clock))
        return (int)syscall(SYS_clock_gettime, clock, time);
    unsigned long long moment = atomic_load(&now);
    *time = (struct timespec){(time_t)(moment / 1000000000), (long)(moment % 1000000000)};
    return 0;
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    if (!atomic_load(&own_clock))
        return (int)syscall(SYS_nanosleep, wanted, left);
    unsigned long long pause = (unsigned long long)wanted->tv_sec * 1000000000 + (unsigned long long)wanted->tv_nsec;
    atomic_fetch_add(&now, pause);
    atomic_fetch_add(&pauses, 1);
    if (pause > atomic_load(&longest_pause))
        atomic_store(&longest_pause, pause);
    return 0;
}

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
}

/* Each time it asks, everybody stops. */
static void it_asks_less_and_less_often(void)
{
    enum { SECOND = 1000000000, LONGEST = 10240000 };
    setup();
    CHECK(fa_allocator_retain(a) == a);
    atomic_store(&own_clock, true);
    unsigned long long begun = atomic_load(&now);
    CHECK_EQ(fa_allocator_destroy(a, SECOND), FA_ERROR_BUSY);
    atomic_store(&own_clock, false);
    CHECK_EQ(atomic_load(&now) - begun, SECOND);
    CHECK(atomic_load(&pauses) < 150);
    CHECK_EQ(atomic_load(&longest_pause), LONGEST);
    fa_allocator_release(a);
    fa_allocator_release(a);
}

static atomic_bool stops;
static atomic_uint asked;

static void *ask_again_and_again(void *user)
{
    while (!atomic_load(&stops)) {
        CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
        atomic_fetch_add(&asked, 1);
    }
    return user;
}

/* At some moment of the next time it is asked. */
static void release_one(unsigned moment)
{
    unsigned before = atomic_load(&asked);
    while (atomic_load(&asked) == before)
        (void)sched_yield();
    for (volatile unsigned turns = 0; turns < moment; turns++) {
    }
    fa_clear_last_status();
    fa_allocator_release(a);
    CHECK_EQ(fa_last_status(), FA_OK);
}

/* Who gives up a reference meanwhile has given it up. */
static void references_are_not_lost_meanwhile(void)
{
    enum { ROUNDS = 1000, MOMENTS = 8000 };
    pthread_t asker;
    setup();
    atomic_store(&stops, false);
    for (int i = 0; i < ROUNDS + 1; i++)
        CHECK(fa_allocator_retain(a) == a);
    REQUIRE(pthread_create(&asker, NULL, ask_again_and_again, NULL) == 0);
    for (unsigned i = 0; i < ROUNDS; i++)
        release_one(i * 379 % MOMENTS);
    atomic_store(&stops, true);
    (void)pthread_join(asker, NULL);
    CHECK_EQ(fa_allocator_references(a), 2);
    fa_allocator_release(a);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
}

static atomic_int refused;

static void *ask_at_once(void *user)
{
    for (int i = 0; i < 1000; i++) {
        fa_status status = fa_allocator_destroy(a, 0);
        CHECK(status == FA_ERROR_BUSY);
        atomic_fetch_add(&refused, status != FA_ERROR_BUSY);
    }
    return user;
}

/* Two that ask refuse each other, but neither is told that the allocator has gone. */
static void two_may_ask(void)
{
    pthread_t others[2];
    setup();
    CHECK(fa_allocator_retain(a) == a);
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&others[i], NULL, ask_at_once, NULL) == 0);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(others[i], NULL);
    CHECK_EQ(atomic_load(&refused), 0);
    fa_allocator_release(a);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(it_asks_less_and_less_often), CASE(references_are_not_lost_meanwhile), CASE(two_may_ask))
