/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

static fa_allocator *a;
static capture heard;

static void setup_with(const fa_config *config)
{
    a = fa_allocator_create(config);
    CHECK(a != NULL);
    capture_start(&heard, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void setup(void)
{
    setup_with(NULL);
}

/* False if the library was built without debug mode. */
static bool setup_debugging(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        return false;
    setup_with(&config);
    return true;
}

static void layout_is_frozen(void)
{
    CHECK_EQ(offsetof(fa_window, cursor), 0);
    CHECK_EQ(offsetof(fa_window, limit), sizeof(void *));
    CHECK_EQ(offsetof(fa_window, count), 2 * sizeof(void *));
    CHECK_EQ(offsetof(fa_window, allocator), 2 * sizeof(void *) + 8);
}

static void closing_gives_the_tail_back_exactly(void)
{
    setup();
    CHECK(fa_frame_alloc(a, 32, 16) != NULL);
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 10000), FA_OK);
    CHECK(fa_frame_used(a) >= 10000);
    for (size_t i = 0; i < 10; i++) {
        unsigned char *block = fa_window_alloc(&window, 33, 16);
        REQUIRE(block != NULL);
        CHECK(aligned_to(block, 16));
        memset(block, 1, 33);
    }
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(fa_frame_used(a), 32 + 10 * 48);
    CHECK(window.allocator == NULL);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 11);
    CHECK_EQ(stats.frame.live_bytes, 32 + 10 * 48);
    CHECK_EQ(stats.frame.peak_bytes, 32 + 10 * 48);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    fa_allocator_release(a);
}

static void every_alignment(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 0), FA_OK);
    for (size_t align = 1; align <= (size_t)1 << 21; align *= 2) {
        unsigned char *block = fa_window_alloc(&window, 40, opaque_size(align));
        REQUIRE(block != NULL);
        CHECK(aligned_to(block, align));
        memset(block, 1, 40);
    }
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 22);
    fa_allocator_release(a);
}

static void refills_across_chunks(void)
{
    enum { BLOCKS = 3000 };
    static unsigned char *blocks[BLOCKS];
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 5000), FA_OK);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = fa_window_alloc(&window, 1 + i % 900, 8);
        REQUIRE(blocks[i] != NULL);
        pattern_fill(blocks[i], 1 + i % 900, i);
    }
    CHECK_EQ(fa_window_close(&window), FA_OK);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK(pattern_holds(blocks[i], 1 + i % 900, 1 + i % 900, i));
    CHECK_EQ(figures(a).frame.live_count, BLOCKS);
    fa_allocator_release(a);
}

static void blocks_beyond_the_stretch(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 1024), FA_OK);
    unsigned char *big = fa_window_alloc(&window, 3000000, 16);
    REQUIRE(big != NULL);
    memset(big, 1, 3000000);
    void *empty = fa_window_alloc(&window, 0, 1);
    void *other = fa_window_alloc(&window, 0, 1);
    CHECK(empty != NULL && other != NULL && empty != other);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 3);
    fa_allocator_release(a);
}

static void other_allocations_may_come_between(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 4096), FA_OK);
    unsigned char *first = fa_window_alloc(&window, 100, 16);
    unsigned char *between = fa_frame_alloc(a, 100, 16);
    unsigned char *second = fa_window_alloc(&window, 100, 16);
    REQUIRE(first && between && second);
    pattern_fill(first, 100, 1);
    pattern_fill(between, 100, 2);
    pattern_fill(second, 100, 3);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    unsigned char *after = fa_frame_alloc(a, 5000, 16);
    REQUIRE(after != NULL);
    memset(after, 0xEE, 5000);
    CHECK(pattern_holds(first, 100, 100, 1));
    CHECK(pattern_holds(between, 100, 100, 2));
    CHECK(pattern_holds(second, 100, 100, 3));
    CHECK_EQ(figures(a).frame.live_count, 4);
    fa_allocator_release(a);
}

