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

static fa_subframe begin(void)
{
    fa_subframe scope = 0;
    CHECK_EQ(fa_subframe_begin(a, &scope), FA_OK);
    CHECK(scope != 0);
    return scope;
}

static fa_status end(fa_subframe scope)
{
    return fa_subframe_end(a, scope, NULL, NULL);
}

static void take(size_t size)
{
    unsigned char *block = fa_frame_alloc(a, size, 16);
    CHECK(block != NULL);
    if (block != NULL)
        memset(block, 0xEE, size);
}

static void its_end_frees_what_was_taken_inside(void)
{
    setup();
    unsigned char *kept = fa_frame_alloc(a, 100, 16);
    REQUIRE(kept != NULL);
    pattern_fill(kept, 100, 1);
    fa_subframe scope = begin();
    take(1000);
    take(24);
    size_t bytes = 0;
    uint64_t blocks = 0;
    CHECK_EQ(fa_subframe_end(a, scope, &bytes, &blocks), FA_OK);
    CHECK_EQ(bytes, 1008 + 32);
    CHECK_EQ(blocks, 2);
    CHECK_EQ(fa_frame_used(a), 112);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 1);
    CHECK_EQ(stats.frame.live_bytes, 112);
    CHECK_EQ(stats.frame.allocations, 3);
    CHECK(pattern_holds(kept, 100, 100, 1));
    scope = begin();
    CHECK_EQ(fa_subframe_end(a, scope, &bytes, &blocks), FA_OK);
    CHECK(bytes == 0 && blocks == 0);
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

static void looking_ahead_ends_with_it(void)
{
    setup();
    unsigned char *kept = fa_frame_alloc_ahead(a, 3, 48, 16);
    REQUIRE(kept != NULL);
    pattern_fill(kept, 48, 5);
    fa_subframe scope = begin();
    CHECK(fa_frame_alloc_ahead(a, 3, 100, 16) != NULL);
    CHECK(fa_frame_alloc_ahead(a, 1, 300000, 16) != NULL);
    size_t bytes = 0;
    uint64_t blocks = 0;
    CHECK_EQ(fa_subframe_end(a, scope, &bytes, &blocks), FA_OK);
    CHECK_EQ(bytes, 112 + 300000);
    CHECK_EQ(blocks, 2);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 1);
    CHECK_EQ(stats.frame.live_bytes, 48);
    CHECK(pattern_holds(kept, 48, 48, 5));
    fa_allocator_release(a);
}

enum { DEPTH = 40, INSIDE = 9000 };

/* At every depth a block before, one inside and one after; the chunks are shorter than that. */
static void descend(size_t depth)
{
    if (depth == DEPTH)
        return;
    uint64_t live = figures(a).frame.live_count;
    size_t used = fa_frame_used(a);
    fa_subframe scope = begin();
    unsigned char *block = fa_frame_alloc(a, INSIDE, 64);
    REQUIRE(block != NULL);
    pattern_fill(block, INSIDE, depth);
    descend(depth + 1);
    take(INSIDE / 2);
    CHECK(pattern_holds(block, INSIDE, INSIDE, depth));
    uint64_t blocks = 0;
    CHECK_EQ(fa_subframe_end(a, scope, NULL, &blocks), FA_OK);
    CHECK_EQ(blocks, 2);
    CHECK_EQ(figures(a).frame.live_count, live);
    CHECK_EQ(fa_frame_used(a), used);
}

static void nested_across_chunks(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    descend(0);
    size_t asked = s.asked;
    descend(0);
    descend(0);
    CHECK_EQ(s.asked, asked);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void ended_out_of_order(void)
{
    setup();
    fa_subframe outer = begin();
    take(64);
    fa_subframe inner = begin();
    take(64);
    size_t used = fa_frame_used(a);
    size_t bytes = 77;
    uint64_t blocks = 77;
    CHECK_EQ(fa_subframe_end(a, outer, &bytes, &blocks), FA_ERROR_UNBALANCED);
    CHECK_EQ(fa_last_status(), FA_ERROR_UNBALANCED);
    CHECK_EQ(capture_code(&heard), 8);
    CHECK(bytes == 77 && blocks == 77);
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(figures(a).frame.live_count, 2);
    CHECK_EQ(end(inner), FA_OK);
    CHECK_EQ(end(inner), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&heard), 8);
    CHECK_EQ(end(outer), FA_OK);
    CHECK_EQ(end(outer), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&heard), 8);
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

