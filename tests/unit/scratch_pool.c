/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

#include <pthread.h>

static fa_scratch_pool_stats pool_figures(fa_scratch_pool *pool)
{
    fa_scratch_pool_stats stats = FA_SCRATCH_POOL_STATS_INIT;
    CHECK_EQ(fa_scratch_pool_get_stats(pool, &stats), FA_OK);
    check_intent_adds_up(&stats.blocks);
    return stats;
}

static void pools_have_names_and_survive_frames(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    char name[] = "paths";
    fa_scratch_pool *pool = fa_scratch_pool_get(a, name);
    REQUIRE(pool != NULL);
    memset(name, 'x', 5);
    CHECK(fa_scratch_pool_get(a, "paths") == pool);
    CHECK(fa_scratch_pool_find(a, "paths") == pool);
    CHECK(fa_scratch_pool_find(a, "nobody") == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NOT_FOUND);
    unsigned char *block = fa_scratch_pool_alloc(pool, 5000, 256);
    CHECK(aligned_to(block, 256));
    pattern_fill(block, 5000, 1);
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        memset(fa_frame_alloc(a, 200000, 16), 0xEE, 200000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK(pattern_holds(block, 5000, 5000, 1));
    fa_scratch_pool_stats stats = pool_figures(pool);
    CHECK_TEXT(stats.name, "paths");
    CHECK_EQ(stats.blocks.live_count, 1);
    CHECK(stats.blocks.live_bytes >= 5008 && stats.reserved_bytes >= stats.blocks.live_bytes);
    CHECK_EQ(figures(a).scratch.live_bytes, stats.blocks.live_bytes);
    CHECK_EQ(fa_scratch_pool_reset(pool), FA_OK);
    stats = pool_figures(pool);
    CHECK_EQ(stats.blocks.live_bytes, 0);
    CHECK_EQ(stats.resets, 1);
    CHECK(stats.total_bytes >= 5008 && stats.blocks.peak_bytes >= 5008);
    fa_stats all = figures(a);
    check_adds_up(&all);
    fa_allocator_release(a);
}

static void reset_memory_is_used_again(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "again");
    size_t asked = 0;
    for (int round = 0; round < 30; round++) {
        if (round == 5)
            asked = s.asked;
        for (unsigned i = 0; i < 50; i++)
            pattern_fill(fa_scratch_pool_alloc(pool, 10000, 16), 10000, i);
        CHECK_EQ(pool_figures(pool).blocks.live_bytes, 50 * 10000);
        CHECK_EQ(fa_scratch_pool_reset_all(a), FA_OK);
    }
    CHECK_EQ(s.asked, asked);
    CHECK_EQ(pool_figures(pool).total_bytes, 30 * 500000);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void limits_and_lists(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_scratch_pool *small = fa_scratch_pool_get(a, "small");
    fa_scratch_pool *other = fa_scratch_pool_get(a, "other");
    CHECK_EQ(fa_scratch_pool_set_limit(small, 1024), FA_OK);
    CHECK(fa_scratch_pool_alloc(small, 1000, 16) != NULL);
    CHECK(fa_scratch_pool_alloc(small, 32, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_FULL);
    CHECK(fa_scratch_pool_alloc(small, 16, 16) != NULL);
    CHECK_EQ(fa_scratch_pool_set_limit(small, 10), FA_OK);
    CHECK(fa_scratch_pool_alloc(small, 1, 1) == NULL);
    CHECK_EQ(fa_scratch_pool_set_limit(small, 0), FA_OK);
    CHECK(fa_scratch_pool_alloc(small, 5000, 16) != NULL);
    fa_scratch_pool *list[4];
    size_t total = 0;
    CHECK_EQ(fa_scratch_pool_list(a, list, 1, &total), FA_OK);
    CHECK_EQ(total, 2);
    CHECK_EQ(fa_scratch_pool_destroy(small), FA_OK);
    CHECK_EQ(fa_scratch_pool_list(a, list, 4, &total), FA_OK);
    CHECK_EQ(total, 1);
    CHECK(list[0] == other);
    fa_scratch_pool *again = fa_scratch_pool_get(a, "small");
    CHECK(again != NULL && again != small);
    CHECK_EQ(pool_figures(again).blocks.allocations, 0);
    fa_stats all = figures(a);
    check_adds_up(&all);
    CHECK_EQ(all.scratch.live_bytes, 0);
    fa_allocator_release(a);
}

static void scopes_give_back(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "scoped");
    unsigned char *kept = fa_scratch_pool_alloc(pool, 100, 16);
    pattern_fill(kept, 100, 9);
    fa_scratch_scope outer;
    fa_scratch_scope inner;
    uint64_t before = pool_figures(pool).blocks.live_bytes;
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, &outer), FA_OK);
    CHECK(fa_scratch_pool_alloc(pool, 300000, 16) != NULL);
    uint64_t middle = pool_figures(pool).blocks.live_bytes;
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, &inner), FA_OK);
    CHECK(fa_scratch_pool_alloc(pool, 3000000, 16) != NULL);
    CHECK_EQ(pool_figures(pool).scopes, 2);
    CHECK_EQ(fa_scratch_scope_end(&outer), FA_ERROR_UNBALANCED);
    CHECK_EQ(capture_code(&c), 8);
    CHECK_EQ(fa_scratch_scope_end(&inner), FA_OK);
    CHECK_EQ(pool_figures(pool).blocks.live_bytes, middle);
    CHECK_EQ(fa_scratch_scope_end(&inner), FA_OK);
    CHECK_EQ(fa_scratch_scope_end(&outer), FA_OK);
    CHECK_EQ(pool_figures(pool).blocks.live_bytes, before);
    CHECK(pattern_holds(kept, 100, 100, 9));
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, &outer), FA_OK);
    CHECK_EQ(fa_scratch_pool_reset(pool), FA_OK);
    (void)capture_code(&c);
    CHECK_EQ(fa_scratch_scope_end(&outer), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 6);
    CHECK_EQ(pool_figures(pool).scopes, 0);
    fa_allocator_release(a);
}