static void bad_requests_are_refused(void)
{
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX / 2 + 1};
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 4096), FA_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(fa_window_alloc(&window, opaque_size(sizes[i]), 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    }
    const size_t aligns[] = {0, 3, 5, 17, 24, (size_t)1 << 40, SIZE_MAX};
    for (size_t i = 0; i < sizeof aligns / sizeof *aligns; i++) {
        CHECK(fa_window_alloc(&window, 16, opaque_size(aligns[i])) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    }
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

static void closed_windows_give_nothing(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK(fa_window_alloc(&window, 16, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK(fa_window_alloc(&window, 0, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(fa_window_close(NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_window_open(a, &window, opaque_size(SIZE_MAX)), FA_ERROR_SIZE);
    CHECK(window.allocator == NULL);
    CHECK_EQ(fa_window_open(a, NULL, 0), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_window_open(NULL, &window, 0), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

static void stale_after_its_frame(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 128), FA_OK);
    CHECK(fa_window_alloc(&window, 64, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_window_alloc(&window, 4096, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&heard), 6);
    CHECK_EQ(fa_window_close(&window), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void *close_elsewhere(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_window_close(user), FA_ERROR_WRONG_LANE);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return NULL;
}

static void another_thread_cannot_close_it(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 4096), FA_OK);
    CHECK(fa_window_alloc(&window, 64, 16) != NULL);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, close_elsewhere, &window) == 0);
    (void)pthread_join(thread, NULL);
    CHECK(window.allocator == a);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(fa_frame_used(a), 64);
    fa_allocator_release(a);
}

static void rollback_under_an_open_window(void)
{
    setup();
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 256), FA_OK);
    CHECK(fa_window_alloc(&window, 64, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 1024, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 1024, 8);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    unsigned char *next = fa_frame_alloc(a, 1024, 16);
    REQUIRE(next != NULL);
    memset(next, 0xEE, 1024);
    CHECK(pattern_holds(block, 1024, 1024, 8));
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    CHECK_EQ(figures(a).frame.live_bytes, 0);
    fa_allocator_release(a);
}

static void window_respects_the_cap(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 8000;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_window window = FA_WINDOW_INIT;
    size_t count = 0;
    CHECK_EQ(fa_window_open(a, &window, 256), FA_OK);
    while (count < 10000 && fa_window_alloc(&window, 16, 16) != NULL)
        count++;
    CHECK_EQ(count, 500);
    CHECK_EQ(fa_last_status(), FA_ERROR_FRAME_CAP);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(fa_frame_used(a), 8000);
    fa_allocator_release(a);
}

static void check_refuses(fa_window *window, size_t size)
{
    size_t used = fa_frame_used(a);
    CHECK(fa_window_alloc(window, size, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&heard), 6);
    CHECK_EQ(fa_frame_used(a), used);
}

/* The refusal lasts, also when the frame has grown over the place. */
static void refill_after_a_rollback(void)
{
    setup();
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 256), FA_OK);
    CHECK(fa_window_alloc(&window, 64, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    check_refuses(&window, 1000);
    unsigned char *block = fa_frame_alloc(a, 4096, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 4096, 3);
    check_refuses(&window, 16);
    check_refuses(&window, 1000);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK(pattern_holds(block, 4096, 4096, 3));
    CHECK_EQ(figures(a).frame.live_count, 2);
    CHECK_EQ(fa_window_open(a, &window, 256), FA_OK);
    CHECK(fa_window_alloc(&window, 64, 16) != NULL);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 3);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void windows_around_a_rollback_go_on(void)
{
    setup();
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 256), FA_OK);
    unsigned char *kept = fa_window_alloc(&window, 100, 16);
    REQUIRE(kept != NULL);
    pattern_fill(kept, 100, 4);
    for (int i = 0; i < 100; i++) {
        fa_subframe scope;
        CHECK_EQ(fa_subframe_begin(a, &scope), FA_OK);
        CHECK(fa_frame_alloc(a, 10000, 16) != NULL);
        CHECK_EQ(fa_subframe_end(a, scope, NULL, NULL), FA_OK);
        unsigned char *next = fa_window_alloc(&window, 100, 16);
        REQUIRE(next != NULL);
        memset(next, 0xEE, 100);
    }
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK(pattern_holds(kept, 100, 100, 4));
    CHECK_EQ(figures(a).frame.live_count, 101);
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

static void debug_mode_refuses_at_once(void)
{
    if (!setup_debugging())
        SKIP("built without debug support");
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    fa_subframe scope;
    CHECK_EQ(fa_subframe_begin(a, &scope), FA_OK);
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 0), FA_OK);
    CHECK(fa_window_alloc(&window, 64, 16) != NULL);
    CHECK(fa_window_alloc(&window, 0, 16) != NULL);
    uint64_t blocks = 0;
    CHECK_EQ(fa_subframe_end(a, scope, NULL, &blocks), FA_OK);
    CHECK_EQ(blocks, 2);
    check_refuses(&window, 16);
    check_refuses(&window, 0);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 1);
    /* With 16 bytes of guard on either side. */
    CHECK_EQ(fa_frame_used(a), 96);
    fa_allocator_release(a);
}

static void debug_mode_gives_the_same_blocks(void)
{
    enum { BLOCKS = 500 };
    static unsigned char *blocks[BLOCKS];
    if (!setup_debugging())
        SKIP("built without debug support");
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 4096), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        fa_checkpoint checkpoint = fa_frame_checkpoint(a);
        CHECK(fa_frame_alloc(a, 3000, 16) != NULL);
        CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
        blocks[i] = fa_window_alloc(&window, 1 + i * 2, (size_t)1 << i % 8);
        REQUIRE(blocks[i] != NULL);
        CHECK(aligned_to(blocks[i], (size_t)1 << i % 8));
        pattern_fill(blocks[i], 1 + i * 2, i);
    }
    CHECK(fa_window_alloc(&window, opaque_size(SIZE_MAX), 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_window_alloc(&window, 16, opaque_size(3)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK(pattern_holds(blocks[i], 1 + i * 2, 1 + i * 2, i));
    CHECK_EQ(figures(a).frame.live_count, BLOCKS);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(layout_is_frozen), CASE(closing_gives_the_tail_back_exactly), CASE(every_alignment),
           CASE(refills_across_chunks), CASE(blocks_beyond_the_stretch), CASE(other_allocations_may_come_between),
           CASE(bad_requests_are_refused), CASE(closed_windows_give_nothing), CASE(stale_after_its_frame),
           CASE(another_thread_cannot_close_it), CASE(rollback_under_an_open_window), CASE(window_respects_the_cap),
           CASE(refill_after_a_rollback), CASE(windows_around_a_rollback_go_on), CASE(debug_mode_refuses_at_once),
           CASE(debug_mode_gives_the_same_blocks))
