/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a lane keeps of its chunks when a frame ends. */
#include "figures.h"
#include "spy.h"

static spy s;
static fa_allocator *a;

static void setup(int32_t policy, size_t keep, uint32_t decay)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.frame_reset_policy = policy;
    config.frame_keep_bytes = keep;
    config.frame_decay_frames = decay;
    a = fa_allocator_create(&config);
    CHECK(a != NULL);
}

static void teardown(void)
{
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void frame_of(size_t bytes)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t taken = 0; taken < bytes; taken += 10000)
        CHECK(fa_frame_alloc(a, 10000, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void check_kept(size_t at_least, size_t at_most)
{
    fa_lane_stats lane = lane_figures(a);
    CHECK(lane.chunk_bytes >= at_least);
    CHECK(lane.chunk_bytes <= at_most);
    CHECK_EQ(figures(a).chunk_bytes, s.live_bytes);
}

static void keep_all_keeps_the_peak(void)
{
    setup(FA_RESET_KEEP_ALL, 0, 64);
    frame_of(8 << 20);
    size_t held = s.live_bytes;
    for (int i = 0; i < 500; i++)
        frame_of(1000);
    CHECK_EQ(s.live_bytes, held);
    check_kept(8 << 20, SIZE_MAX);
    teardown();
}

static void keep_up_to_keeps_that_much(void)
{
    const size_t limits[] = {0, 65536, 500000, 2 << 20};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        setup(FA_RESET_KEEP_UP_TO, limits[i], 64);
        frame_of(8 << 20);
        check_kept(0, limits[i]);
        CHECK(s.live_bytes <= limits[i]);
        frame_of(100);
        check_kept(0, limits[i]);
        teardown();
    }
}

static void keep_up_to_is_enough_for_small_frames(void)
{
    setup(FA_RESET_KEEP_UP_TO, 2 << 20, 64);
    frame_of(8 << 20);
    frame_of(100000);
    size_t asked = s.asked;
    for (int i = 0; i < 50; i++)
        frame_of(100000);
    CHECK_EQ(s.asked, asked);
    CHECK(s.live_bytes > 0);
    teardown();
}

static void keep_none_keeps_none(void)
{
    setup(FA_RESET_KEEP_NONE, 0, 64);
    frame_of(3 << 20);
    CHECK_EQ(lane_figures(a).chunk_bytes, 0);
    CHECK_EQ(s.live_bytes, 0);
    frame_of(100);
    CHECK_EQ(s.live_bytes, 0);
    teardown();
}

static void keep_none_spares_blocks_ahead(void)
{
    setup(FA_RESET_KEEP_NONE, 0, 64);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc_ahead(a, 1, 1000, 16);
    REQUIRE(block != NULL);
    memset(block, 5, 1000);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK(s.live_bytes > 0);
    CHECK(block[0] == 5 && block[999] == 5);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(s.live_bytes, 0);
    teardown();
}

static void decay_lets_a_peak_fade(void)
{
    setup(FA_RESET_DECAY, 0, 16);
    frame_of(8 << 20);
    frame_of(100000);
    check_kept(4 << 20, SIZE_MAX);
    for (int i = 0; i < 16; i++)
        frame_of(100000);
    check_kept(100000, 6 << 20);
    for (int i = 0; i < 200; i++)
        frame_of(100000);
    check_kept(100000, 1 << 20);
    teardown();
}

static void decay_is_steady_for_even_frames(void)
{
    setup(FA_RESET_DECAY, 0, 8);
    for (int i = 0; i < 4; i++)
        frame_of(3 << 20);
    size_t asked = s.asked;
    for (int i = 0; i < 100; i++)
        frame_of(3 << 20);
    CHECK_EQ(s.asked, asked);
    teardown();
}

CHECK_MAIN(CASE(keep_all_keeps_the_peak), CASE(keep_up_to_keeps_that_much),
           CASE(keep_up_to_is_enough_for_small_frames), CASE(keep_none_keeps_none),
           CASE(keep_none_spares_blocks_ahead), CASE(decay_lets_a_peak_fade), CASE(decay_is_steady_for_even_frames))
