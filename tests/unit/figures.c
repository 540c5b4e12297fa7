/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Figures in places where they are easily wrong: between rooms, between threads, on the way back. */
#include "figures.h"

#include "capture.h"

#include <pthread.h>

static fa_allocator *a;

static void setup(const fa_config *config)
{
    a = fa_allocator_create(config);
    REQUIRE(a != NULL);
    capture_mute(a);
}

static void a_refused_request_raises_no_peak(void)
{
    setup(NULL);
    CHECK(fa_heap_try_alloc(a, opaque_size((size_t)1 << 46), 16) == NULL);
    CHECK_EQ(figures(a).reserved_peak_bytes, 0);
    fa_allocator_release(a);
}

static void peak_covers_held_frames(void)
{
    setup(NULL);
    fa_frame_token tokens[5];
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 1024, 16) != NULL);
        CHECK_EQ(fa_frame_hold(a, &tokens[i]), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_bytes, 5120);
    check_adds_up(&stats);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(fa_frame_token_release(a, tokens[i]), FA_OK);
    CHECK_EQ(figures(a).frame.live_bytes, 0);
    fa_allocator_release(a);
}

static void a_rolled_back_window_counts_nothing(void)
{
    setup(NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    fa_window window;
    CHECK_EQ(fa_window_open(a, &window, 4096), FA_OK);
    CHECK(fa_window_alloc(&window, 32, 16) != NULL);
    CHECK(fa_window_alloc(&window, 32, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 0);
    CHECK_EQ(stats.frame.live_bytes, 0);
    check_adds_up(&stats);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void refilling_a_filled_magazine_loses_nothing(void)
{
    setup(NULL);
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 64, 16), FA_OK);
    void *blocks[5];
    blocks[0] = fa_magazine_take(&magazine);
    for (int i = 1; i < 5; i++)
        blocks[i] = fa_magazine_refill(&magazine);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    CHECK_EQ(figures(a).pool.live_count, 5);
    CHECK_EQ(figures(a).pool.allocations, 5);
    for (int i = 0; i < 5; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

static void debug_magazines_stay_in_the_pool(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    config.pool_heap_threshold = 2000;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    setup(&config);
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 1500, 16), FA_OK);
    void *block = fa_magazine_take(&magazine);
    CHECK(block != NULL);
    CHECK_EQ(figures(a).pool.live_count, 1);
    CHECK_EQ(figures(a).heap.live_count, 0);
    CHECK_EQ(fa_magazine_give(&magazine, block), FA_OK);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

static void the_limit_counts_what_lies_idle_last(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.memory_limit = (size_t)8 << 20;
    setup(&config);
    void *block = fa_heap_alloc(a, (size_t)4 << 20, 16);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK(figures(a).cached_bytes != 0);
    block = fa_heap_alloc(a, (size_t)5 << 20, 16);
    CHECK(block != NULL);
    CHECK_EQ(figures(a).cached_bytes, 0);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static void decay_settles_with_frames_in_flight(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_reset_policy = FA_RESET_DECAY;
    setup(&config);
    uint64_t asked = 0;
    for (int frame = 0; frame < 1000; frame++) {
        if (frame == 200)
            asked = figures(a).backend_allocations;
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 30000, 16) != NULL);
        CHECK(fa_frame_alloc_ahead(a, 1, 200000, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(figures(a).backend_allocations, asked);
    fa_allocator_release(a);
}

static atomic_bool working;

static void *work(void *unused)
{
    (void)unused;
    void *large[8] = {NULL};
    for (unsigned i = 0; i < 3000; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (unsigned n = 0; n < 12; n++)
            CHECK(fa_frame_alloc(a, 70000, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(fa_release(a, large[i % 8]), FA_OK);
        large[i % 8] = fa_heap_alloc(a, 40000 + i, 16);
    }
    for (unsigned i = 0; i < 8; i++)
        CHECK_EQ(fa_release(a, large[i]), FA_OK);
    atomic_store(&working, false);
    return NULL;
}

static void figures_read_meanwhile_are_sane(void)
{
    setup(NULL);
    atomic_store(&working, true);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, work, NULL) == 0);
    while (atomic_load(&working)) {
        fa_stats stats = figures(a);
        CHECK(stats.frame.live_bytes <= (uint64_t)1 << 20);
        fa_heap_block blocks[16];
        size_t total = 0;
        CHECK_EQ(fa_heap_blocks(a, blocks, 16, &total), FA_OK);
        CHECK(total <= 9);
    }
    CHECK_EQ(pthread_join(thread, NULL), 0);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.heap.live_count, 0);
    fa_allocator_release(a);
}

/* More pages than a lane knows by heart. */
static void sixty_four_mebibytes_of_small_blocks_go_back(void)
{
    enum { BLOCKS = 17000 };
    static void *blocks[BLOCKS];
    setup(NULL);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = fa_pool_alloc(a, 4096, 16);
        REQUIRE(blocks[i] != NULL);
        memset(blocks[i], (int)i, 16);
    }
    CHECK(figures(a).pages > 1024);
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK_EQ(*(unsigned char *)blocks[i], (unsigned char)i);
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
    CHECK_EQ(figures(a).pool.live_count, 0);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).pages, 0);
    fa_allocator_release(a);
}

static void a_window_block_given_back_counts_once(void)
{
    setup(NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_window window;
    CHECK_EQ(fa_window_open(a, &window, 64), FA_OK);
    void *block = fa_window_alloc(&window, 64, 16);
    CHECK_EQ(fa_frame_give_back(a, block, 64), 1);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(a_refused_request_raises_no_peak), CASE(peak_covers_held_frames),
           CASE(a_rolled_back_window_counts_nothing), CASE(refilling_a_filled_magazine_loses_nothing),
           CASE(debug_magazines_stay_in_the_pool), CASE(the_limit_counts_what_lies_idle_last),
           CASE(decay_settles_with_frames_in_flight), CASE(figures_read_meanwhile_are_sane),
           CASE(sixty_four_mebibytes_of_small_blocks_go_back), CASE(a_window_block_given_back_counts_once))
