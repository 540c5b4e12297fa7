/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks that change threads, and threads that end before their blocks. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

enum { BLOCKS = 3000 };

static fa_allocator *a;
static unsigned char *blocks[BLOCKS];

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
}

static void in_thread(void *(*run)(void *))
{
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, run, NULL) == 0);
    (void)pthread_join(thread, NULL);
}

static size_t size_of(size_t index)
{
    return index % 50 == 0 ? 100000 : index * 7 % 5000;
}

static void *allocate_all(void *user)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = fa_alloc(a, FA_INTENT_AUTO, size_of(i), 16);
        if (!CHECK(blocks[i] != NULL))
            return NULL;
        pattern_fill(blocks[i], size_of(i), i);
    }
    return user;
}

static void *release_all(void *user)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(pattern_holds(blocks[i], size_of(i), size_of(i), i));
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
    return user;
}

static void check_nothing_lives(void)
{
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.pool.live_bytes, 0);
    CHECK_EQ(stats.heap.live_count, 0);
    CHECK_EQ(stats.heap.live_bytes, 0);
    CHECK_EQ(stats.deferred_pending, 0);
}

static void blocks_outlive_their_thread(void)
{
    setup();
    in_thread(allocate_all);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, BLOCKS);
    (void)release_all(NULL);
    check_nothing_lives();
    CHECK_EQ(figures(a).pages, 0);
    fa_allocator_release(a);
}

static void another_thread_releases(void)
{
    setup();
    (void)allocate_all(NULL);
    in_thread(release_all);
    CHECK(figures(a).deferred_frees > 0);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void released_elsewhere_is_used_again(void)
{
    setup();
    (void)allocate_all(NULL);
    uint64_t pages = figures(a).pages;
    in_thread(release_all);
    (void)allocate_all(NULL);
    CHECK(figures(a).pages <= pages + 1);
    CHECK_EQ(figures(a).pool.live_count + figures(a).heap.live_count, BLOCKS);
    (void)release_all(NULL);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void *release_one(void *user)
{
    CHECK_EQ(fa_release(a, blocks[0]), FA_OK);
    return user;
}

static void a_thread_whose_first_call_is_a_release(void)
{
    const size_t sizes[] = {8, 4096, 50000, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        setup();
        blocks[0] = fa_alloc(a, FA_INTENT_AUTO, sizes[i], 16);
        in_thread(release_one);
        check_nothing_lives();
        fa_allocator_release(a);
    }
}

static void *realloc_one(void *user)
{
    blocks[0] = fa_realloc(a, blocks[0], 50000, 16);
    return user;
}

static void another_thread_resizes(void)
{
    setup();
    blocks[0] = fa_pool_alloc(a, 100, 16);
    REQUIRE(blocks[0] != NULL);
    pattern_fill(blocks[0], 100, 3);
    in_thread(realloc_one);
    REQUIRE(blocks[0] != NULL);
    CHECK(pattern_holds(blocks[0], 100, 100, 3));
    CHECK_EQ(fa_release(a, blocks[0]), FA_OK);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void *make_and_release_allocator(void *user)
{
    fa_allocator_release(user);
    return NULL;
}

static void another_thread_releases_the_allocator(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, make_and_release_allocator, a) == 0);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(fa_allocator_references(a), 0);
    CHECK(fa_frame_try_alloc(a, 64, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
    setup();
    CHECK_EQ(fa_frame_active(a), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(blocks_outlive_their_thread), CASE(another_thread_releases), CASE(released_elsewhere_is_used_again),
           CASE(a_thread_whose_first_call_is_a_release), CASE(another_thread_resizes),
           CASE(another_thread_releases_the_allocator))
