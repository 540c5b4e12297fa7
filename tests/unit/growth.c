/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How a frame grows, what it asks the backend for, and its cap. */
#include "capture.h"
#include "figures.h"
#include "spy.h"

static spy s;
static fa_allocator *a;

static void setup(const fa_config *config)
{
    a = fa_allocator_create(config);
    CHECK(a != NULL);
}

static void teardown(void)
{
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static size_t next_power_of_two(size_t size)
{
    size_t power = 1;
    while (power < size)
        power *= 2;
    return power;
}

/* A chunk may be asked for with a header on top or within; the step from one to the next is what counts. */
static void check_doubling(size_t first, size_t largest)
{
    size_t expected = first;
    REQUIRE(s.logged > 6);
    for (size_t i = 0; i < s.logged; i++) {
        CHECK(s.log[i] >= expected && s.log[i] < expected + 4096);
        expected = expected < largest ? expected * 2 : largest;
    }
}

static void fill_frame(size_t bytes)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t taken = 0; taken < bytes; taken += 4000)
        CHECK(fa_frame_alloc(a, 4000, 16) != NULL);
}

static void chunks_double_to_the_largest(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    setup(&config);
    fill_frame((size_t)6 << 20);
    check_doubling(64 << 10, 1 << 20);
    CHECK_EQ(figures(a).chunks, s.live);
    CHECK_EQ(figures(a).chunk_bytes, s.live_bytes);
    teardown();
}

static void configured_chunks_double_too(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.frame_chunk_min = 4096;
    config.frame_chunk_max = 32768;
    setup(&config);
    fill_frame(400000);
    check_doubling(4096, 32768);
    teardown();
}

static void big_request_gets_its_own_chunk(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    setup(&config);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 100, 16) != NULL);
    CHECK_EQ(s.logged, 1);
    unsigned char *big = fa_frame_alloc(a, 10000000, 4096);
    REQUIRE(big != NULL);
    CHECK(aligned_to(big, 4096));
    memset(big, 1, 10000000);
    CHECK_EQ(s.logged, 2);
    CHECK(s.log[1] >= 10000000 && s.log[1] <= next_power_of_two(10000000));
    teardown();
}

static void one_frame(size_t blocks, size_t size)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t i = 0; i < blocks; i++)
        CHECK(fa_frame_alloc(a, size, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void steady_state_asks_for_nothing(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    setup(&config);
    for (int i = 0; i < 4; i++)
        one_frame(1000, 3000);
    size_t asked = s.asked;
    size_t returned = s.returned;
    for (int i = 0; i < 200; i++)
        one_frame(1000, 3000);
    CHECK_EQ(s.asked, asked);
    CHECK_EQ(s.returned, returned);
    teardown();
}

static void steady_state_with_everything_asks_for_nothing(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    setup(&config);
    size_t asked = 0;
    for (int i = 0; i < 400; i++) {
        if (i == 100)
            asked = s.asked;
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 200000, 16) != NULL);
        for (uint32_t ahead = 1; ahead <= FA_FRAMES_AHEAD_MAX; ahead++)
            CHECK(fa_frame_alloc_ahead(a, ahead, 50000, 16) != NULL);
        fa_checkpoint checkpoint = fa_frame_checkpoint(a);
        CHECK(fa_frame_alloc(a, 500000, 16) != NULL);
        CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
        fa_frame_token token = 0;
        CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    }
    CHECK_EQ(s.asked, asked);
    teardown();
}

static size_t fill_to_cap(size_t size)
{
    size_t count = 0;
    while (count < 100000 && fa_frame_try_alloc(a, size, 16) != NULL)
        count++;
    return count;
}

static void cap_is_exact(void)
{
    const size_t caps[] = {1600, 16000, 65536, 100000, 1000000, 3000000};
    for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
        spy_start(&s);
        fa_config config = spy_config(&s);
        config.frame_cap = caps[i];
        setup(&config);
        CHECK_EQ(fa_frame_remaining(a), 0);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_remaining(a), caps[i] / 16 * 16);
        CHECK_EQ(fill_to_cap(160), caps[i] / 160);
        CHECK_EQ(fa_last_status(), FA_ERROR_FRAME_CAP);
        CHECK_EQ(fill_to_cap(16), caps[i] % 160 / 16);
        CHECK_EQ(fa_frame_remaining(a), 0);
        CHECK_EQ(fa_frame_used(a), caps[i] / 16 * 16);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_remaining(a), caps[i] / 16 * 16);
        teardown();
    }
}

static void cap_counts_blocks_that_look_ahead(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.frame_cap = 10000;
    setup(&config);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc_ahead(a, 1, 4000, 16) != NULL);
    CHECK(fa_frame_alloc(a, 4000, 16) != NULL);
    CHECK_EQ(fa_frame_remaining(a), 2000);
    CHECK(fa_frame_try_alloc(a, 2016, 16) == NULL);
    capture_mute(a);
    CHECK(fa_frame_alloc_ahead(a, 3, 2016, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_FRAME_CAP);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), 6000);
    CHECK(fa_frame_alloc(a, 6000, 16) != NULL);
    CHECK(fa_frame_try_alloc(a, 16, 16) == NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), 10000);
    teardown();
}

static void cap_is_reported_and_undone_by_rollback(void)
{
    capture c;
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.frame_cap = 100000;
    setup(&config);
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK(fa_frame_alloc(a, 90000, 16) != NULL);
    CHECK(fa_frame_alloc(a, 20000, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_FRAME_CAP);
    CHECK_EQ(capture_code(&c), 3);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), 100000);
    CHECK(fa_frame_alloc(a, 20000, 16) != NULL);
    teardown();
}

static void no_cap_means_no_end(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    setup(&config);
    CHECK_EQ(fa_frame_remaining(a), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), SIZE_MAX);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), 0);
    teardown();
}

CHECK_MAIN(CASE(chunks_double_to_the_largest), CASE(configured_chunks_double_too),
           CASE(big_request_gets_its_own_chunk), CASE(steady_state_asks_for_nothing),
           CASE(steady_state_with_everything_asks_for_nothing), CASE(cap_is_exact),
           CASE(cap_counts_blocks_that_look_ahead), CASE(cap_is_reported_and_undone_by_rollback),
           CASE(no_cap_means_no_end))
