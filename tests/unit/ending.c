/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The end of an allocator while others use it: refused or waited for, and never while a call is under way. */
#include "capture.h"
#include "child.h"
#include "clock.h"
#include "figures.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static fa_allocator *a;
static capture reports;
static atomic_bool entered;
static atomic_bool open_gate;
static atomic_bool ended;
static fa_status nested;
static int cleanups;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
    atomic_store(&entered, false);
    atomic_store(&open_gate, false);
    atomic_store(&ended, false);
    cleanups = 0;
}

static void await(atomic_bool *flag)
{
    while (!atomic_load(flag))
        (void)sched_yield();
}

/* Runs inside fa_frame_end() of another thread, and uses the allocator when it goes on. */
static void wait_at_gate(void *user)
{
    (void)user;
    atomic_store(&entered, true);
    await(&open_gate);
    void *block = fa_pool_alloc(a, 100, 16);
    nested = block == NULL ? fa_last_status() : fa_release(a, block);
    cleanups++;
}

static void *end_frame_at_gate(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, wait_at_gate, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return user;
}

static pthread_t start(void *(*run)(void *user))
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, run, NULL) == 0);
    return thread;
}

static void check_gone(void)
{
    CHECK_EQ(fa_allocator_id(a), 0);
    CHECK(fa_pool_try_alloc(a, 16, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
}

static void who_is_alone_destroys_at_once(void)
{
    setup();
    CHECK(fa_pool_alloc(a, 100, 16) != NULL);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
    check_gone();
    CHECK_EQ(fa_allocator_destroy(a, FA_FOREVER), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_allocator_destroy(NULL, 0), FA_ERROR_INVALID_ALLOCATOR);
}

static void another_reference_keeps_it(void)
{
    setup();
    CHECK(fa_allocator_retain(a) == a);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
    CHECK_EQ(capture_code(&reports), 212);
    CHECK(strstr(reports.note, "1 other references are held") != NULL);
    CHECK_EQ(fa_allocator_destroy(a, 1000000), FA_ERROR_BUSY);
    CHECK_EQ(fa_allocator_references(a), 2);
    CHECK(fa_pool_alloc(a, 100, 16) != NULL);
    fa_allocator_release(a);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
    check_gone();
}

static void a_call_under_way_keeps_it(void)
{
    char name[16] = "";
    char who[64];
    setup();
    pthread_t thread = start(end_frame_at_gate);
    await(&entered);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
    CHECK_EQ(capture_code(&reports), 212);
    CHECK_EQ(pthread_getname_np(thread, name, sizeof name), 0);
    (void)snprintf(who, sizeof who, "1 lanes (one of \"%s\")", name);
    CHECK(strstr(reports.note, who) != NULL);
    void *block = fa_pool_alloc(a, 100, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    atomic_store(&open_gate, true);
    CHECK_EQ(fa_allocator_destroy(a, FA_FOREVER), FA_OK);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(nested, FA_OK);
    check_gone();
}

static void *release_last(void *user)
{
    fa_allocator_release(a);
    atomic_store(&ended, true);
    return user;
}

/* New calls are turned away, the one under way comes to its end with those it makes. */
static void releasing_waits_for_a_call(void)
{
    setup();
    pthread_t caller = start(end_frame_at_gate);
    await(&entered);
    pthread_t releaser = start(release_last);
    while (fa_allocator_references(a) != 0)
        (void)sched_yield();
    fa_status status = FA_OK;
    while (status == FA_OK)
        status = fa_allocator_trim(a, NULL);
    CHECK_EQ(status, FA_ERROR_INVALID_ALLOCATOR);
    CHECK(fa_frame_alloc(a, 16, 16) == NULL);
    CHECK_EQ(fa_frame_begin(a), FA_ERROR_INVALID_ALLOCATOR);
    CHECK(fa_allocator_retain(a) == NULL);
    CHECK(!atomic_load(&ended));
    atomic_store(&open_gate, true);
    (void)pthread_join(caller, NULL);
    (void)pthread_join(releaser, NULL);
    CHECK_EQ(nested, FA_OK);
    CHECK_EQ(cleanups, 1);
    check_gone();
}

static void *stay_with_open_frame(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, wait_at_gate, NULL), FA_OK);
    CHECK(fa_pool_alloc(a, 100, 16) != NULL);
    atomic_store(&entered, true);
    await(&ended);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_INVALID_ALLOCATOR);
    return user;
}

static void a_thread_outside_keeps_nobody_waiting(void)
{
    setup();
    atomic_store(&open_gate, true);
    pthread_t thread = start(stay_with_open_frame);
    await(&entered);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
    CHECK_EQ(cleanups, 1);
    CHECK_EQ(nested, FA_OK);
    atomic_store(&ended, true);
    (void)pthread_join(thread, NULL);
    check_gone();
}

static void end_from_inside(void *user)
{
    (void)user;
    CHECK_EQ(fa_allocator_destroy(a, FA_FOREVER), FA_ERROR_BUSY);
    CHECK_EQ(capture_code(&reports), 212);
    fa_allocator_release(a);
    CHECK_EQ(capture_code(&reports), 212);
    CHECK_EQ(fa_allocator_references(a), 1);
}

