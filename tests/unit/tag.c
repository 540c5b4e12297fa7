/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "spy.h"

#include <pthread.h>

static fa_tag_stats tag_figures(fa_allocator *a, fa_tag tag)
{
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    check_intent_adds_up(&stats.frame);
    check_intent_adds_up(&stats.pool);
    check_intent_adds_up(&stats.heap);
    check_intent_adds_up(&stats.scratch);
    return stats;
}

static uint64_t live_frame(fa_allocator *a, fa_tag tag)
{
    return tag_figures(a, tag).frame.live_bytes;
}

static void paths_name_tags(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_tag path = fa_tag_get(a, "ai::pathfinding");
    fa_tag ai = fa_tag_find(a, "ai");
    CHECK(path != 0 && ai != 0 && path != ai);
    CHECK_EQ(fa_tag_get(a, "ai::pathfinding"), path);
    CHECK_EQ(fa_tag_nested(a, ai, "pathfinding"), path);
    CHECK_EQ(tag_figures(a, path).parent, ai);
    CHECK_EQ(tag_figures(a, path).level, 2);
    char text[64];
    CHECK_EQ(fa_tag_path(a, path, text, sizeof text), strlen("ai::pathfinding"));
    CHECK_TEXT(text, "ai::pathfinding");
    CHECK_EQ(fa_tag_path(a, path, text, 5), strlen("ai::pathfinding"));
    CHECK_TEXT(text, "ai::");
    CHECK_EQ(fa_tag_path(a, path, NULL, 0), strlen("ai::pathfinding"));
    fa_tag tags[4];
    size_t total = 0;
    CHECK_EQ(fa_tag_list(a, tags, 4, &total), FA_OK);
    CHECK_EQ(total, 2);
    CHECK(tags[0] == ai && tags[1] == path);
    fa_clear_last_status();
    CHECK_EQ(fa_tag_find(a, "ai::steering"), 0);
    CHECK_EQ(fa_last_status(), FA_ERROR_NOT_FOUND);
    fa_allocator_release(a);
}

static void names_are_copied(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    char name[] = "volatile";
    fa_tag tag = fa_tag_get(a, name);
    memset(name, 'x', sizeof name - 1);
    char text[16];
    (void)fa_tag_path(a, tag, text, sizeof text);
    CHECK_TEXT(text, "volatile");
    fa_allocator_release(a);
}

static void frame_memory_goes_to_the_tag_on_top(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 1000, 16) != NULL);
    FA_TAG_SCOPE (a, "ai") {
        CHECK(fa_frame_alloc(a, 100, 16) != NULL);
        FA_TAG_SCOPE (a, "pathfinding") {
            CHECK(fa_frame_alloc(a, 64, 16) != NULL);
            CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        }
        CHECK(fa_frame_alloc(a, 16, 16) != NULL);
        CHECK_EQ(live_frame(a, fa_tag_find(a, "ai")), 128);
    }
    CHECK(fa_frame_alloc(a, 500, 16) != NULL);
    fa_tag ai = fa_tag_find(a, "ai");
    fa_tag nested = fa_tag_find(a, "ai::pathfinding");
    CHECK_EQ(fa_tag_current(a), 0);
    CHECK_EQ(live_frame(a, ai), 112 + 16);
    CHECK_EQ(tag_figures(a, ai).frame.live_count, 2);
    CHECK_EQ(live_frame(a, nested), 128);
    CHECK_EQ(tag_figures(a, nested).frame.live_count, 2);
    CHECK_EQ(tag_figures(a, ai).nested_live_bytes, 256);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(live_frame(a, ai), 0);
    CHECK_EQ(live_frame(a, nested), 0);
    CHECK_EQ(tag_figures(a, ai).nested_live_bytes, 0);
    CHECK_EQ(tag_figures(a, ai).frame.peak_bytes, 128);
    CHECK_EQ(tag_figures(a, ai).frame_total_bytes, 128);
    CHECK_EQ(tag_figures(a, ai).frame.frees, 2);
    fa_allocator_release(a);
}

