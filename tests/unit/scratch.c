/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static void survives_frames_until_reset(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    unsigned char *block = fa_scratch_alloc(a, 5000, 64);
    REQUIRE(block != NULL);
    CHECK(aligned_to(block, 64));
    pattern_fill(block, 5000, 1);
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        void *frame = fa_frame_alloc(a, 100000, 16);
        REQUIRE(frame != NULL);
        memset(frame, 0xEE, 100000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK(pattern_holds(block, 5000, 5000, 1));
    CHECK_EQ(fa_scratch_used(a), figures(a).scratch.live_bytes);
    CHECK(fa_scratch_used(a) >= 5008);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_scratch_used(a), 0);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.scratch.live_count, 0);
    CHECK_EQ(stats.scratch.allocations, 1);
    CHECK(stats.scratch.peak_bytes >= 5008);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void reset_memory_is_used_again(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    size_t asked = 0;
    for (int round = 0; round < 50; round++) {
        if (round == 5)
            asked = s.asked;
        for (int i = 0; i < 100; i++)
            CHECK(fa_scratch_alloc(a, 10000, 16) != NULL);
        CHECK_EQ(fa_scratch_used(a), 100 * 10000);
        CHECK_EQ(fa_scratch_reset(a), FA_OK);
    }
    CHECK_EQ(s.asked, asked);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    void *first = fa_scratch_alloc(a, 0, 1);
    void *second = fa_scratch_alloc(a, 0, 1);
    CHECK(first != NULL && second != NULL && first != second);
    CHECK_EQ(fa_scratch_reset(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_scratch_used(NULL), 0);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(survives_frames_until_reset), CASE(reset_memory_is_used_again), CASE(bad_input_is_refused))
