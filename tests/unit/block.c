/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

static fa_allocator *a;
static capture heard;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&heard, a);
}

static void each_intent_is_booked_as_itself(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_alloc(a, FA_INTENT_FRAME, 100, 16) != NULL);
    CHECK(fa_alloc(a, FA_INTENT_SCRATCH, 100, 16) != NULL);
    void *pool = fa_alloc(a, FA_INTENT_POOL, 100, 16);
    void *heap = fa_alloc(a, FA_INTENT_HEAP, 100, 16);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.frame.live_count, 1);
    CHECK_EQ(stats.scratch.live_count, 1);
    CHECK_EQ(stats.pool.live_count, 1);
    CHECK_EQ(stats.heap.live_count, 1);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    fa_allocator_release(a);
}

static void unknown_intents_are_refused(void)
{
    const int32_t unknown[] = {-1, 5, INT32_MAX, INT32_MIN};
    setup();
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        CHECK(fa_alloc(a, unknown[i], 16, 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
        CHECK_EQ(capture_code(&heard), 903);
        CHECK(fa_alloc_zeroed(a, unknown[i], 16, 16) == NULL);
        CHECK(fa_alloc_array(a, unknown[i], 2, 16, 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    }
    fa_allocator_release(a);
}

static void zeroed_and_array_by_intent(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int32_t intent = FA_INTENT_AUTO; intent <= FA_INTENT_SCRATCH; intent++) {
        unsigned char *zeroed = fa_alloc_zeroed(a, intent, 1000, 64);
        unsigned char *array = fa_alloc_array(a, intent, 10, 100, 64);
        REQUIRE(zeroed != NULL && array != NULL);
        CHECK(aligned_to(zeroed, 64) && aligned_to(array, 64));
        CHECK(all_bytes(zeroed, 1000, 0));
        memset(array, 1, 1000);
        bool owned = intent == FA_INTENT_AUTO || intent == FA_INTENT_POOL || intent == FA_INTENT_HEAP;
        CHECK_EQ(fa_release(a, zeroed) == FA_OK, owned);
        CHECK_EQ(fa_release(a, array) == FA_OK, owned);
    }
    fa_allocator_release(a);
}

static void auto_goes_by_size(void)
{
    setup();
    void *small = fa_alloc(a, FA_INTENT_AUTO, 4096, 16);
    CHECK_EQ(figures(a).pool.live_count, 1);
    void *large = fa_alloc(a, FA_INTENT_AUTO, 4097, 16);
    CHECK_EQ(figures(a).heap.live_count, 1);
    CHECK_EQ(fa_release(a, small), FA_OK);
    CHECK_EQ(fa_release(a, large), FA_OK);
    fa_allocator_release(a);
}

static void realloc_keeps_the_content(void)
{
    const size_t sizes[] = {1, 8, 9, 100, 64, 4096, 4097, 20000, 100000, 70000, 3000000, 9000000, 65536, 4000, 24, 1};
    setup();
    unsigned char *block = NULL;
    size_t size = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        block = fa_realloc(a, block, sizes[i], 16);
        REQUIRE(block != NULL);
        size_t kept = size < sizes[i] ? size : sizes[i];
        CHECK(i == 0 || pattern_holds(block, kept < 64 ? kept : 64, size, i - 1));
        CHECK(fa_usable_size(a, block) >= sizes[i]);
        pattern_fill(block, sizes[i], i);
        size = sizes[i];
        fa_stats stats = figures(a);
        CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 1);
        check_adds_up(&stats);
    }
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static void realloc_in_place_within_the_class(void)
{
    setup();
    void *block = fa_pool_alloc(a, 65, 16);
    CHECK(fa_realloc(a, opaque(block), 128, 16) == block);
    CHECK(fa_realloc(a, opaque(block), 100, 16) == block);
    CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    fa_allocator_release(a);
}

static void realloc_moves_for_a_larger_alignment(void)
{
    setup();
    unsigned char *block = fa_pool_alloc(a, 100, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 100, 5);
    for (size_t align = 256; align <= 65536; align *= 16) {
        block = fa_realloc(a, block, 100, opaque_size(align));
        REQUIRE(block != NULL);
        CHECK(aligned_to(block, align));
        CHECK(pattern_holds(block, 100, 100, 5));
    }
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static void failed_realloc_leaves_the_block(void)
{
    setup();
    for (size_t size = 100; size < 200000; size *= 30) {
        unsigned char *block = fa_alloc(a, FA_INTENT_AUTO, size, 16);
        REQUIRE(block != NULL);
        pattern_fill(block, size, size);
        CHECK(fa_realloc(a, opaque(block), opaque_size(SIZE_MAX), 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
        CHECK(fa_realloc(a, opaque(block), 10, opaque_size(3)) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
        CHECK(pattern_holds(opaque(block), size, size, size));
        CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    }
    fa_allocator_release(a);
}

static void realloc_refuses_what_is_no_block(void)
{
    setup();
    static char local[64];
    CHECK(fa_realloc(a, opaque(local), 100, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(figures(a).pool.allocations, 0);
    fa_allocator_release(a);
}

static void usable_size_of_nothing(void)
{
    static char local[64];
    setup();
    CHECK_EQ(fa_usable_size(a, NULL), 0);
    CHECK_EQ(fa_usable_size(a, opaque(local)), 0);
    CHECK_EQ(fa_last_status(), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_usable_size(NULL, opaque(local)), 0);
    fa_allocator_release(a);
}

static void release_of_null_does_nothing(void)
{
    setup();
    fa_clear_last_status();
    CHECK_EQ(fa_release(a, NULL), FA_OK);
    CHECK_EQ(fa_last_status(), FA_OK);
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

static void owns_tells_own_blocks_from_others(void)
{
    static char local[64];
    setup();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    char *pool = fa_pool_alloc(a, 100, 16);
    char *heap = fa_heap_alloc(a, 1000000, 16);
    REQUIRE(pool != NULL && heap != NULL);
    CHECK_EQ(fa_owns(a, pool), 1);
    CHECK_EQ(fa_owns(a, pool + 50), 1);
    CHECK_EQ(fa_owns(a, heap), 1);
    CHECK_EQ(fa_owns(a, heap + 999999), 1);
    CHECK_EQ(fa_owns(other, pool), 0);
    CHECK_EQ(fa_owns(other, heap), 0);
    CHECK_EQ(fa_owns(a, local), 0);
    CHECK_EQ(fa_owns(a, NULL), 0);
    CHECK_EQ(fa_owns(NULL, pool), 0);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

/* Large blocks that lie between pages, full of words that look like the library's own. */
static void mistakes_between_pages_are_seen(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_MMAP;
    fa_allocator *mapped = fa_allocator_create(&config);
    REQUIRE(mapped != NULL);
    capture_mute(mapped);
    void *before = fa_pool_alloc(mapped, 16, 16);
    uint64_t *large = fa_heap_alloc(mapped, (size_t)16 << 20, 16);
    void *after = fa_pool_alloc(mapped, 4096, 16);
    REQUIRE(before != NULL && large != NULL && after != NULL);
    for (size_t i = 0; i < ((size_t)16 << 20) / sizeof *large; i++)
        large[i] = 1;
    for (size_t word = 1; word < 100000; word += 8191)
        CHECK_EQ(fa_release(mapped, opaque(large + word)), FA_ERROR_INTERIOR_POINTER);
    void *gone = opaque(large);
    CHECK_EQ(fa_release(mapped, large), FA_OK);
    CHECK(fa_release(mapped, gone) != FA_OK);
    CHECK_EQ(fa_release(mapped, before), FA_OK);
    CHECK_EQ(fa_release(mapped, after), FA_OK);
    fa_allocator_release(mapped);
}

CHECK_MAIN(CASE(each_intent_is_booked_as_itself), CASE(unknown_intents_are_refused), CASE(zeroed_and_array_by_intent),
           CASE(auto_goes_by_size), CASE(realloc_keeps_the_content), CASE(realloc_in_place_within_the_class),
           CASE(realloc_moves_for_a_larger_alignment), CASE(failed_realloc_leaves_the_block),
           CASE(realloc_refuses_what_is_no_block), CASE(usable_size_of_nothing), CASE(release_of_null_does_nothing),
           CASE(owns_tells_own_blocks_from_others),
           CASE(mistakes_between_pages_are_seen))