static void scopes_close_however_they_are_left(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    for (int i = 0; i < 3; i++) {
        FA_TAG_SCOPE (a, "loop") {
            if (i == 1)
                break;
            CHECK_EQ(fa_tag_depth(a), 1);
        }
        CHECK_EQ(fa_tag_depth(a), 0);
    }
    /* Two scopes on one line do not shadow each other. */
    FA_TAG_SCOPE (a, "outer") FA_TAG_SCOPE (a, "inner") CHECK_EQ(fa_tag_depth(a), 2);
    CHECK_EQ(fa_tag_depth(a), 0);
    fa_allocator_release(a);
}

static void a_tag_lasts_over_frames(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_tag tag = fa_tag_get(a, "worker");
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    for (uint64_t i = 1; i <= 5; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 4096, 16) != NULL);
        CHECK(fa_frame_alloc(a, 200000, 16) != NULL);
        CHECK_EQ(live_frame(a, tag), 4096 + 200000);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(live_frame(a, tag), 0);
        CHECK_EQ(tag_figures(a, tag).frame.allocations, 2 * i);
    }
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(tag_figures(a, tag).frame_total_bytes, 5 * 204096);
    fa_allocator_release(a);
}

static void blocks_that_look_ahead_stay_with_their_tag(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    FA_TAG_SCOPE (a, "render") {
        CHECK(fa_frame_alloc_ahead(a, 2, 320, 16) != NULL);
        CHECK(fa_frame_alloc(a, 32, 16) != NULL);
    }
    fa_tag tag = fa_tag_find(a, "render");
    CHECK_EQ(live_frame(a, tag), 352);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(live_frame(a, tag), 320);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc_ahead(a, 1, 16, 16) != NULL);
        CHECK_EQ(live_frame(a, tag), 320);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(live_frame(a, tag), 0);
    CHECK_EQ(tag_figures(a, tag).nested_live_bytes, 0);
    fa_allocator_release(a);
}

static void held_frames_stay_with_their_tag(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_frame_token token;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    FA_TAG_SCOPE (a, "gpu")
        CHECK(fa_frame_alloc(a, 480, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_tag tag = fa_tag_find(a, "gpu");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    FA_TAG_SCOPE (a, "gpu")
        CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(live_frame(a, tag), 496);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(live_frame(a, tag), 480);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(live_frame(a, tag), 0);
    fa_allocator_release(a);
}

/* What goes back is taken from those who had it, across scopes that closed meanwhile. */
static void rollbacks_and_give_backs_are_exact(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_tag one = fa_tag_get(a, "one");
    fa_tag two = fa_tag_get(a, "two");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, one), FA_OK);
    CHECK(fa_frame_alloc(a, 160, 16) != NULL);
    uint64_t before = live_frame(a, one);
    fa_checkpoint point = fa_frame_checkpoint(a);
    CHECK(fa_frame_alloc(a, 320, 16) != NULL);
    CHECK_EQ(fa_tag_push(a, two), FA_OK);
    CHECK(fa_frame_alloc(a, 300000, 16) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(live_frame(a, two), 300000);
    CHECK(live_frame(a, one) >= before + 336);
    CHECK_EQ(fa_frame_rollback(a, point), FA_OK);
    CHECK_EQ(live_frame(a, two), 0);
    CHECK_EQ(live_frame(a, one), before);
    CHECK_EQ(tag_figures(a, one).frame.live_count, 1);
    CHECK_EQ(fa_tag_push(a, two), FA_OK);
    void *newest = fa_frame_alloc(a, 64, 16);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(live_frame(a, two), 64);
    CHECK_EQ(fa_frame_give_back(a, newest, 64), 1);
    CHECK_EQ(live_frame(a, two), 0);
    CHECK_EQ(live_frame(a, one), before);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(live_frame(a, one), 0);
    fa_allocator_release(a);
}

static void windows_are_attributed(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_window window;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, fa_tag_get(a, "particles")), FA_OK);
    CHECK_EQ(fa_window_open(a, &window, 4096), FA_OK);
    for (int i = 0; i < 10; i++)
        CHECK(fa_window_alloc(&window, 48, 16) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_tag tag = fa_tag_find(a, "particles");
    fa_tag_stats borrowed = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, tag, &borrowed), FA_OK);
    CHECK_EQ(borrowed.frame.live_bytes, 4096);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(live_frame(a, tag), 480);
    CHECK_EQ(tag_figures(a, tag).frame.live_count, 10);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(live_frame(a, tag), 0);
    fa_allocator_release(a);
}

