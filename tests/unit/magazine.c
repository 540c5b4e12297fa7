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

static void takes_and_gives_back(void)
{
    enum { BLOCKS = 1000 };
    static unsigned char *blocks[BLOCKS];
    setup();
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 48, 16), FA_OK);
    CHECK_EQ(magazine.block_size, 64);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < BLOCKS; i++) {
            blocks[i] = fa_magazine_take(&magazine);
            REQUIRE(blocks[i] != NULL);
            CHECK(aligned_to(blocks[i], 64));
            pattern_fill(blocks[i], 64, i);
        }
        for (size_t i = 0; i < BLOCKS; i++) {
            CHECK(pattern_holds(blocks[i], 64, 64, i));
            CHECK_EQ(fa_magazine_give(&magazine, blocks[i]), FA_OK);
        }
    }
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.pool.live_bytes, 0);
    CHECK_EQ(stats.pool.allocations, 3 * BLOCKS);
    CHECK_EQ(stats.pool.frees, 3 * BLOCKS);
    fa_allocator_release(a);
}

static void books_what_is_still_out(void)
{
    setup();
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 100, 1), FA_OK);
    void *first = fa_magazine_take(&magazine);
    void *second = fa_magazine_take(&magazine);
    CHECK(first != NULL && second != NULL && first != second);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    CHECK_EQ(figures(a).pool.live_count, 2);
    CHECK_EQ(figures(a).pool.live_bytes, 256);
    CHECK_EQ(fa_release(a, opaque(first)), FA_OK);
    CHECK_EQ(fa_release(a, opaque(second)), FA_OK);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

static void mixes_with_the_pool(void)
{
    setup();
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 32, 8), FA_OK);
    void *blocks[200];
    for (size_t i = 0; i < 200; i++)
        blocks[i] = i % 2 ? fa_magazine_take(&magazine) : fa_pool_alloc(a, 32, 8);
    for (size_t i = 0; i < 200; i++)
        CHECK_EQ(i % 3 ? fa_magazine_give(&magazine, opaque(blocks[i])) : fa_release(a, opaque(blocks[i])), FA_OK);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.pool.live_count, 0);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void every_class(void)
{
    setup();
    for (size_t size = 1; size <= 4096; size *= 2) {
        fa_magazine magazine;
        CHECK_EQ(fa_magazine_open(a, &magazine, size, 1), FA_OK);
        unsigned char *block = fa_magazine_take(&magazine);
        REQUIRE(block != NULL);
        CHECK_EQ(magazine.block_size, size < 8 ? 8 : size);
        CHECK_EQ(fa_usable_size(a, block), magazine.block_size);
        memset(block, 1, magazine.block_size);
        CHECK_EQ(fa_magazine_give(&magazine, block), FA_OK);
        CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    }
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

static void misuse_is_refused(void)
{
    setup();
    fa_magazine m;
    CHECK_EQ(fa_magazine_open(a, &m, 0, 8), FA_ERROR_SIZE);
    CHECK_EQ(fa_magazine_open(a, &m, 4097, 8), FA_ERROR_SIZE);
    CHECK_EQ(fa_magazine_open(a, &m, opaque_size(SIZE_MAX), 8), FA_ERROR_SIZE);
    CHECK_EQ(fa_magazine_open(a, &m, 8, 0), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_magazine_open(a, &m, 8, 3), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_magazine_open(a, &m, 8, (size_t)1 << 40), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_magazine_open(a, NULL, 8, 8), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_magazine_open(NULL, &m, 8, 8), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_magazine_close(NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
}

static void closed_magazines_give_nothing(void)
{
    setup();
    fa_magazine m;
    CHECK_EQ(fa_magazine_open(a, &m, 64, 8), FA_OK);
    void *block = fa_magazine_take(&m);
    CHECK(block != NULL);
    CHECK_EQ(fa_magazine_close(&m), FA_OK);
    CHECK(fa_magazine_take(&m) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(fa_magazine_give(&m, opaque(block)), FA_ERROR_STALE);
    CHECK_EQ(fa_magazine_close(&m), FA_OK);
    CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    fa_allocator_release(a);
}

static void debug_mode_checks_every_block(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&heard, a);
    fa_magazine m;
    CHECK_EQ(fa_magazine_open(a, &m, 64, 8), FA_OK);
    CHECK_EQ(m.capacity, 0);
    void *block = fa_magazine_take(&m);
    CHECK_EQ(fa_magazine_give(&m, opaque(block)), FA_OK);
    CHECK_EQ(fa_magazine_give(&m, opaque(block)), FA_ERROR_DOUBLE_FREE);
    CHECK_EQ(capture_code(&heard), 502);
    CHECK_EQ(fa_magazine_close(&m), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(takes_and_gives_back), CASE(books_what_is_still_out), CASE(mixes_with_the_pool), CASE(every_class),
           CASE(misuse_is_refused), CASE(closed_magazines_give_nothing), CASE(debug_mode_checks_every_block))
