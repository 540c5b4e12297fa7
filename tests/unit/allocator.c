/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "spy.h"

static void references_are_counted(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_allocator_references(a), 1);
    CHECK(fa_allocator_retain(a) == a);
    CHECK_EQ(fa_allocator_references(a), 2);
    fa_allocator_release(a);
    CHECK_EQ(fa_allocator_references(a), 1);
    void *block = fa_pool_alloc(a, 40, 8);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static void a_gone_allocator_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_allocator_release(a);
    CHECK_EQ(fa_allocator_references(a), 0);
    CHECK_EQ(fa_allocator_id(a), 0);
    fa_clear_last_status();
    CHECK(fa_allocator_retain(a) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

static void null_is_refused(void)
{
    fa_allocator_release(NULL);
    CHECK_EQ(fa_allocator_references(NULL), 0);
    CHECK_EQ(fa_allocator_id(NULL), 0);
    CHECK(fa_allocator_retain(NULL) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
}

static void ids_are_never_used_twice(void)
{
    uint64_t last = 0;
    for (int i = 0; i < 200; i++) {
        fa_allocator *a = fa_allocator_create(NULL);
        REQUIRE(a != NULL);
        CHECK(fa_allocator_id(a) > last);
        last = fa_allocator_id(a);
        fa_allocator_release(a);
    }
}

static void allocators_are_independent(void)
{
    fa_config capped = FA_CONFIG_INIT;
    capped.frame_cap = 4096;
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *b = fa_allocator_create(&capped);
    REQUIRE(a != NULL && b != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(!fa_frame_active(b));
    CHECK(fa_frame_try_alloc(b, 16, 16) == NULL);
    CHECK_EQ(fa_frame_begin(b), FA_OK);
    CHECK(fa_frame_alloc(a, 8192, 16) != NULL);
    CHECK(fa_frame_try_alloc(b, 8192, 16) == NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK(fa_frame_active(b));
    fa_stats of_b = figures(b);
    CHECK_EQ(of_b.frame.allocations, 0);
    fa_allocator_release(a);
    CHECK(fa_frame_alloc(b, 64, 16) != NULL);
    fa_allocator_release(b);
}

static void release_gives_everything_back(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 3 << 20, 16) != NULL);
    CHECK(fa_frame_alloc_ahead(a, 5, 100, 16) != NULL);
    CHECK(fa_pool_alloc(a, 100, 16) != NULL);
    CHECK(fa_heap_alloc(a, 1 << 20, 16) != NULL);
    CHECK(fa_heap_alloc(a, 10000, 16) != NULL);
    CHECK(fa_scratch_alloc(a, 100, 16) != NULL);
    fa_allocator_release(a);
    CHECK(s.asked > 0);
    spy_check_clean(&s);
}

static void trim_gives_unused_memory_back(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 3 << 20, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_release(a, fa_heap_alloc(a, 1 << 20, 16)), FA_OK);
    CHECK_EQ(fa_release(a, fa_pool_alloc(a, 64, 16)), FA_OK);
    size_t before = s.live_bytes;
    size_t released = 0;
    CHECK_EQ(fa_allocator_trim(a, &released), FA_OK);
    CHECK(released >= 4 << 20);
    CHECK_EQ(released, before - s.live_bytes);
    CHECK_EQ(figures(a).reserved_bytes, s.live_bytes);
    CHECK_EQ(figures(a).pages, 0);
    CHECK_EQ(figures(a).chunks, 0);
    CHECK_EQ(figures(a).cached_bytes, 0);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void trim_spares_what_is_in_use(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *frame = fa_frame_alloc(a, 5000, 16);
    unsigned char *ahead = fa_frame_alloc_ahead(a, 2, 5000, 16);
    unsigned char *pool = fa_pool_alloc(a, 500, 16);
    unsigned char *heap = fa_heap_alloc(a, 500000, 16);
    REQUIRE(frame && ahead && pool && heap);
    memset(frame, 1, 5000);
    memset(ahead, 2, 5000);
    memset(pool, 3, 500);
    memset(heap, 4, 500000);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK(frame[4999] == 1 && ahead[4999] == 2 && pool[499] == 3 && heap[499999] == 4);
    CHECK(fa_frame_alloc(a, 100, 16) != NULL);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    fa_allocator_release(a);
}

static void memory_limit_is_exact(void)
{
    spy s;
    capture c;
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.memory_limit = 16 << 20;
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    void *blocks[64];
    size_t count = 0;
    while (count < 64 && (blocks[count] = fa_heap_alloc(a, 1 << 20, 16)) != NULL)
        count++;
    CHECK_EQ(fa_last_status(), FA_ERROR_MEMORY_LIMIT);
    CHECK_EQ(capture_code(&c), 301);
    CHECK(count >= 14 && count <= 16);
    CHECK(s.live_bytes <= 16 << 20);
    CHECK(figures(a).backend_failures > 0);
    CHECK(fa_heap_try_alloc(a, 1 << 20, 16) == NULL);
    CHECK_EQ(capture_code(&c), 0);
    for (size_t i = 0; i < count; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    void *again = fa_heap_alloc(a, 8 << 20, 16);
    CHECK(again != NULL);
    CHECK_EQ(fa_release(a, again), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

CHECK_MAIN(CASE(references_are_counted), CASE(a_gone_allocator_is_refused), CASE(null_is_refused),
           CASE(ids_are_never_used_twice), CASE(allocators_are_independent), CASE(release_gives_everything_back),
           CASE(trim_gives_unused_memory_back), CASE(trim_spares_what_is_in_use), CASE(memory_limit_is_exact))
