/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static fa_allocator *a;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
}

static size_t class_of(size_t size)
{
    size_t class = 8;
    while (class < size)
        class *= 2;
    return class;
}

static void every_class(void)
{
    setup();
    for (size_t size = 0; size <= 4096; size += size < 300 ? 1 : 61) {
        unsigned char *block = fa_pool_alloc(a, size, 1);
        REQUIRE(block != NULL);
        size_t class = class_of(size);
        CHECK(aligned_to(block, class));
        CHECK_EQ(fa_usable_size(a, block), class);
        CHECK_EQ(figures(a).pool.live_bytes, class);
        memset(block, 1, class);
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK_EQ(figures(a).pool.live_bytes, 0);
    }
    CHECK_EQ(figures(a).heap.allocations, 0);
    fa_allocator_release(a);
}

static void alignment_takes_a_larger_class(void)
{
    setup();
    for (size_t align = 1; align <= 4096; align *= 2) {
        void *block = fa_pool_alloc(a, 1, opaque_size(align));
        REQUIRE(block != NULL);
        CHECK(aligned_to(block, align));
        CHECK_EQ(fa_usable_size(a, block), class_of(align));
        CHECK_EQ(fa_release(a, block), FA_OK);
    }
    fa_allocator_release(a);
}

static void above_the_threshold_comes_from_the_heap(void)
{
    setup();
    void *large = fa_pool_alloc(a, 4097, 16);
    void *aligned = fa_pool_alloc(a, 8, 8192);
    CHECK(large != NULL && aligned != NULL);
    CHECK(aligned_to(aligned, 8192));
    CHECK_EQ(figures(a).heap.live_count, 2);
    CHECK_EQ(figures(a).pool.live_count, 0);
    CHECK_EQ(fa_release(a, large), FA_OK);
    CHECK_EQ(fa_release(a, aligned), FA_OK);
    fa_allocator_release(a);
}

static void blocks_do_not_overlap(void)
{
    enum { BLOCKS = 5000 };
    static unsigned char *blocks[BLOCKS];
    setup();
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            size_t size = (i * 37 + round) % 4097;
            blocks[i] = fa_pool_alloc(a, size, 8);
            REQUIRE(blocks[i] != NULL);
            pattern_fill(blocks[i], size, i);
        }
        CHECK_EQ(figures(a).pool.live_count, BLOCKS);
        for (size_t i = 0; i < BLOCKS; i++) {
            size_t size = (i * 37 + round) % 4097;
            CHECK(pattern_holds(blocks[i], size, size, i));
            CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
        }
        CHECK_EQ(figures(a).pool.live_count, 0);
        CHECK_EQ(figures(a).pool.live_bytes, 0);
    }
    fa_allocator_release(a);
}

static void zeroed_blocks_are_zero_after_reuse(void)
{
    setup();
    for (size_t size = 1; size <= 4096; size *= 2) {
        for (int i = 0; i < 3; i++) {
            unsigned char *block = fa_pool_alloc_zeroed(a, size, 1);
            REQUIRE(block != NULL);
            CHECK(all_bytes(block, size, 0));
            memset(block, 0xFF, fa_usable_size(a, block));
            CHECK_EQ(fa_release(a, block), FA_OK);
        }
    }
    fa_allocator_release(a);
}

static void arrays_check_their_product(void)
{
    setup();
    capture_mute(a);
    void *array = fa_pool_alloc_array(a, 10, 100, 16);
    CHECK(array != NULL);
    CHECK_EQ(fa_usable_size(a, array), 1024);
    CHECK(fa_pool_alloc_array(a, opaque_size(SIZE_MAX / 8 + 1), 8, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK_EQ(fa_release(a, array), FA_OK);
    fa_allocator_release(a);
}

static void typed_macro(void)
{
    setup();
    double *number = fa_pool_new(a, double);
    REQUIRE(number != NULL);
    *number = 1.5;
    CHECK_EQ(fa_usable_size(a, number), 8);
    CHECK_EQ(fa_release(a, number), FA_OK);
    fa_allocator_release(a);
}

static void emptied_pages_go_back(void)
{
    enum { BLOCKS = 20000 };
    static void *blocks[BLOCKS];
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.pool_page_size = 65536;
    config.pool_pages_kept = 1;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    for (size_t i = 0; i < BLOCKS; i++)
        REQUIRE((blocks[i] = fa_pool_alloc(a, 1024, 16)) != NULL);
    size_t peak = s.live_bytes;
    CHECK(peak >= (size_t)BLOCKS * 1024);
    CHECK(figures(a).pages >= BLOCKS / 64);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    CHECK(s.live_bytes < peak / 4);
    CHECK(figures(a).pages <= 4);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).pages, 0);
    CHECK_EQ(s.live_bytes, 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void kept_pages_are_kept(void)
{
    enum { BLOCKS = 640 };
    static void *blocks[BLOCKS];
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.pool_page_size = 65536;
    config.pool_pages_kept = 64;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    size_t asked = 0;
    for (int round = 0; round < 10; round++) {
        if (round == 1)
            asked = s.asked;
        for (size_t i = 0; i < BLOCKS; i++)
            REQUIRE((blocks[i] = fa_pool_alloc(a, 1024, 16)) != NULL);
        for (size_t i = 0; i < BLOCKS; i++)
            CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
    CHECK_EQ(s.asked, asked);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void pages_come_in_the_size_configured(void)
{
    const size_t sizes[] = {65536, 262144, 4194304};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        spy s;
        spy_start(&s);
        fa_config config = spy_config(&s);
        config.pool_page_size = sizes[i];
        a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        CHECK(fa_pool_alloc(a, 64, 16) != NULL);
        CHECK(s.logged > 0 && s.log[0] >= sizes[i] && s.log[0] <= sizes[i] + 65536);
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

CHECK_MAIN(CASE(every_class), CASE(alignment_takes_a_larger_class), CASE(above_the_threshold_comes_from_the_heap),
           CASE(blocks_do_not_overlap), CASE(zeroed_blocks_are_zero_after_reuse), CASE(arrays_check_their_product),
           CASE(typed_macro), CASE(emptied_pages_go_back), CASE(kept_pages_are_kept),
           CASE(pages_come_in_the_size_configured))
