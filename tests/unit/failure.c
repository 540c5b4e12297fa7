/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The backend fails at each single call in turn: nothing is lost, nothing is charged, and the allocator goes on. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static spy s;
static fa_allocator *a;
static size_t refused;

/* A step of the scenario: says whether it worked; it is tried again, and must then work. */
typedef bool (*step)(void);

static void *kept[16];
static fa_frame_token token;
static fa_window window;
static fa_magazine magazine;
static fa_checkpoint checkpoint;
static fa_subframe scope;

static bool begin(void)
{
    return fa_frame_begin(a) == FA_OK;
}

static bool frame_small(void)
{
    return fa_frame_alloc(a, 100, 16) != NULL;
}

static bool frame_more(void)
{
    return fa_frame_alloc(a, 100000, 64) != NULL;
}

static bool frame_huge(void)
{
    return fa_frame_alloc_zeroed(a, 5000000, 4096) != NULL;
}

static bool frame_ahead(void)
{
    return fa_frame_alloc_ahead(a, 3, 200000, 16) != NULL;
}

static void nothing(void *user)
{
    (void)user;
}

static bool frame_cleanup(void)
{
    return fa_frame_cleanup(a, nothing, NULL) == FA_OK;
}

static bool cleanup_ahead(void)
{
    return fa_frame_cleanup_ahead(a, 5, nothing, NULL) == FA_OK;
}

static bool frame_warm(void)
{
    return fa_frame_warm(a, 20000000) == FA_OK;
}

static bool take_checkpoint(void)
{
    return (checkpoint = fa_frame_checkpoint(a)) != 0;
}

static bool roll_back(void)
{
    return fa_frame_rollback(a, checkpoint) == FA_OK;
}

static bool begin_subframe(void)
{
    return fa_subframe_begin(a, &scope) == FA_OK;
}

static bool end_subframe(void)
{
    return fa_subframe_end(a, scope, NULL, NULL) == FA_OK;
}

static bool batch(void)
{
    static void *blocks[100];
    return fa_frame_alloc_batch(a, blocks, 100, 60000, 64) == FA_OK;
}

static bool arrays(void)
{
    fa_soa_field fields[] = {{8, 8, NULL}, {64, 64, NULL}};
    return fa_frame_alloc_soa(a, 200000, fields, 2) == FA_OK;
}

static bool text(void)
{
    return fa_frame_printf(a, NULL, "%30000000d", 1) != NULL;
}

static bool hold(void)
{
    return fa_frame_hold(a, &token) == FA_OK;
}

static bool open_window(void)
{
    return fa_window_open(a, &window, 3000000) == FA_OK;
}

static bool use_window(void)
{
    return fa_window_alloc(&window, 4000000, 16) != NULL;
}

static bool close_window(void)
{
    return fa_window_close(&window) == FA_OK;
}

static bool pool_small(void)
{
    return (kept[0] = fa_pool_alloc(a, 8, 8)) != NULL;
}

static bool pool_large(void)
{
    return (kept[1] = fa_pool_alloc_zeroed(a, 4096, 16)) != NULL;
}

static bool heap_small(void)
{
    return (kept[2] = fa_heap_alloc(a, 10000, 16)) != NULL;
}

static bool heap_large(void)
{
    return (kept[3] = fa_heap_alloc(a, 9000000, 1 << 16)) != NULL;
}

static bool heap_array(void)
{
    return (kept[4] = fa_heap_alloc_array(a, 1000, 1000, 16)) != NULL;
}

static bool resize(void)
{
    void *larger = fa_realloc(a, kept[1], 300000, 16);
    kept[1] = larger != NULL ? larger : kept[1];
    return larger != NULL;
}

static bool scratch(void)
{
    return fa_scratch_alloc(a, 3000000, 16) != NULL;
}

static bool use_magazine(void)
{
    kept[5] = fa_magazine_open(a, &magazine, 512, 16) == FA_OK ? fa_magazine_take(&magazine) : NULL;
    return fa_magazine_close(&magazine) == FA_OK && kept[5] != NULL;
}

