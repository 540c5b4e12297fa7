/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Frame barriers: who takes part, when a generation completes, and who is told off. */
#include "capture.h"
#include "child.h"
#include "worker.h"

#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static fa_allocator *a;
static fa_barrier b;
static capture reports;

static void setup(uint32_t seats)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
    CHECK_EQ(fa_barrier_create(a, "frame", seats, &b), FA_OK);
}

/* Also says that nothing was reported that the test did not look at. */
static void teardown(void)
{
    CHECK_EQ(capture_code(&reports), 0);
    fa_allocator_release(a);
}

static uint64_t completed(void)
{
    return fa_barrier_generation(a, b);
}

static fa_barrier_stats stats(void)
{
    fa_barrier_stats out = FA_BARRIER_STATS_INIT;
    CHECK_EQ(fa_barrier_get_stats(a, b, &out), FA_OK);
    return out;
}

static void check_count(uint32_t participants, uint32_t arrived)
{
    CHECK_EQ(stats().participants, participants);
    CHECK_EQ(stats().arrived, arrived);
}

/* The status was expected, and reported as misuse of a barrier. */
static void check_misuse(fa_status status, fa_status expected)
{
    CHECK_EQ(status, expected);
    CHECK_EQ(fa_last_status(), expected);
    CHECK_EQ(capture_code(&reports), 206);
}

typedef fa_status (*function)(fa_allocator *a, fa_barrier barrier);

/* A call by another thread. */
typedef struct call {
    function function;
    fa_status status;
} call;

static fa_status arrive(fa_allocator *of, fa_barrier barrier)
{
    return fa_barrier_signal(of, barrier, NULL);
}

static fa_status look(fa_allocator *of, fa_barrier barrier)
{
    return fa_barrier_wait_timed(of, barrier, 0);
}

static fa_status watch_second(fa_allocator *of, fa_barrier barrier)
{
    return fa_barrier_wait_for(of, barrier, 2, FA_FOREVER);
}

static void run_call(void *user)
{
    call *c = user;
    c->status = c->function(a, b);
}

static fa_status on(worker *w, function called)
{
    call c = {called, FA_OK};
    worker_do(w, run_call, &c);
    return c.status;
}

static void await_waiting(uint32_t callers)
{
    while (stats().waiting != callers)
        (void)sched_yield();
}

static void alone(void)
{
    uint64_t generation = 0;
    setup(1);
    CHECK_EQ(completed(), 0);
    check_count(1, 0);
    CHECK_EQ(fa_barrier_signal(a, b, &generation), FA_OK);
    CHECK_EQ(generation, 1);
    CHECK_EQ(completed(), 1);
    CHECK_EQ(fa_barrier_wait(a, b), FA_OK);
    CHECK_EQ(completed(), 2);
    CHECK_EQ(fa_barrier_wait(a, b), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK_EQ(completed(), 4);
    check_count(1, 0);
    CHECK_EQ(stats().arrivals, 4);
    teardown();
}

static void all_have_to_arrive(void)
{
    worker workers[2];
    call calls[2] = {{fa_barrier_wait, FA_ERROR_STATE}, {fa_barrier_wait, FA_ERROR_STATE}};
    setup(3);
    for (uint32_t i = 0; i < 2; i++) {
        worker_start(&workers[i]);
        worker_begin(&workers[i], run_call, &calls[i]);
        await_waiting(i + 1);
        check_count(3, i + 1);
        CHECK_EQ(completed(), 0);
    }
    CHECK(worker_busy(&workers[0]) && worker_busy(&workers[1]));
    CHECK_EQ(fa_barrier_wait(a, b), FA_OK);
    CHECK_EQ(completed(), 1);
    for (int i = 0; i < 2; i++) {
        worker_end(&workers[i]);
        CHECK_EQ(calls[i].status, FA_OK);
    }
    teardown();
}

static void signal_work_wait(void)
{
    worker w;
    uint64_t generation = 0;
    setup(2);
    worker_start(&w);
    CHECK_EQ(fa_barrier_signal(a, b, &generation), FA_OK);
    CHECK_EQ(generation, 1);
    CHECK_EQ(fa_barrier_wait_for(a, b, generation, 0), FA_ERROR_TIMEOUT);
    CHECK_EQ(on(&w, arrive), FA_OK);
    CHECK_EQ(fa_barrier_wait_for(a, b, generation, FA_FOREVER), FA_OK);
    CHECK_EQ(fa_barrier_wait_for(a, b, generation, 0), FA_OK);
    CHECK_EQ(fa_barrier_wait_for(a, b, 0, 0), FA_OK);
    worker_end(&w);
    teardown();
}

static void once_in_a_generation(void)
{
    uint64_t generation = 77;
    setup(2);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    check_misuse(fa_barrier_signal(a, b, &generation), FA_ERROR_STATE);
    CHECK_EQ(generation, 77);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 1), FA_ERROR_TIMEOUT);
    check_misuse(fa_barrier_signal(a, b, &generation), FA_ERROR_STATE);
    check_count(2, 1);
    CHECK_EQ(stats().arrivals, 1);
    teardown();
}

