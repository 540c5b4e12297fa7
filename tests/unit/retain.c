/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static fa_retention keep(int32_t policy)
{
    fa_retention how = FA_RETENTION_INIT;
    how.policy = policy;
    how.scratch = policy == FA_RETAIN_TO_SCRATCH ? "kept" : NULL;
    return how;
}

static unsigned char *retained(fa_allocator *a, size_t size, int32_t policy, unsigned seed)
{
    fa_retention how = keep(policy);
    unsigned char *block = fa_frame_alloc_retained(a, size, 64, &how);
    if (CHECK(block != NULL))
        pattern_fill(block, size, seed);
    return block;
}

static void every_policy_does_what_it_says(void)
{
    fa_config config = FA_CONFIG_INIT;
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "kept");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *before[5];
    for (int32_t policy = FA_RETAIN_DISCARD; policy <= FA_RETAIN_LEAK; policy++)
        before[policy] = retained(a, 100 + (size_t)policy, policy, (unsigned)policy);
    CHECK_EQ(fa_frame_retained_count(a), 5);
    fa_promotion results[5];
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 5, &count, &sums), FA_OK);
    CHECK_EQ(count, 5);
    CHECK_EQ(fa_frame_active(a), 0);
    for (int32_t policy = FA_RETAIN_DISCARD; policy <= FA_RETAIN_LEAK; policy++) {
        fa_promotion *result = &results[policy];
        CHECK_EQ(result->policy, policy);
        CHECK_EQ(result->status, FA_OK);
        CHECK(result->before == before[policy]);
        CHECK_EQ(result->size, 100 + (uint64_t)policy);
        CHECK_EQ(result->align, 64);
        CHECK_EQ(result->after == NULL, policy == FA_RETAIN_DISCARD);
        if (result->after != NULL) {
            CHECK(aligned_to(result->after, 64));
            CHECK(pattern_holds(result->after, result->size, result->size, (unsigned)policy));
        }
    }
    CHECK_EQ(sums.discarded.count, 1);
    CHECK_EQ(sums.discarded.bytes, 100);
    CHECK_EQ(sums.to_pool.bytes, 101);
    CHECK_EQ(sums.to_heap.bytes, 102);
    CHECK_EQ(sums.to_scratch.bytes, 103);
    CHECK_EQ(sums.leaked.bytes, 104);
    CHECK_EQ(sums.failed.count, 0);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 1);
    CHECK_EQ(stats.heap.live_count, 2);
    CHECK_EQ(stats.scratch.live_count, 1);
    CHECK_EQ(stats.frame.live_count, 0);
    CHECK_EQ(fa_release(a, results[FA_RETAIN_TO_POOL].after), FA_OK);
    CHECK_EQ(fa_release(a, results[FA_RETAIN_TO_HEAP].after), FA_OK);
    CHECK_EQ(fa_scratch_pool_reset(pool), FA_OK);
    fa_allocator_release(a);
}

static void what_leaks_on_purpose_is_no_leak(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("no debug support in this build");
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)retained(a, 100, FA_RETAIN_LEAK, 1);
    (void)retained(a, 100000, FA_RETAIN_LEAK, 1);
    (void)retained(a, 100, FA_RETAIN_TO_HEAP, 1);
    fa_promotion results[3];
    size_t count;
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 3, &count, NULL), FA_OK);
    fa_allocator_release(a);
    CHECK_EQ(c.by_code[506], 2);
    CHECK(strstr(c.note, "1 block of") != NULL);
}

static void importance_chooses_the_policy(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK(fa_scratch_pool_get(a, "maps") != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int32_t i = FA_IMPORTANCE_EPHEMERAL; i <= FA_IMPORTANCE_SCRATCH; i++)
        CHECK(fa_frame_alloc_important(a, 32, 16, i, i == FA_IMPORTANCE_SCRATCH ? "maps" : NULL) != NULL);
    fa_promotion results[4];
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 4, &count, NULL), FA_OK);
    CHECK_EQ(results[0].policy, FA_RETAIN_DISCARD);
    CHECK_EQ(results[1].policy, FA_RETAIN_TO_POOL);
    CHECK_EQ(results[2].policy, FA_RETAIN_TO_HEAP);
    CHECK_EQ(results[3].policy, FA_RETAIN_TO_SCRATCH);
    fa_allocator_release(a);
}