static void numbers_that_are_no_subframe(void)
{
    setup();
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    fa_subframe scope = begin();
    take(64);
    CHECK_EQ(end(0), FA_ERROR_STALE);
    CHECK(end(UINT64_MAX) != FA_OK);
    CHECK_EQ(end(checkpoint), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_rollback(a, scope), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_commit(a, scope), FA_ERROR_STALE);
    CHECK_EQ(fa_subframe_end(NULL, scope, NULL, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_subframe_begin(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_subframe none = 77;
    CHECK_EQ(fa_subframe_begin(NULL, &none), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(none, 0);
    CHECK_EQ(figures(a).frame.live_count, 1);
    CHECK_EQ(end(scope), FA_OK);
    fa_allocator_release(a);
}

static void *use_foreign_scope(void *user)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    take(64);
    CHECK_EQ(end(*(fa_subframe *)user), FA_ERROR_WRONG_LANE);
    CHECK_EQ(capture_code(&heard), 8);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return NULL;
}

static void another_lane_is_refused(void)
{
    setup();
    fa_subframe scope = begin();
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, use_foreign_scope, &scope) == 0);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(end(scope), FA_OK);
    fa_allocator_release(a);
}

static void the_frame_ends_what_is_open(void)
{
    setup();
    fa_subframe outer = begin();
    fa_subframe inner = begin();
    CHECK(fa_frame_checkpoint(a) != 0);
    take(100);
    fa_clear_last_status();
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_last_status(), FA_OK);
    CHECK_EQ(heard.by_code[7], 1);
    CHECK_EQ(atomic_load(&heard.reports), 1);
    CHECK_EQ(heard.last.severity, FA_SEVERITY_WARNING);
    CHECK_EQ(figures(a).frame.live_count, 0);
    CHECK_EQ(end(inner), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(end(outer), FA_ERROR_STALE);
    CHECK(fa_frame_checkpoint(a) != 0);
    CHECK_EQ(end(begin()), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(heard.by_code[7], 1);
    fa_allocator_release(a);
}

static void checkpoints_inside(void)
{
    setup();
    fa_subframe scope = begin();
    take(100);
    fa_checkpoint kept = fa_frame_checkpoint(a);
    take(100);
    CHECK_EQ(fa_frame_commit(a, kept), FA_OK);
    fa_checkpoint open = fa_frame_checkpoint(a);
    take(100);
    uint64_t blocks = 0;
    CHECK_EQ(fa_subframe_end(a, scope, NULL, &blocks), FA_OK);
    CHECK_EQ(blocks, 3);
    CHECK_EQ(fa_frame_rollback(a, open), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_used(a), 0);
    scope = begin();
    fa_checkpoint undone = fa_frame_checkpoint(a);
    take(100000);
    CHECK_EQ(fa_frame_rollback(a, undone), FA_OK);
    CHECK_EQ(fa_subframe_end(a, scope, NULL, &blocks), FA_OK);
    CHECK_EQ(blocks, 0);
    fa_allocator_release(a);
}

static void inside_checkpoints(void)
{
    setup();
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    take(100);
    size_t used = fa_frame_used(a);
    fa_subframe scope = begin();
    take(100);
    CHECK_EQ(end(scope), FA_OK);
    CHECK_EQ(fa_frame_used(a), used);
    scope = begin();
    take(100);
    CHECK_EQ(fa_frame_commit(a, checkpoint), FA_ERROR_UNBALANCED);
    CHECK_EQ(capture_code(&heard), 8);
    CHECK_EQ(figures(a).frame.live_count, 2);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(end(scope), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(heard.by_code[7], 0);
    fa_allocator_release(a);
}

static char order[16];

static void note(void *user)
{
    size_t length = strlen(order);
    order[length] = *(const char *)user;
    order[length + 1] = '\0';
}

static void later(char *letter)
{
    CHECK_EQ(fa_frame_cleanup(a, note, letter), FA_OK);
}

static void cleanup_functions_run_at_its_end(void)
{
    setup();
    order[0] = '\0';
    later("a");
    fa_subframe outer = begin();
    later("b");
    fa_subframe inner = begin();
    later("c");
    later("d");
    CHECK_EQ(end(inner), FA_OK);
    CHECK_TEXT(order, "dc");
    later("e");
    CHECK_EQ(fa_frame_cleanup_ahead(a, 2, note, "f"), FA_OK);
    CHECK_EQ(end(outer), FA_OK);
    CHECK_TEXT(order, "dcebf");
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_TEXT(order, "dcebfa");
    fa_allocator_release(a);
    CHECK_TEXT(order, "dcebfa");
}

static void use_scopes_in_cleanup(void *user)
{
    fa_subframe scope = 77;
    CHECK_EQ(fa_subframe_begin(a, &scope), FA_ERROR_BUSY);
    CHECK_EQ(scope, 0);
    CHECK_EQ(end(*(fa_subframe *)user), FA_ERROR_BUSY);
    take(5000);
}

static void cleanup_functions_cannot_use_scopes(void)
{
    setup();
    fa_subframe scope = begin();
    take(16);
    CHECK_EQ(fa_frame_cleanup(a, use_scopes_in_cleanup, &scope), FA_OK);
    uint64_t blocks = 0;
    CHECK_EQ(fa_subframe_end(a, scope, NULL, &blocks), FA_OK);
    CHECK_EQ(blocks, 1);
    CHECK_EQ(heard.by_code[8], 2);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(figures(a).frame.live_count, 0);
    fa_allocator_release(a);
}

/* Leaves two blocks in one of the ways that C has. */
static int leave(int way)
{
    for (int turn = 0; turn < 3; turn++) {
        FA_SUBFRAME(a)
        {
            take(100);
            FA_SUBFRAME(a)
            {
                take(100);
                CHECK_EQ(figures(a).frame.live_count, 2);
                if (way == 1)
                    break;
                if (way == 2)
                    continue;
                if (way == 3)
                    return turn;
                if (way == 4)
                    goto out;
            }
            CHECK_EQ(figures(a).frame.live_count, 1);
        }
        CHECK_EQ(fa_frame_used(a), 0);
    }
out:
    CHECK_EQ(fa_frame_used(a), 0);
    return 3;
}

static void blocks_end_however_they_are_left(void)
{
    setup();
    const int turns[] = {3, 3, 3, 0, 3};
    for (int way = 0; way < 5; way++) {
        CHECK_EQ(leave(way), turns[way]);
        CHECK_EQ(fa_frame_used(a), 0);
        CHECK_EQ(figures(a).frame.live_count, 0);
    }
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

static void guarded(void)
{
    FA_SUBFRAME_GUARD(guard, a);
    CHECK(guard.scope != 0);
    take(48);
}

static void guard_ends_with_its_block(void)
{
    setup();
    guarded();
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    int turns = 0;
    FA_SUBFRAME(a)
        turns++;
    CHECK_EQ(turns, 1);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&heard), 1);
    fa_allocator_release(a);
}

static void no_room_for_a_scope(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 1024;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&heard, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    take(1024);
    fa_subframe scope = 77;
    CHECK_EQ(fa_subframe_begin(a, &scope), FA_ERROR_FRAME_CAP);
    CHECK_EQ(scope, 0);
    CHECK_EQ(capture_code(&heard), 3);
    CHECK_EQ(fa_frame_used(a), 1024);
    CHECK_EQ(figures(a).frame.allocations, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(heard.by_code[7], 0);
    fa_allocator_release(a);
}

static void no_memory_for_a_scope(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    s.fail_all = true;
    fa_subframe scope = 77;
    CHECK_EQ(fa_subframe_begin(a, &scope), FA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(scope, 0);
    s.fail_all = false;
    scope = begin();
    s.fail_all = true;
    CHECK(fa_frame_alloc(a, 100000000, 16) == NULL);
    CHECK_EQ(end(scope), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

CHECK_MAIN(CASE(its_end_frees_what_was_taken_inside), CASE(looking_ahead_ends_with_it), CASE(nested_across_chunks),
           CASE(ended_out_of_order), CASE(numbers_that_are_no_subframe), CASE(another_lane_is_refused),
           CASE(the_frame_ends_what_is_open), CASE(checkpoints_inside), CASE(inside_checkpoints),
           CASE(cleanup_functions_run_at_its_end), CASE(cleanup_functions_cannot_use_scopes),
           CASE(blocks_end_however_they_are_left), CASE(guard_ends_with_its_block), CASE(no_room_for_a_scope),
           CASE(no_memory_for_a_scope))