static void seats_belong_to_who_came_first(void)
{
    worker workers[2];
    setup(2);
    for (int i = 0; i < 2; i++) {
        worker_start(&workers[i]);
        CHECK_EQ(on(&workers[i], arrive), FA_OK);
    }
    CHECK_EQ(completed(), 1);
    check_misuse(fa_barrier_signal(a, b, NULL), FA_ERROR_FULL);
    check_misuse(fa_barrier_wait(a, b), FA_ERROR_FULL);
    for (int i = 1; i >= 0; i--)
        CHECK_EQ(on(&workers[i], arrive), FA_OK);
    CHECK_EQ(completed(), 2);
    CHECK_EQ(on(&workers[0], fa_barrier_unregister), FA_OK);
    check_misuse(fa_barrier_signal(a, b, NULL), FA_ERROR_FULL);
    check_count(1, 0);
    worker_end(&workers[0]);
    worker_end(&workers[1]);
    teardown();
}

static void registering_at_any_time(void)
{
    worker w;
    setup(0);
    check_count(0, 0);
    check_misuse(fa_barrier_signal(a, b, NULL), FA_ERROR_FULL);
    CHECK_EQ(fa_barrier_unregister(a, b), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    CHECK_EQ(fa_barrier_register(a, b), FA_ERROR_EXISTS);
    check_count(1, 0);
    worker_start(&w);
    CHECK_EQ(on(&w, fa_barrier_register), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    check_count(2, 1);
    CHECK_EQ(completed(), 0);
    CHECK_EQ(on(&w, fa_barrier_unregister), FA_OK);
    CHECK_EQ(completed(), 1);
    check_count(1, 0);
    CHECK_EQ(fa_barrier_unregister(a, b), FA_OK);
    CHECK_EQ(completed(), 2);
    worker_end(&w);
    CHECK_EQ(stats().lost, 0);
    teardown();
}

/* The one who arrived and left is neither waited for nor counted twice. */
static void leaving_after_arriving(void)
{
    worker w;
    uint64_t generation = 0;
    setup(0);
    worker_start(&w);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    CHECK_EQ(on(&w, fa_barrier_register), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, &generation), FA_OK);
    CHECK_EQ(fa_barrier_unregister(a, b), FA_OK);
    check_count(1, 0);
    CHECK_EQ(fa_barrier_wait_for(a, b, generation, 0), FA_ERROR_TIMEOUT);
    CHECK_EQ(on(&w, arrive), FA_OK);
    CHECK_EQ(fa_barrier_wait_for(a, b, generation, 0), FA_OK);
    CHECK_EQ(on(&w, fa_barrier_wait), FA_OK);
    CHECK_EQ(completed(), 2);
    worker_end(&w);
    teardown();
}

static void leaving_wakes_who_waits(void)
{
    worker w;
    call c = {fa_barrier_wait, FA_ERROR_STATE};
    setup(2);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK_EQ(fa_barrier_unregister(a, b), FA_OK);
    worker_start(&w);
    worker_begin(&w, run_call, &c);
    await_waiting(1);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    worker_finish(&w);
    CHECK_EQ(c.status, FA_OK);
    worker_begin(&w, run_call, &c);
    await_waiting(1);
    CHECK_EQ(fa_barrier_unregister(a, b), FA_OK);
    worker_finish(&w);
    CHECK_EQ(c.status, FA_OK);
    CHECK_EQ(completed(), 2);
    worker_end(&w);
    teardown();
}

static void a_thread_that_ends_leaves(void)
{
    worker workers[2];
    call c = {fa_barrier_wait, FA_ERROR_STATE};
    setup(2);
    worker_start(&workers[0]);
    worker_start(&workers[1]);
    CHECK_EQ(on(&workers[1], fa_barrier_register), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    worker_begin(&workers[0], run_call, &c);
    await_waiting(1);
    check_count(3, 2);
    worker_end(&workers[1]);
    worker_finish(&workers[0]);
    CHECK_EQ(c.status, FA_OK);
    check_count(2, 0);
    CHECK_EQ(on(&workers[0], arrive), FA_OK);
    worker_end(&workers[0]);
    check_count(1, 0);
    CHECK_EQ(completed(), 1);
    CHECK_EQ(stats().lost, 2);
    teardown();
}

/* Its lane may be adopted by the next thread, which has no part in what the first one took part in. */
static void a_lane_is_adopted_without_its_seats(void)
{
    worker w;
    setup(1);
    worker_start(&w);
    CHECK_EQ(on(&w, arrive), FA_OK);
    worker_end(&w);
    worker_start(&w);
    CHECK_EQ(on(&w, arrive), FA_ERROR_FULL);
    CHECK_EQ(capture_code(&reports), 206);
    CHECK_EQ(on(&w, fa_barrier_register), FA_OK);
    CHECK_EQ(on(&w, arrive), FA_OK);
    worker_end(&w);
    CHECK_EQ(fa_lane_count(a), 1);
    teardown();
}

static void lanes_in_hand_keep_their_seats(void)
{
    setup(0);
    fa_lane *fibers[2] = {fa_lane_create(a, "one"), fa_lane_create(a, "two")};
    uint64_t generation = 0;
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(fa_lane_bind(a, fibers[i], NULL), FA_OK);
        CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    }
    CHECK_EQ(fa_lane_bind(a, fibers[0], NULL), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, &generation), FA_OK);
    CHECK_EQ(fa_lane_bind(a, fibers[1], NULL), FA_OK);
    check_count(2, 1);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK_EQ(fa_lane_bind(a, fibers[0], NULL), FA_OK);
    CHECK_EQ(fa_barrier_wait_for(a, b, generation, 0), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK_EQ(completed(), 1);
    CHECK_EQ(fa_lane_release(a, fibers[1]), FA_OK);
    CHECK_EQ(completed(), 2);
    check_count(1, 0);
    CHECK_EQ(stats().lost, 1);
    teardown();
}

static void time_outs_stay_arrivals(void)
{
    worker w;
    setup(2);
    worker_start(&w);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_ERROR_TIMEOUT);
    CHECK_EQ(fa_last_status(), FA_ERROR_TIMEOUT);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 1000), FA_ERROR_TIMEOUT);
    check_count(2, 1);
    check_misuse(fa_barrier_signal(a, b, NULL), FA_ERROR_STATE);
    CHECK_EQ(on(&w, arrive), FA_OK);
    CHECK_EQ(completed(), 1);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_OK);
    check_count(2, 0);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_ERROR_TIMEOUT);
    check_count(2, 1);
    CHECK_EQ(fa_barrier_wait_for(a, b, 2, 0), FA_ERROR_TIMEOUT);
    CHECK_EQ(on(&w, look), FA_OK);
    CHECK_EQ(fa_barrier_wait(a, b), FA_OK);
    check_count(2, 0);
    CHECK_EQ(completed(), 2);
    CHECK_EQ(stats().timeouts, 4);
    worker_end(&w);
    teardown();
}