static void blocks_leave_the_tag_that_took_them(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_tag mine = fa_tag_get(a, "mine");
    fa_tag other = fa_tag_get(a, "other");
    CHECK_EQ(fa_tag_push(a, mine), FA_OK);
    void *small = fa_pool_alloc(a, 100, 16);
    void *tracked = fa_heap_alloc(a, 100, 16);
    void *large = fa_heap_alloc(a, 100000, 16);
    void *over = fa_pool_alloc(a, 9000, 16);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_tag_stats stats = tag_figures(a, mine);
    CHECK_EQ(stats.pool.live_bytes, 128);
    CHECK_EQ(stats.pool.live_count, 1);
    CHECK_EQ(stats.heap.live_count, 3);
    CHECK_EQ(stats.heap.live_bytes, 128 + fa_usable_size(a, large) + fa_usable_size(a, over));
    CHECK_EQ(stats.nested_live_bytes, stats.pool.live_bytes + stats.heap.live_bytes);
    CHECK_EQ(fa_tag_push(a, other), FA_OK);
    CHECK_EQ(fa_release(a, small), FA_OK);
    CHECK_EQ(fa_release(a, tracked), FA_OK);
    CHECK_EQ(fa_release(a, large), FA_OK);
    CHECK_EQ(fa_release(a, over), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    stats = tag_figures(a, mine);
    CHECK_EQ(stats.pool.live_bytes + stats.heap.live_bytes + stats.nested_live_bytes, 0);
    CHECK_EQ(stats.pool.frees, 1);
    CHECK_EQ(stats.heap.frees, 3);
    CHECK_EQ(stats.pool.peak_bytes, 128);
    CHECK_EQ(tag_figures(a, other).pool.allocations + tag_figures(a, other).pool.frees, 0);
    fa_stats all = figures(a);
    check_adds_up(&all);
    CHECK_EQ(all.pool.live_count + all.heap.live_count, 0);
    fa_allocator_release(a);
}

static void a_block_that_moves_keeps_its_tag(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_tag mine = fa_tag_get(a, "mine");
    CHECK_EQ(fa_tag_push(a, mine), FA_OK);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    const size_t sizes[] = {500, 3000, 20000, 500000, 40};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        block = fa_realloc(a, block, sizes[i], 16);
        REQUIRE(block != NULL);
        CHECK_EQ(tag_figures(a, mine).nested_live_bytes, fa_usable_size(a, block));
    }
    void *free_block = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(fa_tag_push(a, mine), FA_OK);
    free_block = fa_realloc(a, free_block, 4000, 16);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(tag_figures(a, mine).nested_live_bytes, fa_usable_size(a, block));
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_release(a, free_block), FA_OK);
    CHECK_EQ(tag_figures(a, mine).nested_live_bytes, 0);
    fa_allocator_release(a);
}

typedef struct parcel {
    fa_allocator *allocator;
    void *blocks[300];
} parcel;

static void *release_all(void *user)
{
    parcel *p = user;
    for (int i = 0; i < 300; i++)
        CHECK_EQ(fa_release(p->allocator, p->blocks[i]), FA_OK);
    return NULL;
}

static void other_threads_release_for_the_tag(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    parcel p = {.allocator = a};
    CHECK_EQ(fa_tag_push_name(a, "loader"), FA_OK);
    for (int i = 0; i < 300; i++)
        p.blocks[i] = i % 3 == 0 ? fa_heap_alloc(a, 70000, 16) : fa_pool_alloc(a, (size_t)i, 8);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_tag tag = fa_tag_find(a, "loader");
    CHECK_EQ(tag_figures(a, tag).pool.live_count, 200);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, release_all, &p) == 0);
    (void)pthread_join(thread, NULL);
    fa_tag_stats stats = tag_figures(a, tag);
    CHECK_EQ(stats.pool.live_bytes + stats.heap.live_bytes + stats.nested_live_bytes, 0);
    CHECK_EQ(stats.pool.frees, 200);
    CHECK_EQ(stats.heap.frees, 100);
    fa_allocator_release(a);
}

