/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Workers meet at the boundary of every frame: each writes a result into its frame, arrives, and reads what the others
 * wrote for the same generation. All the while workers come, leave and end at random. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

enum { WORKERS = 6, GENERATIONS = 200000, FRAMES_MOST = 64, RESULT_BYTES = 256, TURNS = 4 };

/* What a worker made for a generation; the bytes lie in its frame. */
typedef struct result {
    uint64_t generation;
    const unsigned char *bytes;
} result;

static fa_allocator *a;
static fa_barrier b;
static uint64_t last_generation;
static result results[TURNS][WORKERS];
static atomic_ullong results_read;
static atomic_ullong frames_run;
static atomic_ullong ended_in_their_seat;

static uint64_t completed(void)
{
    return fa_barrier_generation(a, b);
}

static unsigned char value_of(unsigned worker, uint64_t generation)
{
    return (unsigned char)(generation * 31 + worker * 7 + 1);
}

static void write_result(unsigned me, uint64_t generation)
{
    unsigned char *bytes = fa_frame_alloc(a, RESULT_BYTES, 16);
    if (!CHECK(bytes != NULL))
        return;
    memset(bytes, value_of(me, generation), RESULT_BYTES);
    results[generation % TURNS][me] = (result){generation, bytes};
}

static void read_results(uint64_t generation)
{
    for (unsigned worker = 0; worker < WORKERS; worker++) {
        const result *r = &results[generation % TURNS][worker];
        if (r->generation != generation)
            continue;
        CHECK_EQ(r->bytes[0], value_of(worker, generation));
        CHECK_EQ(r->bytes[RESULT_BYTES - 1], value_of(worker, generation));
        atomic_fetch_add_explicit(&results_read, 1, memory_order_relaxed);
    }
}

static void wait_with_patience(dice *d)
{
    fa_status status;
    do
        status = fa_barrier_wait_timed(a, b, dice_below(d, 50000));
    while (status == FA_ERROR_TIMEOUT);
    CHECK_EQ(status, FA_OK);
}

/* One of the ways to arrive and wait, for the generation that is under way: it cannot complete without this worker. */
static void meet(dice *d, uint64_t expected)
{
    uint64_t generation = 0;
    CHECK_EQ(completed(), expected - 1);
    switch (dice_below(d, 3)) {
    case 0:
        CHECK_EQ(fa_barrier_wait(a, b), FA_OK);
        break;
    case 1:
        CHECK_EQ(fa_barrier_signal(a, b, &generation), FA_OK);
        CHECK_EQ(generation, expected);
        CHECK_EQ(fa_barrier_wait_for(a, b, generation, FA_FOREVER), FA_OK);
        break;
    default:
        wait_with_patience(d);
    }
    CHECK(completed() >= expected);
}

/* Results are written before one meeting and read before the next: odd generations and even ones. */
static void run_frame(unsigned me, dice *d)
{
    uint64_t generation = completed() + 1;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    write_result(me, generation);
    meet(d, generation);
    read_results(generation);
    meet(d, generation + 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    atomic_fetch_add_explicit(&frames_run, 1, memory_order_relaxed);
}

/* By itself or with the thread, having arrived or not. */
static void leave(dice *d)
{
    size_t way = dice_below(d, 4);
    if (way & 1)
        CHECK_EQ(fa_barrier_signal(a, b, NULL), FA_OK);
    if (way & 2)
        CHECK_EQ(fa_barrier_unregister(a, b), FA_OK);
    else
        atomic_fetch_add(&ended_in_their_seat, 1);
}

typedef struct worker_life {
    unsigned me;
    dice d;
} worker_life;

static void *live(void *user)
{
    worker_life *w = user;
    CHECK_EQ(fa_barrier_register(a, b), FA_OK);
    if (completed() % 2 != 0)
        meet(&w->d, completed() + 1);
    for (size_t frames = dice_below(&w->d, FRAMES_MOST); frames > 0; frames--)
        run_frame(w->me, &w->d);
    leave(&w->d);
    return NULL;
}

static void *employ(void *user)
{
    worker_life life = {*(unsigned *)user, {*(unsigned *)user + 1}};
    while (completed() < last_generation) {
        pthread_t thread;
        if (!CHECK(pthread_create(&thread, NULL, live, &life) == 0))
            return NULL;
        (void)pthread_join(thread, NULL);
    }
    return NULL;
}

static void check_end(void)
{
    fa_barrier_stats stats = FA_BARRIER_STATS_INIT;
    CHECK_EQ(fa_barrier_get_stats(a, b, &stats), FA_OK);
    CHECK_EQ(stats.participants, 0);
    CHECK_EQ(stats.arrived, 0);
    CHECK_EQ(stats.waiting, 0);
    CHECK_EQ(stats.lost, atomic_load(&ended_in_their_seat));
    CHECK(stats.generation >= last_generation);
    CHECK(stats.longest_wait_ns <= stats.wait_ns);
    CHECK(atomic_load(&results_read) > 0);
    printf("# %llu generations, %llu results read, %llu time-outs, %llu threads ended in their seat\n",
           (unsigned long long)stats.generation, (unsigned long long)atomic_load(&results_read),
           (unsigned long long)stats.timeouts, (unsigned long long)stats.lost);
}

static void an_engine_with_workers_that_come_and_go(void)
{
    pthread_t threads[WORKERS];
    unsigned numbers[WORKERS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_barrier_create(a, "engine", 0, &b), FA_OK);
    last_generation = scaled(GENERATIONS);
    for (unsigned i = 0; i < WORKERS; i++) {
        numbers[i] = i;
        REQUIRE(pthread_create(&threads[i], NULL, employ, &numbers[i]) == 0);
    }
    for (unsigned i = 0; i < WORKERS; i++)
        (void)pthread_join(threads[i], NULL);
    check_end();
    CHECK_EQ(figures(a).frame.live_count, 0);
    CHECK_EQ(fa_barrier_destroy(a, b), FA_OK);
    fa_allocator_release(a);
}

/* Made, met at and destroyed by threads that do not know of each other's progress. */
static void *meet_briefly(void *user)
{
    for (size_t round = scaled(GENERATIONS / 10); round > 0; round--) {
        fa_barrier own;
        CHECK_EQ(fa_barrier_create(a, NULL, 1, &own), FA_OK);
        CHECK_EQ(fa_barrier_wait(a, own), FA_OK);
        CHECK_EQ(fa_barrier_wait(a, b), FA_OK);
        CHECK_EQ(fa_barrier_destroy(a, own), FA_OK);
    }
    return user;
}

static void barriers_come_and_go(void)
{
    pthread_t threads[WORKERS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_barrier_create(a, "all", WORKERS, &b), FA_OK);
    for (unsigned i = 0; i < WORKERS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, meet_briefly, NULL) == 0);
    for (unsigned i = 0; i < WORKERS; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK(completed() >= scaled(GENERATIONS / 10));
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(an_engine_with_workers_that_come_and_go), CASE(barriers_come_and_go))