/* What has been seen complete is not waited for again: the next wait is an arrival. */
static void a_time_out_is_made_good_once(void)
{
    worker w;
    setup(2);
    worker_start(&w);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_ERROR_TIMEOUT);
    CHECK_EQ(on(&w, arrive), FA_OK);
    CHECK_EQ(fa_barrier_wait_for(a, b, 1, 0), FA_OK);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_ERROR_TIMEOUT);
    check_count(2, 1);
    CHECK_EQ(on(&w, arrive), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    check_count(2, 1);
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_ERROR_TIMEOUT);
    check_count(2, 1);
    worker_end(&w);
    teardown();
}

/* Who signalled and left can still wait, even if everybody else leaves, too. */
static void the_last_one_who_leaves_completes(void)
{
    worker w;
    setup(0);
    worker_start(&w);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    CHECK_EQ(on(&w, fa_barrier_register), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK_EQ(fa_barrier_unregister(a, b), FA_OK);
    CHECK_EQ(completed(), 0);
    worker_end(&w);
    CHECK_EQ(fa_barrier_wait_for(a, b, 1, FA_FOREVER), FA_OK);
    check_count(0, 0);
    teardown();
}

static void anybody_may_watch(void)
{
    worker w;
    call c = {watch_second, FA_ERROR_STATE};
    setup(1);
    worker_start(&w);
    worker_begin(&w, run_call, &c);
    await_waiting(1);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK(worker_busy(&w));
    CHECK_EQ(stats().waiting, 1);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    worker_end(&w);
    CHECK_EQ(c.status, FA_OK);
    check_count(1, 0);
    teardown();
}

static void nobody_waits_for_himself(void)
{
    setup(1);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    check_misuse(fa_barrier_wait_for(a, b, 1, FA_FOREVER), FA_ERROR_STATE);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    check_misuse(fa_barrier_wait_for(a, b, 2, FA_FOREVER), FA_ERROR_STATE);
    check_misuse(fa_barrier_wait_for(a, b, UINT64_MAX, FA_FOREVER), FA_ERROR_STATE);
    CHECK_EQ(fa_barrier_wait_for(a, b, 1, 0), FA_ERROR_TIMEOUT);
    teardown();
}

static void destroying(void)
{
    worker w;
    call c = {fa_barrier_wait, FA_ERROR_STATE};
    fa_barrier other = 0;
    setup(2);
    worker_start(&w);
    worker_begin(&w, run_call, &c);
    await_waiting(1);
    check_misuse(fa_barrier_destroy(a, b), FA_ERROR_BUSY);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    worker_finish(&w);
    CHECK_EQ(c.status, FA_OK);
    CHECK_EQ(fa_barrier_create(a, NULL, 1, &other), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, other, NULL), FA_OK);
    CHECK_EQ(fa_barrier_destroy(a, b), FA_OK);
    CHECK_EQ(fa_barrier_signal(a, other, NULL), FA_OK);
    worker_end(&w);
    CHECK_EQ(fa_barrier_destroy(a, other), FA_OK);
    teardown();
}