static void scratch_is_attributed(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK(fa_scratch_alloc(a, 32, 16) != NULL);
    FA_TAG_SCOPE (a, "paths")
        CHECK(fa_scratch_alloc(a, 640, 16) != NULL);
    CHECK(fa_scratch_alloc(a, 32, 16) != NULL);
    fa_tag tag = fa_tag_find(a, "paths");
    CHECK_EQ(tag_figures(a, tag).scratch.live_bytes, 640);
    CHECK_EQ(tag_figures(a, tag).scratch.live_count, 1);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(tag_figures(a, tag).scratch.live_bytes, 0);
    CHECK_EQ(tag_figures(a, tag).scratch.peak_bytes, 640);
    CHECK_EQ(tag_figures(a, tag).scratch_total_bytes, 640);
    fa_allocator_release(a);
}

static void views_are_bound_to_their_tag(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_tagged view;
    CHECK_EQ(fa_tagged_init(&view, a, "audio::mixer"), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    FA_TAG_SCOPE (a, "other") {
        float *samples = fa_tagged_frame_new(&view, float, 256);
        void *voice = fa_tagged_alloc(&view, FA_INTENT_POOL, 60, 8);
        CHECK(samples != NULL && voice != NULL);
        CHECK_EQ(fa_tag_current(a), fa_tag_find(a, "other"));
        CHECK_EQ(fa_release(a, voice), FA_OK);
    }
    CHECK_EQ(live_frame(a, view.tag), 1024);
    CHECK_EQ(live_frame(a, fa_tag_find(a, "other")), 0);
    CHECK_EQ(tag_figures(a, view.tag).pool.allocations, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void magazines_of_a_scope_belong_to_its_tag(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_magazine magazine;
    CHECK_EQ(fa_tag_push_name(a, "spawn"), FA_OK);
    CHECK_EQ(fa_magazine_open(a, &magazine, 64, 16), FA_OK);
    void *first = fa_magazine_take(&magazine);
    void *second = fa_magazine_take(&magazine);
    fa_tag tag = fa_tag_current(a);
    CHECK_EQ(tag_figures(a, tag).pool.live_bytes, 128);
    CHECK_EQ(fa_magazine_give(&magazine, first), FA_OK);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_release(a, second), FA_OK);
    CHECK_EQ(tag_figures(a, tag).pool.live_bytes, 0);
    CHECK_EQ(tag_figures(a, tag).pool.frees, 2);
    fa_allocator_release(a);
}

static void depth_is_bounded_and_pops_are_paired(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    fa_tag tag = fa_tag_get(a, "deep");
    CHECK_EQ(fa_tag_pop(a), FA_ERROR_UNBALANCED);
    CHECK_EQ(capture_code(&c), 8);
    for (int i = 0; i < FA_TAG_DEPTH_MAX; i++)
        CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_ERROR_DEPTH);
    CHECK_EQ(fa_tag_depth(a), FA_TAG_DEPTH_MAX);
    /* What the library does under a tag of its own works there, too. */
    void *block = fa_realloc(a, fa_pool_alloc(a, 64, 16), 5000, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_handle handle;
    CHECK_EQ(fa_handle_alloc(a, 64, 16, &handle), FA_OK);
    for (int i = 0; i < FA_TAG_DEPTH_MAX; i++)
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_ERROR_UNBALANCED);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *b = fa_allocator_create(NULL);
    REQUIRE(a != NULL && b != NULL);
    capture c;
    capture_start(&c, a);
    const char *const bad[] = {NULL, "", "::", "a::", "::a", "a::::b"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_EQ(fa_tag_get(a, bad[i]), 0);
        CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    }
    char name[FA_TAG_NAME_MAX + 2];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = 0;
    CHECK_EQ(fa_tag_get(a, name), 0);
    name[sizeof name - 2] = 0;
    CHECK(fa_tag_get(a, name) != 0);
    CHECK_EQ(fa_tag_push_name(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_tag_push_name(a, "a::b"), FA_ERROR_INVALID_ARGUMENT);
    fa_tag tag = fa_tag_get(a, "levels");
    for (int i = 1; i < FA_TAG_LEVELS_MAX; i++)
        tag = fa_tag_nested(a, tag, "more");
    CHECK(tag != 0);
    CHECK_EQ(fa_tag_nested(a, tag, "more"), 0);
    CHECK_EQ(fa_last_status(), FA_ERROR_DEPTH);
    (void)capture_code(&c);
    CHECK_EQ(fa_tag_push(a, fa_tag_get(b, "foreign")), FA_ERROR_NOT_FOUND);
    CHECK_EQ(capture_code(&c), 401);
    CHECK_EQ(fa_tag_push(a, 12345), FA_ERROR_NOT_FOUND);
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, 99, &stats), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_tag_get_stats(a, tag, NULL), FA_ERROR_INVALID_ARGUMENT);
    stats.struct_size = 8;
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_tag_push(NULL, tag), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_tag_pop(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_tag_get(NULL, "x"), 0);
    CHECK_EQ(fa_tag_find(NULL, "x"), 0);
    CHECK_EQ(fa_tag_current(NULL), 0);
    CHECK(fa_tagged_alloc(NULL, FA_INTENT_POOL, 8, 8) == NULL);
    fa_tagged view;
    CHECK_EQ(fa_tagged_init(&view, a, ""), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_tagged_init(NULL, a, "x"), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_tag_depth(a), 0);
    fa_allocator_release(a);
    fa_allocator_release(b);
}

