/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static fa_allocator *a;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
}

static unsigned char *hold_frame(fa_frame_token *token, uint64_t key)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 5000, 16);
    if (!CHECK(block != NULL))
        return NULL;
    pattern_fill(block, 5000, key);
    CHECK_EQ(fa_frame_hold(a, token), FA_OK);
    CHECK(*token != 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return block;
}

static void churn(int frames)
{
    for (int i = 0; i < frames; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        void *block = fa_frame_alloc(a, 100000, 16);
        REQUIRE(block != NULL);
        memset(block, 0xEE, 100000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
}

static void memory_stays_until_the_token_is_released(void)
{
    setup();
    fa_frame_token token = 0;
    unsigned char *block = hold_frame(&token, 1);
    REQUIRE(block != NULL);
    churn(20);
    CHECK(pattern_holds(block, 5000, 5000, 1));
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(figures(a).frame.live_bytes, 5008);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    CHECK_EQ(figures(a).frame.live_bytes, 0);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void many_frames_are_held_at_once(void)
{
    enum { HELD = 100 };
    setup();
    fa_frame_token tokens[HELD];
    unsigned char *blocks[HELD];
    for (uint64_t i = 0; i < HELD; i++)
        REQUIRE((blocks[i] = hold_frame(&tokens[i], i)) != NULL);
    churn(3);
    for (uint64_t i = 0; i < HELD; i++) {
        size_t chosen = (i * 37) % HELD;
        CHECK(pattern_holds(blocks[chosen], 5000, 5000, chosen));
        CHECK_EQ(fa_frame_token_release(a, tokens[chosen]), FA_OK);
        CHECK_EQ(figures(a).frame.live_count, HELD - 1 - i);
    }
    fa_allocator_release(a);
}

static void last_of_several_tokens_counts(void)
{
    setup();
    fa_frame_token tokens[3];
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(fa_frame_hold(a, &tokens[i]), FA_OK);
    CHECK(tokens[0] != tokens[1] && tokens[1] != tokens[2] && tokens[0] != tokens[2]);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, tokens[1]), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, tokens[0]), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_token_release(a, tokens[2]), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_allocator_release(a);
}

static void releasing_before_the_end_is_allowed(void)
{
    setup();
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 100, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 100, 4);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK(pattern_holds(block, 100, 100, 4));
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_allocator_release(a);
}

static void stale_tokens_are_refused(void)
{
    capture c;
    setup();
    capture_start(&c, a);
    fa_frame_token token = 0;
    REQUIRE(hold_frame(&token, 1) != NULL);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, token), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 6);
    fa_frame_token next = 0;
    REQUIRE(hold_frame(&next, 1) != NULL);
    CHECK(next != token);
    CHECK_EQ(fa_frame_token_release(a, token), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_token_release(a, 0), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_token_release(a, UINT64_MAX), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_token_release(a, next), FA_OK);
    CHECK_EQ(fa_frame_hold(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
}

static void token_of_another_allocator_is_refused(void)
{
    setup();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    capture_mute(other);
    fa_frame_token token = 0;
    unsigned char *block = hold_frame(&token, 1);
    REQUIRE(block != NULL);
    CHECK_EQ(fa_frame_token_release(other, token), FA_ERROR_STALE);
    CHECK(pattern_holds(block, 5000, 5000, 1));
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

typedef struct errand {
    fa_frame_token token;
    unsigned char *block;
} errand;

static void *release_elsewhere(void *user)
{
    errand *e = user;
    CHECK(pattern_holds(e->block, 5000, 5000, 7));
    CHECK_EQ(fa_frame_token_release(a, e->token), FA_OK);
    return NULL;
}

static void another_thread_releases(void)
{
    setup();
    errand e = {0, NULL};
    e.block = hold_frame(&e.token, 7);
    REQUIRE(e.block != NULL);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, release_elsewhere, &e) == 0);
    churn(5);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_allocator_release(a);
}

static void release_with_frames_held_loses_nothing(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    fa_frame_token token = 0;
    REQUIRE(hold_frame(&token, 1) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK(fa_frame_alloc(a, 1000, 16) != NULL);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void blocks_ahead_are_not_held(void)
{
    setup();
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK(fa_frame_alloc_ahead(a, 1, 64, 16) != NULL);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 2);
    churn(1);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(memory_stays_until_the_token_is_released), CASE(many_frames_are_held_at_once),
           CASE(last_of_several_tokens_counts), CASE(releasing_before_the_end_is_allowed),
           CASE(stale_tokens_are_refused), CASE(token_of_another_allocator_is_refused),
           CASE(another_thread_releases), CASE(release_with_frames_held_loses_nothing),
           CASE(blocks_ahead_are_not_held))
