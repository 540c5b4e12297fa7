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

static void every_size(void)
{
    setup();
    for (size_t size = 1; size <= (size_t)64 << 20; size = size * 3 + 1) {
        unsigned char *block = fa_heap_alloc(a, size, 16);
        REQUIRE(block != NULL);
        size_t usable = fa_usable_size(a, block);
        CHECK(usable >= size);
        CHECK_EQ(figures(a).heap.live_bytes, usable);
        CHECK_EQ(figures(a).heap.live_count, 1);
        pattern_fill(block, usable, size);
        CHECK(pattern_holds(block, usable, usable, size));
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK_EQ(figures(a).heap.live_count, 0);
        CHECK_EQ(figures(a).heap.live_bytes, 0);
    }
    fa_allocator_release(a);
}

static void more_than_4_gib(void)
{
    const size_t size = ((size_t)5 << 30) + 12345;
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_MMAP;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    unsigned char *block = fa_heap_try_alloc(a, opaque_size(size), 4096);
    if (block == NULL) {
        CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
        fa_allocator_release(a);
        SKIP("no room for 5 GiB of addresses");
    }
    block[0] = 1;
    block[(size_t)4 << 30] = 2;
    block[size - 1] = 3;
    CHECK(fa_usable_size(a, block) >= size);
    CHECK(figures(a).heap.live_bytes >= size);
    CHECK(block[0] == 1 && block[(size_t)4 << 30] == 2 && block[size - 1] == 3);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(figures(a).cached_bytes, 0);
    fa_allocator_release(a);
}

static void every_alignment(void)
{
    setup();
    for (size_t align = 1; align <= (size_t)2 << 20; align *= 2) {
        for (size_t size = 1; size < 300000; size = size * 17 + 5) {
            unsigned char *block = fa_heap_alloc(a, size, opaque_size(align));
            REQUIRE(block != NULL);
            CHECK(aligned_to(block, align));
            pattern_fill(block, size, align);
            CHECK_EQ(fa_release(a, block), FA_OK);
        }
    }
    fa_allocator_release(a);
}

static void largest_alignment(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_MMAP;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    unsigned char *block = fa_heap_try_alloc(a, 100, opaque_size(FA_ALIGN_MAX));
    if (block == NULL) {
        CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
        fa_allocator_release(a);
        SKIP("no room for an alignment of 1 GiB");
    }
    CHECK(aligned_to(block, FA_ALIGN_MAX));
    memset(block, 1, 100);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static void zeroed_blocks_are_zero_after_reuse(void)
{
    setup();
    const size_t sizes[] = {5000, 70000, 1000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int round = 0; round < 3; round++) {
            unsigned char *block = fa_heap_alloc_zeroed(a, sizes[i], 16);
            REQUIRE(block != NULL);
            CHECK(all_bytes(block, sizes[i], 0));
            memset(block, 0xFF, fa_usable_size(a, block));
            CHECK_EQ(fa_release(a, block), FA_OK);
        }
    }
    fa_allocator_release(a);
}