static void names_are_copied(void)
{
    char name[] = "0123456789012345678901234567890123456789012345678901234567890123456789";
    fa_barrier_stats out = FA_BARRIER_STATS_INIT;
    fa_barrier named[2] = {0, 0};
    setup(1);
    CHECK_TEXT(stats().name, "frame");
    CHECK_EQ(fa_barrier_create(a, name, 1, &named[0]), FA_OK);
    CHECK_EQ(fa_barrier_create(a, NULL, FA_BARRIER_SEATS_MAX, &named[1]), FA_OK);
    memset(name, 'x', sizeof name - 1);
    CHECK_EQ(fa_barrier_get_stats(a, named[0], &out), FA_OK);
    CHECK_TEXT(out.name, "012345678901234567890123456789012345678901234567890123456789012");
    CHECK_EQ(fa_barrier_get_stats(a, named[1], &out), FA_OK);
    CHECK_TEXT(out.name, "");
    CHECK_EQ(out.participants, 65535);
    teardown();
}

static void figures_add_up(void)
{
    worker w;
    call c = {fa_barrier_wait, FA_ERROR_STATE};
    setup(2);
    worker_start(&w);
    for (int i = 0; i < 3; i++) {
        worker_begin(&w, run_call, &c);
        await_waiting(1);
        CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
        worker_finish(&w);
    }
    CHECK_EQ(fa_barrier_wait_timed(a, b, 0), FA_ERROR_TIMEOUT);
    fa_barrier_stats out = stats();
    CHECK_EQ(out.generation, 3);
    CHECK_EQ(out.arrivals, 7);
    CHECK_EQ(out.waits, 4);
    CHECK_EQ(out.timeouts, 1);
    CHECK_EQ(out.waiting, 0);
    CHECK_EQ(out.arrived, 1);
    CHECK(out.longest_wait_ns > 0);
    CHECK(out.wait_ns > out.longest_wait_ns);
    CHECK(out.wait_ns <= 4 * out.longest_wait_ns);
    worker_end(&w);
    teardown();
}

