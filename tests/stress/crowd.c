/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Several threads at once on one allocator: frames, blocks handed over, tokens released elsewhere. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <sched.h>

enum { PAIRS = 2, BELT = 256 };

/* Blocks on their way from a producer to a consumer. */
typedef struct belt {
    _Atomic(void *) places[BELT];
    size_t work;
} belt;

static fa_allocator *a;
static belt belts[PAIRS];

static size_t size_of(size_t number)
{
    return number % 100 == 0 ? 70000 : 8 + number * 13 % 2000;
}

static void *produce(void *user)
{
    belt *b = user;
    for (size_t i = 0; i < b->work; i++) {
        unsigned char *block = fa_alloc(a, FA_INTENT_AUTO, size_of(i), 16);
        if (!CHECK(block != NULL))
            return NULL;
        pattern_fill(block, size_of(i), i);
        while (atomic_load_explicit(&b->places[i % BELT], memory_order_acquire) != NULL)
            (void)sched_yield();
        atomic_store_explicit(&b->places[i % BELT], block, memory_order_release);
    }
    return NULL;
}

static void *consume(void *user)
{
    belt *b = user;
    for (size_t i = 0; i < b->work; i++) {
        void *block;
        while ((block = atomic_load_explicit(&b->places[i % BELT], memory_order_acquire)) == NULL)
            (void)sched_yield();
        CHECK(pattern_holds(block, size_of(i), size_of(i), i));
        atomic_store_explicit(&b->places[i % BELT], NULL, memory_order_release);
        CHECK_EQ(fa_release(a, block), FA_OK);
    }
    return NULL;
}

static void run_belts(size_t work)
{
    pthread_t threads[PAIRS][2];
    for (size_t i = 0; i < PAIRS; i++) {
        belts[i].work = work;
        REQUIRE(pthread_create(&threads[i][0], NULL, produce, &belts[i]) == 0);
        REQUIRE(pthread_create(&threads[i][1], NULL, consume, &belts[i]) == 0);
    }
    for (size_t i = 0; i < PAIRS; i++) {
        (void)pthread_join(threads[i][0], NULL);
        (void)pthread_join(threads[i][1], NULL);
    }
}

static void what_is_released_elsewhere_comes_back(void)
{
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    run_belts(scaled(200000));
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    CHECK(stats.deferred_frees > 0);
    CHECK(stats.reserved_peak_bytes < (size_t)64 << 20);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
}

typedef struct token_belt {
    _Atomic fa_frame_token tokens[BELT];
    atomic_bool done;
} token_belt;

static token_belt tokens;
static atomic_uint cleanups;

static void count_cleanup(void *block)
{
    CHECK(pattern_holds(block, 3000, 3000, 5));
    atomic_fetch_add(&cleanups, 1);
}

static void *release_tokens(void *user)
{
    size_t work = *(size_t *)user;
    for (size_t i = 0; i < work; i++) {
        fa_frame_token token;
        while ((token = atomic_exchange(&tokens.tokens[i % BELT], 0)) == 0)
            (void)sched_yield();
        CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    }
    return NULL;
}

static void hold_a_frame(size_t number)
{
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *block = fa_frame_alloc(a, 3000, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 3000, 5);
    CHECK_EQ(fa_frame_cleanup(a, count_cleanup, block), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    while (atomic_load(&tokens.tokens[number % BELT]) != 0)
        (void)sched_yield();
    atomic_store(&tokens.tokens[number % BELT], token);
}

static void tokens_change_threads(void)
{
    size_t work = scaled(20000);
    pthread_t thread;
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    atomic_store(&cleanups, 0);
    REQUIRE(pthread_create(&thread, NULL, release_tokens, &work) == 0);
    for (size_t i = 0; i < work; i++)
        hold_a_frame(i);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(atomic_load(&cleanups), work);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.frame.live_count, 0);
    CHECK_EQ(stats.frame.live_bytes, 0);
    CHECK(stats.reserved_peak_bytes < (size_t)256 << 20);
    fa_allocator_release(a);
}

static atomic_bool finished;

static void *play(void *user)
{
    dice d = {*(size_t *)user};
    for (size_t frame = scaled(2000); frame > 0; frame--) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        unsigned char *first = fa_frame_alloc(a, 1000, 16);
        if (!CHECK(first != NULL))
            return NULL;
        pattern_fill(first, 1000, frame);
        for (size_t i = dice_below(&d, 50); i > 0; i--) {
            CHECK(fa_frame_alloc_ahead(a, (uint32_t)dice_below(&d, 8), dice_size(&d, 12), 16) != NULL);
            CHECK_EQ(fa_release(a, fa_alloc(a, FA_INTENT_AUTO, dice_size(&d, 17), 16)), FA_OK);
        }
        CHECK(pattern_holds(first, 1000, 1000, frame));
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    return NULL;
}

static void *watch(void *user)
{
    while (!atomic_load(&finished)) {
        fa_stats stats = FA_STATS_INIT;
        CHECK_EQ(fa_allocator_stats(a, &stats), FA_OK);
        CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
        (void)sched_yield();
    }
    return user;
}

static void readers_and_trimmers_disturb_nobody(void)
{
    enum { PLAYERS = 3 };
    pthread_t players[PLAYERS];
    pthread_t watcher;
    size_t seeds[PLAYERS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    atomic_store(&finished, false);
    REQUIRE(pthread_create(&watcher, NULL, watch, NULL) == 0);
    for (size_t i = 0; i < PLAYERS; i++) {
        seeds[i] = i;
        REQUIRE(pthread_create(&players[i], NULL, play, &seeds[i]) == 0);
    }
    for (size_t i = 0; i < PLAYERS; i++)
        (void)pthread_join(players[i], NULL);
    atomic_store(&finished, true);
    (void)pthread_join(watcher, NULL);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(what_is_released_elsewhere_comes_back), CASE(tokens_change_threads),
           CASE(readers_and_trimmers_disturb_nobody))