static void results_name_tag_type_and_phase(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    char name[] = "navmesh";
    fa_retention how = keep(FA_RETAIN_TO_HEAP);
    how.type_name = name;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    FA_TAG_SCOPE (a, "ai") {
        FA_PHASE_SCOPE (a, "build")
            CHECK(fa_frame_alloc_retained(a, 48, 16, &how) != NULL);
        (void)retained(a, 16, FA_RETAIN_TO_POOL, 0);
    }
    (void)retained(a, 32, FA_RETAIN_TO_POOL, 0);
    memset(name, 'x', sizeof name - 1);
    fa_promotion results[3];
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 3, &count, NULL), FA_OK);
    CHECK_TEXT(results[0].type_name, "navmesh");
    CHECK_TEXT(results[0].phase, "build");
    fa_tag ai = fa_tag_find(a, "ai");
    CHECK_EQ(results[0].tag, ai);
    CHECK_TEXT(results[1].phase, "");
    CHECK_EQ(results[2].tag, 0);
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    CHECK_EQ(fa_promotions_of_tag(a, ai, &sums), FA_OK);
    CHECK_EQ(sums.to_heap.bytes, 48);
    CHECK_EQ(sums.to_pool.bytes, 16);
    CHECK_EQ(fa_promotions_of_tag(a, 0, &sums), FA_OK);
    CHECK_EQ(sums.to_pool.bytes, 32);
    CHECK_EQ(fa_promotions_of_phase(a, "build", &sums), FA_OK);
    CHECK_EQ(sums.to_heap.count, 1);
    CHECK_EQ(sums.to_pool.count, 0);
    CHECK_EQ(fa_promotions_of_phase(a, "", &sums), FA_OK);
    CHECK_EQ(sums.to_pool.bytes, 48);
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, ai, &stats), FA_OK);
    CHECK_EQ(stats.heap.live_count, 1);
    CHECK_EQ(stats.pool.live_count, 1);
    CHECK_EQ(stats.frame.live_bytes, 0);
    fa_allocator_release(a);
}

static void failures_say_why(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_scratch_pool *full = fa_scratch_pool_get(a, "full");
    CHECK_EQ(fa_scratch_pool_set_limit(full, 16), FA_OK);
    fa_tag poor = fa_tag_get(a, "poor");
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 4096;
    CHECK_EQ(fa_budget_set_tag(a, poor, &budget), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, poor), FA_OK);
    (void)retained(a, 2000, FA_RETAIN_TO_POOL, 0);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_retention how = keep(FA_RETAIN_TO_SCRATCH);
    how.scratch = "nobody";
    CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
    how.scratch = "full";
    CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
    (void)retained(a, 300000, FA_RETAIN_TO_HEAP, 0);
    s.fail_all = true;
    fa_promotion results[4];
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 4, &count, &sums), FA_OK);
    s.fail_all = false;
    const fa_status expected[] = {FA_ERROR_BUDGET, FA_ERROR_NOT_FOUND, FA_ERROR_FULL, FA_ERROR_OUT_OF_MEMORY};
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(results[i].status, expected[i]);
        CHECK(results[i].after == NULL);
    }
    CHECK_EQ(sums.failed.count, 4);
    CHECK_EQ(sums.failed.bytes, 302128);
    CHECK_EQ(sums.budget.bytes, 2000);
    CHECK_EQ(sums.missing.count, 1);
    CHECK_EQ(sums.full.count, 1);
    CHECK_EQ(sums.memory.bytes, 300000);
    CHECK_EQ(sums.limit.count, 0);
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    CHECK_EQ(fa_budget_get_tag(a, poor, &usage), FA_OK);
    CHECK_EQ(usage.used, 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void the_memory_limit_is_a_reason(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)retained(a, 500000, FA_RETAIN_TO_HEAP, 0);
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 100000;
    CHECK_EQ(fa_budget_set_global(a, &budget), FA_OK);
    fa_promotion result;
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    size_t count;
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, &sums), FA_OK);
    CHECK_EQ(result.status, FA_ERROR_MEMORY_LIMIT);
    CHECK_EQ(sums.limit.bytes, 500000);
    fa_allocator_release(a);
}