static void nobody_ends_it_from_within_a_call(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, end_from_inside, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
    check_gone();
}

/* Cleanup functions of open frames run while it ends, and may release blocks. */
static void the_one_who_ends_it_may_use_it_meanwhile(void)
{
    setup();
    atomic_store(&open_gate, true);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, wait_at_gate, NULL), FA_OK);
    fa_allocator_release(a);
    CHECK_EQ(cleanups, 1);
    CHECK_EQ(nested, FA_OK);
    check_gone();
}

enum { USERS = 4 };

static pthread_barrier_t all_in;

static void *destroy_soon(void *user)
{
    (void)pthread_barrier_wait(&all_in);
    fa_allocator_release(a);
    atomic_store(&ended, true);
    return user;
}

static void *end_after_the_allocator(void *user)
{
    CHECK(fa_pool_alloc(a, 100, 16) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)pthread_barrier_wait(&all_in);
    await(&ended);
    return user;
}

static void threads_end_after_the_allocator(void)
{
    setup();
    pthread_t users[USERS];
    REQUIRE(pthread_barrier_init(&all_in, NULL, USERS + 1) == 0);
    for (int i = 0; i < USERS; i++)
        users[i] = start(end_after_the_allocator);
    pthread_t destroyer = start(destroy_soon);
    for (int i = 0; i < USERS; i++)
        (void)pthread_join(users[i], NULL);
    (void)pthread_join(destroyer, NULL);
    (void)pthread_barrier_destroy(&all_in);
    check_gone();
}

/* Its cleanup function waits: the thread is in the middle of ending. */
static void *end_with_open_frame(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, wait_at_gate, NULL), FA_OK);
    return user;
}

static void a_thread_that_ends_is_waited_for(void)
{
    setup();
    pthread_t thread = start(end_with_open_frame);
    await(&entered);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
    CHECK(strstr(reports.note, "0 other references are held, 1 lanes") != NULL);
    CHECK(strstr(reports.note, "and 0 other callers") != NULL);
    pthread_t releaser = start(release_last);
    while (fa_allocator_references(a) != 0)
        (void)sched_yield();
    CHECK(!atomic_load(&ended));
    atomic_store(&open_gate, true);
    (void)pthread_join(thread, NULL);
    (void)pthread_join(releaser, NULL);
    CHECK_EQ(cleanups, 1);
    CHECK_EQ(nested, FA_OK);
    check_gone();
}

static pthread_key_t late_key;
static int late_rounds;
static int late_blocks;

/* Comes again in every round, before or after the library's own exit function. */
static void use_late(void *user)
{
    void *block = fa_pool_alloc(a, 100, 16);
    late_blocks += block != NULL && fa_release(a, block) == FA_OK;
    CHECK_EQ(fa_frame_begin(a) == FA_OK, block != NULL);
    CHECK((fa_frame_alloc(a, 100, 16) != NULL) == (block != NULL));
    if (++late_rounds < 6)
        (void)pthread_setspecific(late_key, user);
}

static void *set_late_key(void *user)
{
    (void)pthread_setspecific(late_key, &late_key);
    CHECK(fa_pool_alloc(a, 16, 16) != NULL);
    return user;
}

static void thread_local_destructors_may_use_it(void)
{
#ifdef __SANITIZE_THREAD__
    SKIP("the sanitizer's own state of the thread is gone in the last rounds");
#endif
    setup();
    late_rounds = 0;
    late_blocks = 0;
    REQUIRE(pthread_key_create(&late_key, use_late) == 0);
    (void)pthread_join(start(set_late_key), NULL);
    (void)pthread_key_delete(late_key);
    CHECK(late_rounds >= 4);
    CHECK(late_blocks >= 2);
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, fa_lane_at(a, 0), &stats), FA_OK);
    CHECK_EQ(stats.bound, 0);
    CHECK_EQ(fa_lane_count(a), 1);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
    check_gone();
}

static void use_at_exit(void)
{
    void *block = fa_pool_alloc(a, 100, 16);
    if (block == NULL || fa_frame_end(a) != FA_OK || fa_release(a, block) != FA_OK)
        _exit(3);
    if (fa_allocator_destroy(a, 0) != FA_OK)
        _exit(4);
}

static void atexit_handlers_may_use_it(void)
{
    setup();
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (atexit(use_at_exit) != 0 || fa_frame_begin(a) != FA_OK)
            _exit(2);
        exit(0);
    }
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    fa_allocator_release(a);
}

/* The child has neither the thread inside nor the one that waits for it. */
static void a_fork_forgets_who_was_inside(void)
{
    setup();
    pthread_t thread = start(end_frame_at_gate);
    await(&entered);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        child_end(fa_allocator_destroy(a, 0) == FA_OK ? 0 : 1);
    CHECK_EQ(child_await(child), 0);
    atomic_store(&open_gate, true);
    (void)pthread_join(thread, NULL);
    fa_allocator_release(a);
}