static void *allocate_under_a_tag(void *user)
{
    fa_allocator *a = user;
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        FA_TAG_SCOPE (a, "shared") {
            CHECK(fa_frame_alloc(a, 64, 16) != NULL);
            void *block = fa_pool_alloc(a, 32, 16);
            FA_TAG_SCOPE (a, i % 2 ? "odd" : "even")
                CHECK(fa_frame_alloc(a, 16, 16) != NULL);
            CHECK_EQ(fa_release(a, block), FA_OK);
        }
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    return NULL;
}

static void threads_share_a_tag(void)
{
    enum { THREADS = 4 };
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, allocate_under_a_tag, a) == 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    fa_tag_stats stats = tag_figures(a, fa_tag_find(a, "shared"));
    CHECK_EQ(stats.frame.allocations, THREADS * 200);
    CHECK_EQ(stats.frame_total_bytes, THREADS * 200 * 64);
    CHECK_EQ(stats.pool.allocations, THREADS * 200);
    CHECK_EQ(stats.nested_live_bytes, 0);
    CHECK_EQ(tag_figures(a, fa_tag_find(a, "shared::odd")).frame.allocations, THREADS * 100);
    fa_allocator_release(a);
}

static void works_in_debug_mode(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("no debug support in this build");
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    CHECK_EQ(fa_tag_push_name(a, "debug"), FA_OK);
    void *block = fa_pool_alloc(a, 24, 8);
    void *again = opaque(block);
    fa_tag tag = fa_tag_current(a);
    /* 32 bytes of its class between 16 of guard on either side. */
    CHECK_EQ(tag_figures(a, tag).pool.live_bytes, 64);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_release(a, again), FA_ERROR_DOUBLE_FREE);
    CHECK_EQ(tag_figures(a, tag).pool.live_bytes, 0);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(paths_name_tags), CASE(names_are_copied), CASE(frame_memory_goes_to_the_tag_on_top),
           CASE(scopes_close_however_they_are_left), CASE(a_tag_lasts_over_frames),
           CASE(blocks_that_look_ahead_stay_with_their_tag), CASE(held_frames_stay_with_their_tag),
           CASE(rollbacks_and_give_backs_are_exact), CASE(windows_are_attributed),
           CASE(blocks_leave_the_tag_that_took_them), CASE(a_block_that_moves_keeps_its_tag),
           CASE(other_threads_release_for_the_tag), CASE(scratch_is_attributed), CASE(views_are_bound_to_their_tag),
           CASE(magazines_of_a_scope_belong_to_its_tag), CASE(depth_is_bounded_and_pops_are_paired),
           CASE(bad_input_is_refused), CASE(threads_share_a_tag), CASE(works_in_debug_mode))