static void *last_reference(void *user)
{
    fa_allocator_release(a);
    return user;
}

static void the_end_wakes_all(void)
{
    worker workers[2];
    pthread_t releaser;
    call calls[2] = {{fa_barrier_wait, FA_OK}, {watch_second, FA_OK}};
    setup(2);
    for (uint32_t i = 0; i < 2; i++) {
        worker_start(&workers[i]);
        worker_begin(&workers[i], run_call, &calls[i]);
        await_waiting(i + 1);
    }
    CHECK_EQ(fa_allocator_destroy(a, 0), FA_ERROR_BUSY);
    CHECK_EQ(capture_code(&reports), 212);
    CHECK_EQ(stats().waiting, 2);
    CHECK(pthread_create(&releaser, NULL, last_reference, NULL) == 0);
    for (uint32_t i = 0; i < 2; i++) {
        worker_end(&workers[i]);
        CHECK_EQ(calls[i].status, FA_ERROR_INVALID_ALLOCATOR);
    }
    (void)pthread_join(releaser, NULL);
    CHECK_EQ(fa_allocator_id(a), 0);
}

static fa_status at_the_end;
static fa_barrier at_the_end_of;

static void wait_in_cleanup(void *user)
{
    (void)user;
    at_the_end = fa_barrier_wait(a, at_the_end_of);
}

/* Whoever could wake it is gone. */
static void a_cleanup_function_at_the_end_does_not_wait(void)
{
    setup(2);
    at_the_end_of = b;
    at_the_end = FA_OK;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, wait_in_cleanup, NULL), FA_OK);
    teardown();
    CHECK_EQ(at_the_end, FA_ERROR_INVALID_ALLOCATOR);
}

static void arrive_in_cleanup(void *user)
{
    CHECK_EQ(fa_barrier_signal(a, b, user), FA_OK);
}

static void end_thread_with_frame(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, arrive_in_cleanup, user), FA_OK);
}

/* The seat that a cleanup function takes goes with the lane. */
static void a_cleanup_function_arrives(void)
{
    worker w;
    uint64_t generation = 0;
    setup(2);
    worker_start(&w);
    worker_do(&w, end_thread_with_frame, &generation);
    worker_end(&w);
    CHECK_EQ(generation, 1);
    check_count(1, 0);
    CHECK_EQ(stats().lost, 1);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    CHECK_EQ(completed(), 1);
    teardown();
}

static int in_child(void)
{
    if (stats().participants != 2 || stats().arrived != 1)
        return 2;
    if (stats().waiting != 0 || stats().lost != 2)
        return 3;
    if (fa_barrier_wait_for(a, b, 1, 0) != FA_ERROR_TIMEOUT || fa_barrier_unregister(a, b) != FA_OK)
        return 4;
    if (fa_barrier_register(a, b) != FA_OK || fa_barrier_destroy(a, b) != FA_OK)
        return 5;
    return atomic_load(&check_failures) == 0 ? 0 : 6;
}

/* The forking thread stays, and so does the lane in hand; who waits and who runs elsewhere have left. */
static void a_fork_takes_only_who_forks(void)
{
    worker workers[2];
    call c = {fa_barrier_wait, FA_ERROR_STATE};
    setup(0);
    fa_lane *fiber = fa_lane_create(a, "fiber");
    fa_lane *own = NULL;
    (void)fa_lane_current(a);
    CHECK_EQ(fa_lane_bind(a, fiber, &own), FA_OK);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    CHECK_EQ(fa_lane_bind(a, own, &fiber), FA_OK);
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    for (int i = 0; i < 2; i++) {
        worker_start(&workers[i]);
        CHECK_EQ(on(&workers[i], fa_barrier_register), FA_OK);
    }
    worker_begin(&workers[0], run_call, &c);
    await_waiting(1);
    CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        child_end(in_child());
    CHECK_EQ(child_await(child), 0);
    check_count(4, 2);
    worker_end(&workers[1]);
    CHECK_EQ(fa_lane_release(a, fiber), FA_OK);
    worker_end(&workers[0]);
    CHECK_EQ(c.status, FA_OK);
    teardown();
}