static void an_end_is_cut_off_by_a_fork(void)
{
    setup();
    pthread_t thread = start(end_frame_at_gate);
    await(&entered);
    pthread_t releaser = start(release_last);
    while (fa_allocator_references(a) != 0)
        (void)sched_yield();
    while (fa_allocator_trim(a, NULL) == FA_OK)
        (void)sched_yield();
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        child_end(fa_pool_alloc(a, 16, 16) == NULL && fa_allocator_id(a) == 0 ? 0 : 1);
    CHECK_EQ(child_await(child), 0);
    atomic_store(&open_gate, true);
    (void)pthread_join(thread, NULL);
    (void)pthread_join(releaser, NULL);
    check_gone();
}

static pthread_t short_lived;

static void *use_and_end(void *user)
{
    CHECK(fa_pool_alloc(a, 64, 16) != NULL);
    (void)pthread_barrier_wait(&all_in);
    (void)pthread_barrier_wait(&all_in);
    return user;
}

static void trim_once_it_has_ended(void *user)
{
    (void)user;
    (void)pthread_barrier_wait(&all_in);
    (void)pthread_join(short_lived, NULL);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(fa_frame_measure(a, 1), FA_OK);
    cleanups++;
}

/* Its stack is too large to be kept for another thread, and its thread-local storage goes with it. */
static void threads_end_while_the_allocator_does(void)
{
    pthread_attr_t large;
    setup();
    REQUIRE(pthread_barrier_init(&all_in, NULL, 2) == 0 && pthread_attr_init(&large) == 0);
    CHECK_EQ(pthread_attr_setstacksize(&large, (size_t)256 << 20), 0);
    REQUIRE(pthread_create(&short_lived, &large, use_and_end, NULL) == 0);
    (void)pthread_barrier_wait(&all_in);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, trim_once_it_has_ended, NULL), FA_OK);
    fa_allocator_release(a);
    CHECK_EQ(cleanups, 1);
    (void)pthread_attr_destroy(&large);
    (void)pthread_barrier_destroy(&all_in);
    check_gone();
}

static int rounds;

static void come_in_last_round(void *user)
{
    if (++rounds < PTHREAD_DESTRUCTOR_ITERATIONS)
        (void)pthread_setspecific(late_key, user);
    else
        CHECK(fa_pool_alloc(a, 64, 16) != NULL);
}

static void *come_late(void *user)
{
    (void)pthread_setspecific(late_key, &late_key);
    return user;
}

/* Nobody hears of its end, and its storage is gone. */
static void a_thread_may_come_in_the_last_round(void)
{
#ifdef __SANITIZE_THREAD__
    SKIP("the sanitizer's own state of the thread is gone in the last rounds");
#endif
    pthread_attr_t large;
    pthread_t late;
    setup();
    CHECK(fa_pool_alloc(a, 64, 16) != NULL);
    REQUIRE(pthread_key_create(&late_key, come_in_last_round) == 0 && pthread_attr_init(&large) == 0);
    CHECK_EQ(pthread_attr_setstacksize(&large, (size_t)256 << 20), 0);
    REQUIRE(pthread_create(&late, &large, come_late, NULL) == 0);
    (void)pthread_join(late, NULL);
    CHECK_EQ(rounds, PTHREAD_DESTRUCTOR_ITERATIONS);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(fa_frame_measure(a, 1), FA_OK);
    (void)pthread_key_delete(late_key);
    (void)pthread_attr_destroy(&large);
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_OK);
    check_gone();
}

/* Its memory is used again only after others have gone as well. */
static void a_stale_handle_is_known_for_some_time(void)
{
    enum { OTHERS = 16 };
    setup();
    fa_allocator *stale = a;
    fa_allocator_release(stale);
    for (int i = 0; i < OTHERS; i++) {
        fa_allocator *other = fa_allocator_create(NULL);
        CHECK(other != NULL && other != stale);
        CHECK(fa_pool_try_alloc(stale, 16, 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
        fa_allocator_release(stale);
        CHECK_EQ(fa_allocator_references(other), 1);
        fa_allocator_release(other);
    }
}

CHECK_MAIN(CASE(who_is_alone_destroys_at_once), CASE(another_reference_keeps_it), CASE(a_call_under_way_keeps_it),
           CASE(releasing_waits_for_a_call), CASE(a_thread_outside_keeps_nobody_waiting),
           CASE(nobody_ends_it_from_within_a_call), CASE(the_one_who_ends_it_may_use_it_meanwhile),
           CASE(threads_end_after_the_allocator), CASE(a_thread_that_ends_is_waited_for),
           CASE(thread_local_destructors_may_use_it), CASE(atexit_handlers_may_use_it),
           CASE(a_fork_forgets_who_was_inside), CASE(an_end_is_cut_off_by_a_fork),
           CASE(threads_end_while_the_allocator_does), CASE(a_thread_may_come_in_the_last_round),
           CASE(a_stale_handle_is_known_for_some_time))
