/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"

static fa_allocator *a;
static capture heard;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&heard, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void take(size_t size)
{
    unsigned char *block = fa_frame_alloc(a, size, 16);
    CHECK(block != NULL);
    if (block != NULL)
        memset(block, 0xEE, size);
}

static int speculate(int way)
{
    FA_SPECULATIVE(a, trial)
    {
        take(100);
        if (way == 1)
            return 1;
        if (way == 2)
            break;
        if (way >= 3)
            CHECK_EQ(fa_speculation_keep(&trial), FA_OK);
        take(100);
        if (way == 4)
            return 1;
    }
    return 0;
}

static void speculation_keeps_or_not(void)
{
    for (int way = 0; way < 5; way++) {
        setup();
        CHECK_EQ(speculate(way), way == 1 || way == 4);
        CHECK_EQ(figures(a).frame.live_count, way < 3 ? 0 : 2);
        CHECK_EQ(fa_frame_used(a) == 0, way < 3);
        CHECK_EQ(atomic_load(&heard.reports), 0);
        fa_allocator_release(a);
    }
}

typedef struct attempt {
    int32_t answer;
    bool opens;
    bool ends_frame;
    size_t calls;
} attempt;

static int32_t make_attempt(void *user)
{
    attempt *made = user;
    made->calls++;
    take(100);
    fa_subframe scope;
    if (made->opens)
        CHECK_EQ(fa_subframe_begin(a, &scope), FA_OK);
    if (made->ends_frame)
        CHECK_EQ(fa_frame_end(a), FA_OK);
    return made->answer;
}

static void attempts(void)
{
    setup();
    int32_t kept = 7;
    attempt made = {0, false, false, 0};
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, &kept), FA_OK);
    CHECK(kept == 0 && made.calls == 1);
    CHECK_EQ(fa_frame_used(a), 0);
    made.answer = -5;
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, &kept), FA_OK);
    CHECK(kept == 1 && made.calls == 2);
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, NULL), FA_OK);
    CHECK_EQ(figures(a).frame.live_count, 2);
    size_t used = fa_frame_used(a);
    made.opens = true;
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, &kept), FA_ERROR_UNBALANCED);
    CHECK_EQ(fa_last_status(), FA_ERROR_UNBALANCED);
    CHECK_EQ(kept, 0);
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(fa_frame_speculate(a, NULL, &made, &kept), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_frame_speculate(NULL, make_attempt, &made, &kept), FA_ERROR_INVALID_ALLOCATOR);
    made = (attempt){1, false, true, 0};
    kept = 7;
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, &kept), FA_ERROR_NO_FRAME);
    CHECK_EQ(kept, 0);
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, &kept), FA_ERROR_NO_FRAME);
    CHECK_EQ(made.calls, 1);
    fa_allocator_release(a);
}

static void without_a_frame_there_is_no_attempt(void)
{
    setup();
    CHECK_EQ(fa_frame_end(a), FA_OK);
    int turns = 0;
    FA_SPECULATIVE(a, trial)
        turns++;
    CHECK_EQ(turns, 0);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&heard), 1);
    fa_allocator_release(a);
}

/* What is kept inside still goes with what is around it. */
static void attempts_in_attempts(void)
{
    setup();
    take(32);
    FA_SPECULATIVE(a, outer)
    {
        take(100);
        FA_SPECULATIVE(a, inner)
        {
            take(100000);
            CHECK_EQ(fa_speculation_keep(&inner), FA_OK);
        }
        FA_SPECULATIVE(a, other)
            take(100000);
        CHECK_EQ(figures(a).frame.live_count, 3);
    }
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_used(a), 32);
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

static void attempt_in_cleanup(void *user)
{
    (void)user;
    attempt made = {0, false, false, 0};
    int32_t kept = 7;
    CHECK_EQ(fa_frame_speculate(a, make_attempt, &made, &kept), FA_ERROR_BUSY);
    CHECK_EQ(kept, 0);
}

static void cleanup_functions_cannot_make_attempts(void)
{
    setup();
    CHECK_EQ(fa_frame_cleanup(a, attempt_in_cleanup, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(heard.by_code[6], 1);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(speculation_keeps_or_not), CASE(attempts), CASE(without_a_frame_there_is_no_attempt),
           CASE(attempts_in_attempts), CASE(cleanup_functions_cannot_make_attempts))
