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
}

static void teardown(void)
{
    fa_allocator_release(a);
}

static void check_report(int32_t code, fa_status status)
{
    CHECK_EQ(fa_last_status(), status);
    CHECK_EQ(heard.last.status, status);
    CHECK_EQ(capture_code(&heard), code);
}

static void begin_and_end(void)
{
    setup();
    CHECK_EQ(fa_frame_number(a), 0);
    CHECK_EQ(fa_frame_active(a), 0);
    for (uint64_t i = 1; i <= 5; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_active(a), 1);
        CHECK_EQ(fa_frame_number(a), i);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(fa_frame_active(a), 0);
        CHECK_EQ(fa_frame_number(a), i);
    }
    teardown();
}

static void double_begin_goes_on(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 100, 16);
    REQUIRE(block != NULL);
    memset(block, 9, 100);
    CHECK_EQ(fa_frame_begin(a), FA_ERROR_FRAME_ACTIVE);
    check_report(4, FA_ERROR_FRAME_ACTIVE);
    CHECK_EQ(fa_frame_number(a), 1);
    CHECK(all_bytes(block, 100, 9));
    CHECK_EQ(fa_frame_used(a), 112);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    teardown();
}

static void stray_end_does_nothing(void)
{
    setup();
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    check_report(5, FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    check_report(5, FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_number(a), 1);
    CHECK_EQ(figures(a).frame.live_count, 0);
    teardown();
}

static void no_frame_is_reported_by_every_entry(void)
{
    setup();
    fa_frame_token token = 77;
    CHECK(fa_frame_alloc(a, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(fa_frame_alloc_zeroed(a, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(fa_frame_alloc_array(a, 4, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(fa_frame_alloc_array_zeroed(a, 4, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(fa_frame_alloc_ahead(a, 0, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(fa_frame_alloc_ahead(a, 2, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    teardown();
    setup();
    CHECK(fa_frame_realloc(a, NULL, 0, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(fa_alloc(a, FA_INTENT_FRAME, 64, 16) == NULL);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_checkpoint(a), 0);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_hold(a, &token), FA_ERROR_NO_FRAME);
    check_report(1, FA_ERROR_NO_FRAME);
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, 0), FA_ERROR_NO_FRAME);
    check_report(1, FA_ERROR_NO_FRAME);
    CHECK(window.allocator == NULL);
    teardown();
}

static void try_fails_without_a_report(void)
{
    setup();
    fa_clear_last_status();
    CHECK(fa_frame_try_alloc(a, 64, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&heard), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_try_alloc(a, 64, 16) != NULL);
    CHECK(fa_frame_try_alloc(a, opaque_size(SIZE_MAX), 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_frame_try_alloc(a, 64, opaque_size(24)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    CHECK_EQ(capture_code(&heard), 0);
    teardown();
}

static void blocks_are_aligned_and_apart(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t align = 1; align <= (size_t)1 << 21; align *= 2) {
        for (size_t size = 0; size < 70; size += 23) {
            unsigned char *block = fa_frame_alloc(a, size, opaque_size(align));
            REQUIRE(block != NULL);
            CHECK(aligned_to(block, align) && aligned_to(block, 16));
            memset(block, 1, size);
        }
    }
    teardown();
}

static void size_zero_is_a_block_of_its_own(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *first = fa_frame_alloc(a, 0, 1);
    void *second = fa_frame_alloc(a, 0, 1);
    void *third = fa_frame_alloc(a, 8, 8);
    CHECK(first != NULL && second != NULL && third != NULL);
    CHECK(first != second && second != third && first != third);
    CHECK_EQ(figures(a).frame.live_count, 3);
    teardown();
}

static void used_counts_multiples_of_16(void)
{
    setup();
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK(fa_frame_alloc(a, 1, 1) != NULL);
    CHECK_EQ(fa_frame_used(a), 16);
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(fa_frame_used(a), 32);
    CHECK(fa_frame_alloc(a, 17, 8) != NULL);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK_EQ(figures(a).frame.live_bytes, 64);
    CHECK_EQ(figures(a).frame.live_count, 3);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_used(a), 0);
    CHECK_EQ(lane_figures(a).last_frame_bytes, 64);
    teardown();
}

static void zeroed_memory_is_zero_after_reuse(void)
{
    setup();
    for (int frame = 0; frame < 3; frame++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        unsigned char *block = fa_frame_alloc_zeroed(a, 5000, 32);
        unsigned char *array = fa_frame_alloc_array_zeroed(a, 100, 50, 8);
        uint64_t *typed = fa_frame_new_zeroed(a, uint64_t, 100);
        REQUIRE(block && array && typed);
        CHECK(all_bytes(block, 5000, 0) && all_bytes(array, 5000, 0) && all_bytes(typed, 800, 0));
        memset(block, 0xFF, 5000);
        memset(array, 0xFF, 5000);
        memset(typed, 0xFF, 800);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    teardown();
}

static void arrays_are_one_stretch(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    uint32_t *numbers = fa_frame_new(a, uint32_t, 1000);
    REQUIRE(numbers != NULL);
    for (uint32_t i = 0; i < 1000; i++)
        numbers[i] = i;
    CHECK_EQ(fa_frame_used(a), 4000);
    CHECK(fa_frame_alloc_array(a, opaque_size(SIZE_MAX / 2), 3, 16) == NULL);
    check_report(903, FA_ERROR_SIZE);
    CHECK(fa_frame_alloc_array_zeroed(a, 3, opaque_size(SIZE_MAX / 2), 16) == NULL);
    check_report(903, FA_ERROR_SIZE);
    CHECK(fa_frame_alloc_array(a, 0, 100, 16) != NULL);
    CHECK(numbers[0] == 0 && numbers[999] == 999);
    teardown();
}

static void newest_block_is_given_back(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *first = fa_frame_alloc(a, 100, 16);
    void *second = fa_frame_alloc(a, 50, 16);
    size_t used = fa_frame_used(a);
    CHECK_EQ(fa_frame_give_back(a, first, 100), 0);
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(fa_frame_give_back(a, second, 50), 1);
    CHECK_EQ(fa_frame_used(a), 112);
    CHECK(fa_frame_alloc(a, 50, 16) == second);
    CHECK_EQ(fa_frame_give_back(a, second, 50), 1);
    CHECK_EQ(fa_frame_give_back(a, first, 100), 1);
    CHECK_EQ(fa_frame_used(a), 0);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 0);
    CHECK_EQ(stats.frame.allocations, stats.frame.frees);
    teardown();
}

static void giving_back_anything_else_does_nothing(void)
{
    setup();
    int local = 0;
    CHECK_EQ(fa_frame_give_back(a, &local, sizeof local), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *block = fa_frame_alloc(a, 64, 16);
    CHECK_EQ(fa_frame_give_back(a, NULL, 16), 0);
    CHECK_EQ(fa_frame_give_back(a, &local, sizeof local), 0);
    CHECK_EQ(fa_frame_give_back(a, block, 16), 0);
    CHECK_EQ(fa_frame_give_back(a, block, SIZE_MAX), 0);
    CHECK_EQ(fa_frame_give_back(NULL, block, 64), 0);
    CHECK_EQ(fa_frame_used(a), 64);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_give_back(a, block, 64), 0);
    teardown();
}

static void newest_block_grows_and_shrinks_in_place(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_realloc(a, NULL, 0, 100, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 100, 1);
    CHECK(fa_frame_realloc(a, block, 100, 1000, 16) == block);
    CHECK_EQ(fa_frame_used(a), 1008);
    CHECK(pattern_holds(block, 100, 100, 1));
    CHECK(fa_frame_realloc(a, block, 1000, 40, 16) == block);
    CHECK_EQ(fa_frame_used(a), 48);
    CHECK_EQ(figures(a).frame.live_count, 1);
    teardown();
}

static void older_block_moves_with_its_content(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 100, 16);
    unsigned char *newer = fa_frame_alloc(a, 100, 16);
    REQUIRE(block != NULL && newer != NULL);
    pattern_fill(block, 100, 1);
    pattern_fill(newer, 100, 2);
    unsigned char *moved = fa_frame_realloc(a, block, 100, 200, 64);
    REQUIRE(moved != NULL);
    CHECK(moved != block && aligned_to(moved, 64));
    CHECK(pattern_holds(moved, 100, 100, 1));
    memset(moved, 0, 200);
    CHECK(pattern_holds(newer, 100, 100, 2));
    teardown();
}

static void newest_block_moves_when_its_chunk_is_full(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 30000, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 30000, 3);
    unsigned char *moved = fa_frame_realloc(a, block, 30000, 5000000, 16);
    REQUIRE(moved != NULL);
    CHECK(pattern_holds(moved, 30000, 30000, 3));
    CHECK(fa_frame_realloc(a, moved, 5000000, opaque_size(SIZE_MAX), 16) == NULL);
    check_report(903, FA_ERROR_SIZE);
    CHECK(pattern_holds(moved, 30000, 30000, 3));
    teardown();
}

static void epoch_is_odd_while_a_frame_runs(void)
{
    setup();
    const uint64_t *epoch = fa_frame_epoch(a);
    REQUIRE(epoch != NULL);
    uint64_t start = __atomic_load_n(epoch, __ATOMIC_RELAXED);
    CHECK_EQ(start % 2, 0);
    for (uint64_t i = 0; i < 10; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(__atomic_load_n(epoch, __ATOMIC_RELAXED), start + 2 * i + 1);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(__atomic_load_n(epoch, __ATOMIC_RELAXED), start + 2 * i + 2);
    }
    CHECK(fa_frame_epoch(a) == epoch);
    CHECK(fa_frame_epoch(NULL) == NULL);
    teardown();
}

static void warm_makes_room_without_a_frame(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_warm(a, 3 << 20), FA_OK);
    size_t asked = s.asked;
    CHECK(s.live_bytes >= 3 << 20);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 3 << 10; i++)
        CHECK(fa_frame_alloc(a, 1008, 16) != NULL);
    CHECK_EQ(s.asked, asked);
    CHECK_EQ(fa_frame_warm(a, 100), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void warm_has_limits(void)
{
    setup();
    CHECK_EQ(fa_frame_warm(a, SIZE_MAX), FA_ERROR_SIZE);
    CHECK_EQ(fa_frame_warm(NULL, 1), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_frame_warm(a, 0), FA_OK);
    teardown();
}

CHECK_MAIN(CASE(begin_and_end), CASE(double_begin_goes_on), CASE(stray_end_does_nothing),
           CASE(no_frame_is_reported_by_every_entry), CASE(try_fails_without_a_report),
           CASE(blocks_are_aligned_and_apart), CASE(size_zero_is_a_block_of_its_own),
           CASE(used_counts_multiples_of_16), CASE(zeroed_memory_is_zero_after_reuse), CASE(arrays_are_one_stretch),
           CASE(newest_block_is_given_back), CASE(giving_back_anything_else_does_nothing),
           CASE(newest_block_grows_and_shrinks_in_place), CASE(older_block_moves_with_its_content),
           CASE(newest_block_moves_when_its_chunk_is_full), CASE(epoch_is_odd_while_a_frame_runs),
           CASE(warm_makes_room_without_a_frame), CASE(warm_has_limits))
