/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static void block_lives_to_its_frame_and_not_longer(void)
{
    for (uint32_t ahead = 0; ahead <= FA_FRAMES_AHEAD_MAX; ahead++) {
        fa_allocator *a = fa_allocator_create(NULL);
        REQUIRE(a != NULL);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        unsigned char *block = fa_frame_alloc_ahead(a, ahead, 1000, 64);
        REQUIRE(block != NULL);
        CHECK(aligned_to(block, 64));
        pattern_fill(block, 1000, ahead);
        for (uint32_t frame = 0; frame <= ahead; frame++) {
            CHECK_EQ(figures(a).frame.live_count, frame == 0 ? 1 : 2);
            CHECK_EQ(fa_frame_end(a), FA_OK);
            CHECK_EQ(figures(a).frame.live_count, frame < ahead);
            if (frame == ahead)
                break;
            CHECK_EQ(fa_frame_begin(a), FA_OK);
            void *other = fa_frame_alloc(a, 100000, 16);
            REQUIRE(other != NULL);
            memset(other, 0xEE, 100000);
            CHECK(pattern_holds(block, 1000, 1000, ahead));
        }
        fa_allocator_release(a);
    }
}

typedef struct promise {
    unsigned char *block;
    size_t size;
    uint64_t key;
    uint64_t expires;
} promise;

enum { PROMISES = 4096 };
static promise promises[PROMISES];
static size_t promised;

static void check_promises(uint64_t frame)
{
    size_t kept = 0;
    for (size_t i = 0; i < promised; i++) {
        CHECK(pattern_holds(promises[i].block, promises[i].size, promises[i].size, promises[i].key));
        if (promises[i].expires > frame)
            promises[kept++] = promises[i];
    }
    promised = kept;
}

static void make_promise(fa_allocator *a, dice *d, uint64_t frame)
{
    uint32_t ahead = (uint32_t)dice_below(d, FA_FRAMES_AHEAD_MAX + 1);
    size_t size = dice_size(d, 17);
    size_t align = (size_t)1 << dice_below(d, 13);
    unsigned char *block = fa_frame_alloc_ahead(a, ahead, size, align);
    REQUIRE(block != NULL);
    CHECK(aligned_to(block, align));
    promise made = {block, size, dice_next(d), frame + ahead};
    pattern_fill(block, size, made.key);
    if (promised < PROMISES)
        promises[promised++] = made;
}

static void contents_survive_random_sequences(void)
{
    dice d = {dice_seed()};
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    promised = 0;
    for (uint64_t frame = 1; frame <= 400; frame++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (size_t i = dice_below(&d, 30); i > 0; i--)
            make_promise(a, &d, frame);
        CHECK_EQ(figures(a).frame.live_count, promised);
        check_promises(frame);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(figures(a).frame.live_count, promised);
    }
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void memory_is_reused(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    size_t asked = 0;
    for (int frame = 0; frame < 1000; frame++) {
        if (frame == 300)
            asked = s.asked;
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (uint32_t ahead = 0; ahead <= FA_FRAMES_AHEAD_MAX; ahead++)
            CHECK(fa_frame_alloc_ahead(a, ahead, 200000, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(s.asked, asked);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void ahead_0_is_a_plain_frame_block(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *block = fa_frame_alloc_ahead(a, 0, 64, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK(fa_frame_alloc_ahead(a, 1, 64, 16) != NULL);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK_EQ(fa_frame_give_back(a, block, 64), 1);
    fa_allocator_release(a);
}

static void too_far_ahead_is_refused(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc_ahead(a, FA_FRAMES_AHEAD_MAX + 1, 64, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&c), 903);
    CHECK(fa_frame_alloc_ahead(a, UINT32_MAX, 64, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(figures(a).frame.allocations, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(block_lives_to_its_frame_and_not_longer), CASE(contents_survive_random_sequences),
           CASE(memory_is_reused), CASE(ahead_0_is_a_plain_frame_block), CASE(too_far_ahead_is_refused))