static bool make_lane(void)
{
    return fa_lane_create(a, "by hand") != NULL;
}

static bool end(void)
{
    return fa_frame_end(a) == FA_OK;
}

static const step scenario[] = {begin,        frame_small, pool_small,  frame_more, frame_huge, frame_ahead, heap_small,
                                take_checkpoint, frame_cleanup, cleanup_ahead, frame_huge, roll_back,  pool_large, heap_large,
                                begin_subframe, batch, arrays, text, end_subframe,
                                resize,       heap_array,  open_window, use_window, close_window, hold,      scratch,
                                use_magazine, make_lane,   frame_warm,  end};

static bool is_about_memory(fa_status status)
{
    return status == FA_ERROR_OUT_OF_MEMORY || status == FA_ERROR_BACKEND || status == FA_ERROR_MEMORY_LIMIT;
}

static void run_step(size_t index)
{
    fa_stats before = figures(a);
    size_t used = fa_frame_used(a);
    if (scenario[index]())
        return;
    refused++;
    CHECK(is_about_memory(fa_last_status()));
    fa_stats after = figures(a);
    CHECK(same_charges(&before, &after));
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(after.reserved_bytes, s.live_bytes);
    CHECK(scenario[index]());
}

static void finish(void)
{
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    for (size_t i = 0; i < 6; i++)
        CHECK_EQ(fa_release(a, kept[i]), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.heap.live_count, 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

/* Runs the scenario with one refusal; says whether the refusal was met at all. */
static bool run_failing_at(size_t call)
{
    spy_start(&s);
    memset(kept, 0, sizeof kept);
    s.fail_at = call;
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    if (!CHECK(a != NULL))
        return false;
    capture_mute(a);
    for (size_t i = 0; i < sizeof scenario / sizeof *scenario; i++)
        run_step(i);
    bool met = s.asked >= call;
    finish();
    return met;
}

static void each_single_call_fails_in_turn(void)
{
    size_t call = 1;
    while (call < 200 && run_failing_at(call))
        call++;
    printf("# %zu calls of the backend failed in turn, %zu were felt\n", call - 1, refused);
    CHECK(call > 10);
    CHECK(call < 200);
    CHECK(refused > 0);
}

static void everything_fails_for_a_while(void)
{
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *block = fa_pool_alloc(a, 100, 16);
    REQUIRE(block != NULL);
    memset(block, 5, 100);
    s.fail_all = true;
    fa_stats before = figures(a);
    for (size_t size = 1 << 20; size < (size_t)64 << 20; size *= 2) {
        CHECK(fa_frame_try_alloc(a, size, 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
        CHECK(fa_heap_try_alloc(a, size, 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
    }
    fa_stats after = figures(a);
    CHECK(same_charges(&before, &after));
    CHECK(after.backend_failures >= 12);
    CHECK(all_bytes(block, 100, 5));
    s.fail_all = false;
    CHECK(fa_frame_alloc(a, 1 << 20, 16) != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void out_of_memory_is_reported(void)
{
    capture c;
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    s.fail_all = true;
    CHECK(fa_heap_alloc(a, 1 << 20, 16) == NULL);
    CHECK_EQ(capture_code(&c), 904);
    CHECK(fa_frame_alloc(a, 1 << 20, 16) == NULL);
    CHECK_EQ(capture_code(&c), 904);
    CHECK(fa_pool_alloc(a, 64, 16) == NULL);
    CHECK_EQ(capture_code(&c), 904);
    CHECK(fa_scratch_alloc(a, 64, 16) == NULL);
    CHECK_EQ(capture_code(&c), 904);
    CHECK(fa_pool_try_alloc(a, 64, 16) == NULL);
    CHECK(fa_heap_try_alloc(a, 1 << 20, 16) == NULL);
    CHECK(fa_frame_try_alloc(a, 64, 16) == NULL);
    CHECK_EQ(capture_code(&c), 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

CHECK_MAIN(CASE(each_single_call_fails_in_turn), CASE(everything_fails_for_a_while), CASE(out_of_memory_is_reported))