static void lanes_have_scopes_too(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    unsigned char *kept = fa_scratch_alloc(a, 100, 16);
    pattern_fill(kept, 100, 2);
    size_t before = fa_scratch_used(a);
    for (int i = 0; i < 3; i++) {
        FA_SCRATCH_SCOPE (a) {
            CHECK(fa_scratch_alloc(a, 400000, 16) != NULL);
            FA_SCRATCH_SCOPE (a)
                CHECK(fa_scratch_alloc(a, 400000, 16) != NULL);
            CHECK(fa_scratch_used(a) < before + 800000);
            if (i == 1)
                break;
        }
        CHECK_EQ(fa_scratch_used(a), before);
    }
    CHECK(pattern_holds(kept, 100, 100, 2));
    fa_scratch_scope scope;
    CHECK_EQ(fa_scratch_scope_begin(a, &scope), FA_OK);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    capture_mute(a);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_ERROR_STALE);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.scratch.peak_bytes, before + 800000);
    fa_allocator_release(a);
}

static void tags_own_what_they_take(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "tagged");
    fa_tag tag = fa_tag_get(a, "paths");
    fa_scratch_scope scope;
    CHECK(fa_scratch_pool_alloc(pool, 100, 16) != NULL);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK(fa_scratch_pool_alloc(pool, 512, 16) != NULL);
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, &scope), FA_OK);
    CHECK(fa_scratch_pool_alloc(pool, 64, 16) != NULL);
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK_EQ(stats.scratch.live_bytes, 576);
    CHECK_EQ(stats.nested_live_bytes, 576);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_OK);
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK_EQ(stats.nested_live_bytes, 512);
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 1024;
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK(fa_scratch_pool_alloc(pool, 513, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK(fa_scratch_alloc(a, 513, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK(fa_scratch_alloc(a, 256, 16) != NULL);
    CHECK(fa_scratch_pool_alloc(pool, 256, 16) != NULL);
    CHECK(fa_scratch_alloc(a, 1, 1) == NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK(fa_scratch_alloc(a, 4096, 16) != NULL);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_scratch_pool_reset(pool), FA_OK);
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK_EQ(stats.nested_live_bytes, 0);
    CHECK_EQ(stats.scratch.live_bytes, 0);
    fa_allocator_release(a);
}

typedef struct crowd {
    fa_allocator *allocator;
    unsigned seed;
} crowd;

static void *share_a_pool(void *user)
{
    crowd *c = user;
    fa_scratch_pool *pool = fa_scratch_pool_get(c->allocator, "crowd");
    for (unsigned i = 0; i < 300; i++) {
        size_t size = 100 + (i * 37 + c->seed) % 5000;
        unsigned char *block = fa_scratch_pool_alloc(pool, size, 16);
        if (!CHECK(block != NULL))
            break;
        pattern_fill(block, size, c->seed + i);
        CHECK(pattern_holds(block, size, size, c->seed + i));
    }
    return NULL;
}

static void threads_share_pools(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    crowd crowds[4];
    pthread_t threads[4];
    for (unsigned i = 0; i < 4; i++) {
        crowds[i] = (crowd){a, i * 1000};
        REQUIRE(pthread_create(&threads[i], NULL, share_a_pool, &crowds[i]) == 0);
    }
    for (unsigned i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(pool_figures(fa_scratch_pool_find(a, "crowd")).blocks.live_count, 1200);
    fa_allocator_release(a);
}

static void failing_backend_leaves_nothing(void)
{
    for (size_t fail_at = 1; fail_at < 6; fail_at++) {
        spy s;
        spy_start(&s);
        s.fail_at = fail_at;
        fa_config config = spy_config(&s);
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        capture_mute(a);
        fa_scratch_pool *pool = fa_scratch_pool_get(a, "poor");
        uint64_t live = 0;
        for (int i = 0; i < 20; i++) {
            bool got = fa_scratch_pool_alloc(pool, 50000, 16) != NULL;
            live += got ? 50000 : 0;
            CHECK_EQ(pool_figures(pool).blocks.live_bytes, live);
        }
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    char name[FA_SCRATCH_NAME_MAX + 2];
    memset(name, 's', sizeof name);
    name[sizeof name - 1] = 0;
    CHECK(fa_scratch_pool_get(a, NULL) == NULL);
    CHECK(fa_scratch_pool_get(a, "") == NULL);
    CHECK(fa_scratch_pool_get(a, name) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK(fa_scratch_pool_get(NULL, "x") == NULL);
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "x");
    void *first = fa_scratch_pool_alloc(pool, 0, 1);
    void *second = fa_scratch_pool_alloc(pool, 0, 1);
    CHECK(first != NULL && second != NULL && first != second);
    CHECK(fa_scratch_pool_alloc(pool, opaque_size(SIZE_MAX), 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_scratch_pool_alloc(pool, 8, opaque_size(3)) == NULL);
    CHECK(fa_scratch_pool_alloc_array(pool, opaque_size(SIZE_MAX / 2), 3, 8) == NULL);
    CHECK(fa_scratch_pool_alloc(NULL, 8, 8) == NULL);
    unsigned char *zeroed = fa_scratch_pool_alloc_zeroed(pool, 100, 8);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(zeroed[i], 0);
    fa_scratch_scope scope;
    CHECK_EQ(fa_scratch_pool_scope_begin(NULL, &scope), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_OK);
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_scratch_scope_begin(NULL, &scope), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_scratch_scope_end(NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, &scope), FA_OK);
    CHECK_EQ(fa_scratch_pool_destroy(pool), FA_OK);
    (void)capture_code(&c);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 6);
    CHECK_EQ(fa_scratch_pool_destroy(pool), FA_ERROR_STALE);
    CHECK_EQ(fa_scratch_pool_reset(pool), FA_ERROR_STALE);
    CHECK(fa_scratch_pool_alloc(pool, 8, 8) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(fa_scratch_pool_set_limit(NULL, 8), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_scratch_pool_reset_all(NULL), FA_ERROR_INVALID_ALLOCATOR);
    size_t total;
    CHECK_EQ(fa_scratch_pool_list(a, NULL, 1, &total), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(pools_have_names_and_survive_frames), CASE(reset_memory_is_used_again), CASE(limits_and_lists),
           CASE(scopes_give_back), CASE(lanes_have_scopes_too), CASE(tags_own_what_they_take), CASE(threads_share_pools),
           CASE(failing_backend_leaves_nothing), CASE(bad_input_is_refused))