static void what_is_rolled_back_is_not_promoted(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)retained(a, 16, FA_RETAIN_TO_POOL, 0);
    fa_checkpoint point = fa_frame_checkpoint(a);
    (void)retained(a, 32, FA_RETAIN_TO_POOL, 0);
    fa_retention ahead = keep(FA_RETAIN_TO_POOL);
    ahead.frames_ahead = 1;
    CHECK(fa_frame_alloc_retained(a, 64, 16, &ahead) != NULL);
    CHECK_EQ(fa_frame_retained_count(a), 2);
    CHECK_EQ(fa_frame_rollback(a, point), FA_OK);
    CHECK_EQ(fa_frame_retained_count(a), 1);
    fa_subframe inner;
    CHECK_EQ(fa_subframe_begin(a, &inner), FA_OK);
    (void)retained(a, 32, FA_RETAIN_TO_POOL, 0);
    CHECK_EQ(fa_subframe_end(a, inner, NULL, NULL), FA_OK);
    fa_promotion result;
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_OK);
    CHECK_EQ(count, 1);
    CHECK_EQ(result.size, 16);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_retained_count(a), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void blocks_that_look_ahead_are_promoted_with_their_frame(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    fa_retention ahead = keep(FA_RETAIN_TO_HEAP);
    ahead.frames_ahead = 2;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc_retained(a, 500, 16, &ahead);
    REQUIRE(block != NULL);
    pattern_fill(block, 500, 7);
    fa_promotion result = {0};
    size_t count = 9;
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(fa_frame_end_with_promotions(a, NULL, 0, &count, NULL), FA_OK);
        CHECK_EQ(count, 0);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
    }
    CHECK_EQ(fa_frame_retained_count(a), 1);
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_OK);
    CHECK(pattern_holds(result.after, 500, 500, 7));
    CHECK_EQ(fa_release(a, result.after), FA_OK);
    CHECK_EQ(capture_code(&c), 0);
    fa_allocator_release(a);
}

static void marked_memory_is_promoted(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *b = fa_allocator_create(NULL);
    REQUIRE(a != NULL && b != NULL);
    capture c;
    capture_start(&c, a);
    fa_retention how = keep(FA_RETAIN_TO_POOL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_begin(b), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 1000, 16);
    pattern_fill(block, 1000, 3);
    CHECK(fa_frame_alloc(a, 200000, 16) != NULL);
    CHECK_EQ(fa_frame_retain(a, block, 1000, 16, &how), FA_OK);
    CHECK_EQ(fa_frame_retain(a, fa_frame_alloc(b, 16, 16), 16, 16, &how), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(capture_code(&c), 501);
    CHECK_EQ(fa_frame_retain(a, &how, 8, 8, &how), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_frame_retain(a, block, 1 << 20, 16, &how), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_frame_retain(a, NULL, 8, 8, &how), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_frame_retain(a, block, SIZE_MAX, 16, &how), FA_ERROR_SIZE);
    CHECK_EQ(fa_frame_retain(a, block, 8, 3, &how), FA_ERROR_ALIGNMENT);
    fa_promotion result;
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_OK);
    CHECK(pattern_holds(result.after, 1000, 1000, 3));
    fa_allocator_release(a);
    fa_allocator_release(b);
}

static void too_little_room_loses_nothing(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)retained(a, 16, FA_RETAIN_TO_POOL, 0);
    (void)retained(a, 32, FA_RETAIN_TO_POOL, 0);
    fa_promotion results[2];
    size_t count = 0;
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 1, &count, NULL), FA_ERROR_FULL);
    CHECK_EQ(count, 2);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(fa_frame_end_with_promotions(a, results, 2, &count, NULL), FA_OK);
    CHECK_EQ(results[1].size, 32);
    fa_allocator_release(a);
}

static void a_plain_end_drops_with_a_warning(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)retained(a, 16, FA_RETAIN_TO_POOL, 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&c), 9);
    CHECK_EQ(figures(a).pool.allocations, 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    (void)retained(a, 16, FA_RETAIN_TO_POOL, 0);
    (void)retained(a, 16, FA_RETAIN_TO_POOL, 0);
    CHECK_EQ(fa_frame_retained_drop(a), 2);
    CHECK_EQ(fa_frame_retained_count(a), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&c), 0);
    fa_allocator_release(a);
}

