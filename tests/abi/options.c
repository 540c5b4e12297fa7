/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the options of the build left out says so, and the rest works. */
#include <framealloc/framealloc.h>

#include "check.h"

#include <string.h>

enum { FRAMES = 200, BLOCKS = 300 };

static void statistics_follow_the_option(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_stats stats = FA_STATS_INIT;
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    fa_status expected = EXPECT_STATISTICS ? FA_OK : FA_ERROR_DISABLED;
    CHECK(fa_allocator_stats(a, &stats) == expected);
    CHECK(fa_lane_get_stats(a, NULL, &lane) == expected);
    fa_allocator_release(a);
}

static void debug_mode_follows_the_option(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    CHECK((fa_config_check(&config) == FA_OK) == EXPECT_DEBUG);
    fa_allocator *a = fa_allocator_create(&config);
    CHECK((a != NULL) == EXPECT_DEBUG);
    fa_allocator_release(a);
}

static bool filled(const unsigned char *block, size_t size, int value)
{
    for (size_t i = 0; i < size; i++) {
        if (block[i] != (unsigned char)value)
            return false;
    }
    return true;
}

static void one_frame(fa_allocator *a, int frame)
{
    unsigned char *frame_blocks[BLOCKS];
    unsigned char *blocks[BLOCKS];
    CHECK(fa_frame_begin(a) == FA_OK);
    for (int i = 0; i < BLOCKS; i++) {
        size_t size = (size_t)(i * 97 % 9000 + 1);
        frame_blocks[i] = fa_frame_alloc(a, size, 16);
        blocks[i] = fa_alloc(a, FA_INTENT_AUTO, size, 16);
        REQUIRE(frame_blocks[i] != NULL && blocks[i] != NULL);
        memset(frame_blocks[i], frame, size);
        memset(blocks[i], i, size);
    }
    for (int i = 0; i < BLOCKS; i++) {
        size_t size = (size_t)(i * 97 % 9000 + 1);
        CHECK(filled(frame_blocks[i], size, frame) && filled(blocks[i], size, i));
        CHECK(fa_release(a, blocks[i]) == FA_OK);
    }
    CHECK(fa_frame_end(a) == FA_OK);
}

static void blocks_keep_their_content(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    for (int frame = 0; frame < FRAMES; frame++)
        one_frame(a, frame);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(statistics_follow_the_option), CASE(debug_mode_follows_the_option), CASE(blocks_keep_their_content))