static void freed_blocks_stay_warm(void)
{
    const size_t sizes[] = {10000, 100 << 10, 1 << 20, 3 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        spy s;
        spy_start(&s);
        fa_config config = spy_config(&s);
        a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        CHECK_EQ(fa_release(a, fa_heap_alloc(a, sizes[i], 16)), FA_OK);
        size_t asked = s.asked;
        for (int round = 0; round < 100; round++)
            CHECK_EQ(fa_release(a, fa_heap_alloc(a, sizes[i], 16)), FA_OK);
        CHECK_EQ(s.asked, asked);
        CHECK_EQ(s.returned, 0);
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void warm_cache_has_a_limit(void)
{
    const size_t limits[] = {0, 2 << 20};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        spy s;
        spy_start(&s);
        fa_config config = spy_config(&s);
        config.heap_cache_limit = limits[i];
        a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        void *blocks[16];
        for (size_t j = 0; j < 16; j++)
            REQUIRE((blocks[j] = fa_heap_alloc(a, 1000000, 16)) != NULL);
        for (size_t j = 0; j < 16; j++)
            CHECK_EQ(fa_release(a, blocks[j]), FA_OK);
        CHECK(figures(a).cached_bytes <= limits[i]);
        CHECK(limits[i] == 0 || figures(a).cached_bytes > 0);
        CHECK(s.live_bytes <= limits[i] + (1 << 20));
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void a_warm_block_is_large_enough(void)
{
    setup();
    for (size_t align = 16; align <= (size_t)1 << 20; align *= 2) {
        for (size_t size = 100; size < 1 << 20; size = size * 5 / 3) {
            CHECK_EQ(fa_release(a, fa_heap_alloc(a, 100, opaque_size(align))), FA_OK);
            unsigned char *block = fa_heap_alloc(a, size, 16);
            REQUIRE(block != NULL);
            REQUIRE(fa_usable_size(a, block) >= size);
            memset(block, 1, size);
            CHECK_EQ(fa_release(a, block), FA_OK);
        }
    }
    fa_allocator_release(a);
}

static bool listed(const fa_heap_block *blocks, size_t count, const void *address)
{
    for (size_t i = 0; i < count; i++) {
        if (blocks[i].address == address)
            return true;
    }
    return false;
}

static void live_blocks_are_listed(void)
{
    enum { BLOCKS = 40 };
    fa_heap_block list[BLOCKS + 1];
    void *blocks[BLOCKS];
    size_t total = 99;
    setup();
    CHECK_EQ(fa_heap_blocks(a, NULL, 0, &total), FA_OK);
    CHECK_EQ(total, 0);
    for (size_t i = 0; i < BLOCKS; i++)
        REQUIRE((blocks[i] = fa_heap_alloc(a, 5000 * (i + 1), 16)) != NULL);
    CHECK_EQ(fa_heap_blocks(a, list, BLOCKS + 1, &total), FA_OK);
    CHECK_EQ(total, BLOCKS);
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(listed(list, BLOCKS, blocks[i]));
        CHECK_EQ(list[i].usable, fa_usable_size(a, list[i].address));
    }
    memset(list, 0, sizeof list);
    CHECK_EQ(fa_heap_blocks(a, list, 3, &total), FA_OK);
    CHECK_EQ(total, BLOCKS);
    CHECK(list[2].address != NULL && list[3].address == NULL);
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
        CHECK_EQ(fa_heap_blocks(a, list, BLOCKS, &total), FA_OK);
        CHECK_EQ(total, BLOCKS - 1 - i);
        CHECK(!listed(list, total, blocks[i]));
    }
    CHECK_EQ(fa_heap_blocks(a, NULL, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_heap_blocks(a, NULL, 5, &total), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_heap_blocks(NULL, NULL, 0, &total), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

static void second_release_is_refused(void)
{
    const size_t sizes[] = {100, 5000, 60000, 100000, 1000000, 6000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        setup();
        void *keeper = fa_heap_alloc(a, sizes[i], 16);
        void *block = fa_heap_alloc(a, sizes[i], 16);
        REQUIRE(keeper != NULL && block != NULL);
        CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
        fa_stats before = figures(a);
        fa_status status = fa_release(a, opaque(block));
        CHECK(status == FA_ERROR_DOUBLE_FREE || (sizes[i] > 4 << 20 && status == FA_ERROR_FOREIGN_POINTER));
        int32_t code = capture_code(&heard);
        CHECK(code == (status == FA_ERROR_DOUBLE_FREE ? 502 : 501));
        fa_stats after = figures(a);
        CHECK(same_charges(&before, &after));
        CHECK_EQ(fa_release(a, keeper), FA_OK);
        fa_allocator_release(a);
    }
}

static void interior_pointers_are_refused(void)
{
    const size_t sizes[] = {5000, 60000, 100000, 1000000, 6000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        setup();
        char *block = fa_heap_alloc(a, sizes[i], 16);
        REQUIRE(block != NULL);
        const size_t offsets[] = {1, 8, 16, 4096, sizes[i] - 1};
        for (size_t j = 0; j < sizeof offsets / sizeof *offsets; j++) {
            CHECK_EQ(fa_release(a, opaque(block + offsets[j])), FA_ERROR_INTERIOR_POINTER);
            CHECK_EQ(capture_code(&heard), 503);
            CHECK_EQ(fa_usable_size(a, opaque(block + offsets[j])), 0);
        }
        CHECK_EQ(figures(a).heap.live_count, 1);
        CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
        fa_allocator_release(a);
    }
}

static void foreign_pointers_are_refused(void)
{
    static char fixed[64];
    char local[64];
    void *system = malloc(100000);
    setup();
    const void *const foreign[] = {fixed, local, system, (char *)system + 64, (void *)(uintptr_t)8, fixed + 1};
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        CHECK_EQ(fa_release(a, opaque(foreign[i])), FA_ERROR_FOREIGN_POINTER);
        CHECK_EQ(capture_code(&heard), 501);
    }
    fa_allocator_release(a);
    free(system);
}

static void wrong_allocator_is_named(void)
{
    setup();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    void *block = fa_heap_alloc(other, 1000000, 16);
    CHECK(fa_release(a, opaque(block)) != FA_OK);
    CHECK_EQ(capture_code(&heard), 505);
    CHECK_EQ(fa_release(other, opaque(block)), FA_OK);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(every_size), CASE(more_than_4_gib), CASE(every_alignment), CASE(largest_alignment),
           CASE(zeroed_blocks_are_zero_after_reuse), CASE(freed_blocks_stay_warm), CASE(warm_cache_has_a_limit),
           CASE(a_warm_block_is_large_enough),
           CASE(live_blocks_are_listed), CASE(second_release_is_refused), CASE(interior_pointers_are_refused),
           CASE(foreign_pointers_are_refused), CASE(wrong_allocator_is_named))
