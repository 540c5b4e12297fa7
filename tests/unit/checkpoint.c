/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static fa_allocator *a;
static capture heard;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&heard, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void rollback_frees_what_came_after(void)
{
    setup();
    unsigned char *kept = fa_frame_alloc(a, 100, 16);
    REQUIRE(kept != NULL);
    pattern_fill(kept, 100, 1);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    REQUIRE(checkpoint != 0);
    void *gone = fa_frame_alloc(a, 1000, 16);
    CHECK(fa_frame_alloc_ahead(a, 2, 500, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_frame_used(a), 112);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 1);
    CHECK_EQ(stats.frame.live_bytes, 112);
    CHECK_EQ(stats.frame.frees, 2);
    fa_checkpoint again = fa_frame_checkpoint(a);
    CHECK(again != 0);
    CHECK(fa_frame_alloc(a, 1000, 16) == gone);
    CHECK(pattern_holds(kept, 100, 100, 1));
    fa_allocator_release(a);
}

static void rollback_crosses_chunks(void)
{
    for (size_t before = 0; before < 70000; before += 7000) {
        setup();
        unsigned char *kept = fa_frame_alloc(a, before, 16);
        REQUIRE(kept != NULL);
        pattern_fill(kept, before, before);
        size_t used = fa_frame_used(a);
        fa_checkpoint checkpoint = fa_frame_checkpoint(a);
        for (int i = 0; i < 30; i++) {
            void *block = fa_frame_alloc(a, 50000, 16);
            REQUIRE(block != NULL);
            memset(block, 0xEE, 50000);
        }
        CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
        CHECK_EQ(fa_frame_used(a), used);
        CHECK_EQ(figures(a).frame.live_count, 1);
        CHECK(pattern_holds(kept, before, before, before));
        fa_allocator_release(a);
    }
}

static void rollback_asks_for_no_new_memory(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    size_t asked = 0;
    for (int i = 0; i < 100; i++) {
        if (i == 3)
            asked = s.asked;
        fa_checkpoint checkpoint = fa_frame_checkpoint(a);
        CHECK(fa_frame_alloc(a, 300000, 16) != NULL);
        CHECK(fa_frame_alloc(a, 2000000, 16) != NULL);
        CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    }
    CHECK_EQ(s.asked, asked);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void commit_keeps_and_uses_up(void)
{
    setup();
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    size_t used = fa_frame_used(a);
    CHECK(fa_frame_alloc(a, 160, 16) != NULL);
    CHECK_EQ(fa_frame_commit(a, checkpoint), FA_OK);
    CHECK_EQ(fa_frame_used(a), used + 160);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_commit(a, checkpoint), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&heard), 6);
    CHECK_EQ(fa_frame_used(a), used + 160);
    fa_allocator_release(a);
}

static void checkpoints_nest(void)
{
    setup();
    fa_checkpoint outer = fa_frame_checkpoint(a);
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    size_t used = fa_frame_used(a);
    fa_checkpoint inner = fa_frame_checkpoint(a);
    CHECK(outer != inner);
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, inner), FA_OK);
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_rollback(a, outer), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

static void ending_an_outer_one_ends_the_inner(void)
{
    for (int commit = 0; commit <= 1; commit++) {
        setup();
        fa_checkpoint outer = fa_frame_checkpoint(a);
        fa_checkpoint inner = fa_frame_checkpoint(a);
        CHECK(fa_frame_alloc(a, 32, 16) != NULL);
        size_t used = fa_frame_used(a);
        CHECK_EQ(commit ? fa_frame_commit(a, outer) : fa_frame_rollback(a, outer), FA_OK);
        CHECK_EQ(fa_frame_rollback(a, inner), FA_ERROR_STALE);
        CHECK_EQ(capture_code(&heard), 6);
        CHECK_EQ(fa_frame_used(a), commit ? used : 0);
        CHECK_EQ(figures(a).frame.live_count, commit);
        fa_allocator_release(a);
    }
}

static void frame_end_ends_them(void)
{
    setup();
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&heard), 6);
    fa_checkpoint fresh = fa_frame_checkpoint(a);
    CHECK(fresh != checkpoint);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_ERROR_STALE);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_rollback(a, fresh), FA_OK);
    CHECK_EQ(fa_frame_used(a), 64);
    fa_allocator_release(a);
}

static void numbers_that_are_no_checkpoint(void)
{
    setup();
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK(fa_frame_rollback(a, 0) != FA_OK);
    CHECK(fa_frame_rollback(a, UINT64_MAX) != FA_OK);
    CHECK(fa_frame_commit(a, 12345) != FA_OK);
    CHECK_EQ(fa_frame_rollback(NULL, 1), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_frame_commit(NULL, 1), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_frame_used(a), 64);
    fa_allocator_release(a);
}

static void *use_foreign_checkpoint(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, *(fa_checkpoint *)user), FA_ERROR_WRONG_LANE);
    CHECK_EQ(capture_code(&heard), 6);
    CHECK_EQ(fa_frame_commit(a, *(fa_checkpoint *)user), FA_ERROR_WRONG_LANE);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return NULL;
}

static void foreign_lane_is_refused(void)
{
    setup();
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, use_foreign_checkpoint, &checkpoint) == 0);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

static void foreign_allocator_is_refused(void)
{
    setup();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    capture_mute(other);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK_EQ(fa_frame_begin(other), FA_OK);
    CHECK(fa_frame_alloc(other, 64, 16) != NULL);
    fa_status status = fa_frame_rollback(other, checkpoint);
    CHECK(status == FA_ERROR_WRONG_LANE || status == FA_ERROR_STALE);
    CHECK_EQ(fa_frame_used(other), 64);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static void guarded(bool commit)
{
    FA_CHECKPOINT_GUARD(guard, a);
    CHECK(guard.checkpoint != 0);
    CHECK(fa_frame_alloc(a, 48, 16) != NULL);
    if (commit)
        CHECK_EQ(fa_checkpoint_guard_commit(&guard), FA_OK);
}

static void guard_rolls_back_unless_committed(void)
{
    setup();
    guarded(false);
    CHECK_EQ(fa_frame_used(a), 0);
    guarded(true);
    size_t used = fa_frame_used(a);
    CHECK(used >= 48);
    CHECK_EQ(figures(a).frame.live_count, 1);
    guarded(false);
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

static void deep_nesting(void)
{
    enum { DEPTH = 2000 };
    static fa_checkpoint checkpoints[DEPTH];
    setup();
    for (size_t i = 0; i < DEPTH; i++) {
        checkpoints[i] = fa_frame_checkpoint(a);
        REQUIRE(checkpoints[i] != 0);
        CHECK(fa_frame_alloc(a, 1000, 16) != NULL);
    }
    for (size_t i = DEPTH; i-- > 0;) {
        CHECK_EQ(fa_frame_rollback(a, checkpoints[i]), FA_OK);
        CHECK_EQ(figures(a).frame.live_count, i);
    }
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(rollback_frees_what_came_after), CASE(rollback_crosses_chunks), CASE(rollback_asks_for_no_new_memory),
           CASE(commit_keeps_and_uses_up), CASE(checkpoints_nest), CASE(ending_an_outer_one_ends_the_inner),
           CASE(frame_end_ends_them), CASE(numbers_that_are_no_checkpoint), CASE(foreign_lane_is_refused),
           CASE(foreign_allocator_is_refused), CASE(guard_rolls_back_unless_committed), CASE(deep_nesting))
