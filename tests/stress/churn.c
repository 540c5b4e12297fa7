/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Thousands of short threads: lanes are adopted, and nothing is left behind. */
#include "capture.h"
#include "clock.h"
#include "figures.h"

#include <pthread.h>

enum { THREADS = 3000, AT_ONCE = 4 };

static fa_allocator *a;
static atomic_uint cleaned;

static void count_cleanup(void *user)
{
    (void)user;
    atomic_fetch_add(&cleaned, 1);
}

static void *short_life(void *inherited)
{
    CHECK_EQ(fa_release(a, inherited), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_cleanup(a, count_cleanup, NULL), FA_OK);
    char *frame = fa_frame_alloc(a, 5000, 16);
    if (CHECK(frame != NULL))
        memset(frame, 1, 5000);
    CHECK_EQ(fa_release(a, fa_heap_alloc(a, 100000, 16)), FA_OK);
    return fa_pool_alloc(a, 200, 16);
}

static void lanes_stay_bounded(void)
{
    void *legacy[AT_ONCE] = {NULL};
    pthread_t threads[AT_ONCE];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    atomic_store(&cleaned, 0);
    size_t rounds = scaled(THREADS / AT_ONCE);
    for (size_t round = 0; round < rounds; round++) {
        for (int i = 0; i < AT_ONCE; i++)
            REQUIRE(pthread_create(&threads[i], NULL, short_life, legacy[i]) == 0);
        for (int i = 0; i < AT_ONCE; i++)
            (void)pthread_join(threads[i], &legacy[i]);
    }
    CHECK(fa_lane_count(a) <= AT_ONCE);
    CHECK_EQ(atomic_load(&cleaned), rounds * AT_ONCE);
    CHECK_EQ(figures(a).pool.live_count, AT_ONCE);
    for (int i = 0; i < AT_ONCE; i++)
        CHECK_EQ(fa_release(a, legacy[i]), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count + stats.frame.live_count, 0);
    CHECK_EQ(stats.reserved_bytes, 0);
    fa_allocator_release(a);
}

static void *own_allocator(void *user)
{
    for (size_t i = scaled(300); i > 0; i--) {
        fa_allocator *own = fa_allocator_create(NULL);
        if (!CHECK(own != NULL))
            return user;
        CHECK_EQ(fa_frame_begin(own), FA_OK);
        CHECK(fa_frame_alloc(own, 1000, 16) != NULL);
        CHECK(fa_pool_alloc(own, 100, 16) != NULL);
        CHECK_EQ(fa_release(a, fa_pool_alloc(a, 100, 16)), FA_OK);
        fa_allocator_release(own);
    }
    return user;
}

static void allocators_come_and_go(void)
{
    pthread_t threads[AT_ONCE];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    for (int i = 0; i < AT_ONCE; i++)
        REQUIRE(pthread_create(&threads[i], NULL, own_allocator, NULL) == 0);
    for (int i = 0; i < AT_ONCE; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(lanes_stay_bounded), CASE(allocators_come_and_go))