static fa_allocator *shared;
static fa_status status_in_cleanup;

static void retain_late(void *user)
{
    fa_retention how = keep(FA_RETAIN_TO_POOL);
    status_in_cleanup = fa_frame_retain(shared, user, 16, 16, &how);
    memset(user, 0xEE, 16);
}

static void promotion_comes_before_cleanup(void)
{
    fa_allocator *a = shared = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = retained(a, 16, FA_RETAIN_TO_POOL, 5);
    CHECK_EQ(fa_frame_cleanup(a, retain_late, block), FA_OK);
    fa_promotion result;
    size_t count;
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_OK);
    CHECK_EQ(status_in_cleanup, FA_ERROR_BUSY);
    CHECK(pattern_holds(result.after, 16, 16, 5));
    fa_allocator_release(a);
}

static void held_frames_can_be_promoted_from(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_frame_token token;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    unsigned char *block = retained(a, 64, FA_RETAIN_TO_POOL, 5);
    fa_promotion result;
    size_t count;
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_OK);
    CHECK(pattern_holds(block, 64, 64, 5));
    CHECK(pattern_holds(result.after, 64, 64, 5));
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    fa_retention how = keep(FA_RETAIN_TO_POOL);
    size_t count;
    fa_promotion result;
    CHECK(fa_frame_alloc_retained(a, 8, 8, &how) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&c), 5);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc_retained(a, 8, 8, NULL) == NULL);
    const fa_retention wrong[] = {
        {4, FA_RETAIN_TO_POOL, 0, 0, NULL, NULL},
        {sizeof how, 5, 0, 0, NULL, NULL},
        {sizeof how, -1, 0, 0, NULL, NULL},
        {sizeof how, FA_RETAIN_TO_POOL, 8, 0, NULL, NULL},
        {sizeof how, FA_RETAIN_TO_POOL, 0, 1, NULL, NULL},
        {sizeof how, FA_RETAIN_TO_POOL, 0, 0, "pool", NULL},
        {sizeof how, FA_RETAIN_TO_SCRATCH, 0, 0, NULL, NULL},
        {sizeof how, FA_RETAIN_TO_SCRATCH, 0, 0, "", NULL},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK(fa_frame_alloc_retained(a, 8, 8, &wrong[i]) == NULL);
    CHECK(fa_frame_alloc_important(a, 8, 8, 4, NULL) == NULL);
    CHECK(fa_frame_alloc_retained(a, opaque_size(SIZE_MAX), 8, &how) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_frame_alloc_retained(a, 8, opaque_size(3), &how) == NULL);
    CHECK_EQ(fa_frame_retained_count(a), 0);
    CHECK(fa_frame_alloc_retained(a, 0, 1, &how) != NULL);
    CHECK_EQ(fa_frame_end_with_promotions(a, NULL, 1, &count, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    sums.struct_size = 4;
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, &sums), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(fa_frame_end_with_promotions(a, &result, 1, &count, NULL), FA_OK);
    CHECK(result.after != NULL);
    CHECK_EQ(fa_promotions_of_phase(a, NULL, &sums), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_promotions_of_tag(NULL, 0, &sums), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_frame_retained_drop(NULL), 0);
    CHECK_EQ(fa_frame_retained_count(NULL), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(every_policy_does_what_it_says), CASE(what_leaks_on_purpose_is_no_leak),
           CASE(importance_chooses_the_policy), CASE(results_name_tag_type_and_phase), CASE(failures_say_why),
           CASE(the_memory_limit_is_a_reason), CASE(what_is_rolled_back_is_not_promoted),
           CASE(blocks_that_look_ahead_are_promoted_with_their_frame), CASE(marked_memory_is_promoted),
           CASE(too_little_room_loses_nothing), CASE(a_plain_end_drops_with_a_warning),
           CASE(promotion_comes_before_cleanup), CASE(held_frames_can_be_promoted_from), CASE(bad_input_is_refused))