static void check_refused_everywhere(fa_allocator *of, fa_barrier barrier, fa_status expected)
{
    uint64_t generation = 77;
    fa_barrier_stats out = FA_BARRIER_STATS_INIT;
    CHECK_EQ(fa_barrier_destroy(of, barrier), expected);
    CHECK_EQ(fa_barrier_register(of, barrier), expected);
    CHECK_EQ(fa_barrier_unregister(of, barrier), expected);
    CHECK_EQ(fa_barrier_signal(of, barrier, &generation), expected);
    CHECK_EQ(fa_barrier_wait(of, barrier), expected);
    CHECK_EQ(fa_barrier_wait_timed(of, barrier, 0), expected);
    CHECK_EQ(fa_barrier_wait_for(of, barrier, 0, 0), expected);
    CHECK_EQ(fa_barrier_get_stats(of, barrier, &out), expected);
    fa_clear_last_status();
    CHECK_EQ(fa_barrier_generation(of, barrier), 0);
    CHECK_EQ(fa_last_status(), expected);
    CHECK_EQ(generation, 77);
}

static void bad_input(void)
{
    fa_barrier none = 5;
    setup(1);
    fa_allocator *other = fa_allocator_create(NULL);
    capture_mute(other);
    fa_barrier_stats out = FA_BARRIER_STATS_INIT;
    out.struct_size = 4;
    CHECK_EQ(fa_barrier_create(a, "x", FA_BARRIER_SEATS_MAX + 1, &none), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_barrier_create(a, "x", UINT32_MAX, &none), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_barrier_create(a, "x", 1, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&reports), 903);
    CHECK_EQ(fa_barrier_create(opaque(NULL), "x", 1, &none), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(none, 5);
    CHECK_EQ(fa_barrier_get_stats(a, b, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_barrier_get_stats(a, b, &out), FA_ERROR_STRUCT_SIZE);
    (void)capture_code(&reports);
    check_refused_everywhere(a, 0, FA_ERROR_STALE);
    check_refused_everywhere(a, UINT64_MAX, FA_ERROR_STALE);
    CHECK_EQ(capture_code(&reports), 206);
    check_refused_everywhere(other, b, FA_ERROR_STALE);
    check_refused_everywhere(opaque(NULL), b, FA_ERROR_INVALID_ALLOCATOR);
    check_count(1, 0);
    CHECK_EQ(fa_barrier_destroy(a, b), FA_OK);
    check_refused_everywhere(a, b, FA_ERROR_STALE);
    fa_allocator_release(other);
    teardown();
    check_refused_everywhere(a, b, FA_ERROR_INVALID_ALLOCATOR);
}

CHECK_MAIN(CASE(alone), CASE(all_have_to_arrive), CASE(signal_work_wait), CASE(once_in_a_generation),
           CASE(seats_belong_to_who_came_first), CASE(registering_at_any_time), CASE(leaving_after_arriving),
           CASE(leaving_wakes_who_waits), CASE(a_thread_that_ends_leaves), CASE(a_lane_is_adopted_without_its_seats),
           CASE(lanes_in_hand_keep_their_seats), CASE(time_outs_stay_arrivals), CASE(a_time_out_is_made_good_once),
           CASE(the_last_one_who_leaves_completes), CASE(anybody_may_watch), CASE(nobody_waits_for_himself),
           CASE(destroying), CASE(names_are_copied), CASE(figures_add_up), CASE(the_end_wakes_all),
           CASE(a_cleanup_function_at_the_end_does_not_wait), CASE(a_cleanup_function_arrives),
           CASE(a_fork_takes_only_who_forks), CASE(bad_input))
