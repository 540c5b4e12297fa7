/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

static fa_group_stats stats_of(fa_allocator *a, fa_group group)
{
    fa_group_stats stats = FA_GROUP_STATS_INIT;
    CHECK_EQ(fa_group_get_stats(a, group, &stats), FA_OK);
    return stats;
}

static void frees_everything_at_once(void)
{
    enum { BLOCKS = 2000 };
    static unsigned char *blocks[BLOCKS];
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    fa_group level = 0;
    REQUIRE(fa_group_create(a, "level", &level) == FA_OK);
    uint64_t before = figures(a).heap.live_bytes;
    size_t bytes = 0;
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = i % 500 == 499 ? 300000 : i % 300 + 1;
        size_t align = (size_t)1 << i % 9;
        blocks[i] = fa_group_alloc(a, level, size, align);
        REQUIRE(blocks[i] != NULL);
        CHECK(aligned_to(blocks[i], align));
        pattern_fill(blocks[i], size, i);
        bytes += size;
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = i % 500 == 499 ? 300000 : i % 300 + 1;
        CHECK(pattern_holds(blocks[i], size, size, i));
    }
    fa_group_stats stats = stats_of(a, level);
    CHECK_EQ(stats.count, BLOCKS);
    CHECK_EQ(stats.bytes, bytes);
    CHECK(stats.slab_count < BLOCKS / 20);
    CHECK_TEXT(stats.name, "level");
    CHECK(figures(a).heap.live_bytes >= before + bytes);
    CHECK_EQ(fa_group_free_all(a, level), FA_OK);
    stats = stats_of(a, level);
    CHECK_EQ(stats.count, 0);
    CHECK_EQ(stats.bytes, 0);
    CHECK_EQ(stats.peak_bytes, bytes);
    CHECK_EQ(stats.total_count, BLOCKS);
    CHECK_EQ(figures(a).heap.live_bytes, before);
    CHECK_EQ(fa_group_destroy(a, level), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void names_are_unique_and_found(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_group one = 0, two = 0, none = 0, found = 0, ids[2] = {0};
    size_t total = 0;
    CHECK_EQ(fa_group_create(a, "one", &one), FA_OK);
    CHECK_EQ(fa_group_create(a, "one", &two), FA_ERROR_EXISTS);
    CHECK_EQ(two, 0);
    CHECK_EQ(fa_group_create(a, NULL, &two), FA_OK);
    CHECK_EQ(fa_group_create(a, "", &none), FA_OK);
    CHECK_EQ(fa_group_find(a, "one", &found), FA_OK);
    CHECK_EQ(found, one);
    CHECK_EQ(fa_group_find(a, "two", &found), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_group_find(a, "", &found), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_group_list(a, ids, 2, &total), FA_OK);
    CHECK_EQ(total, 3);
    CHECK_EQ(ids[0], none);
    CHECK_EQ(ids[1], two);
    CHECK_EQ(fa_group_destroy(a, one), FA_OK);
    CHECK_EQ(fa_group_find(a, "one", &found), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_group_create(a, "one", &found), FA_OK);
    CHECK(found != one);
    fa_allocator_release(a);
}

static void mistakes_are_refused(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(a != NULL && other != NULL);
    capture_start(&c, a);
    fa_group group = 0, twin = 0;
    CHECK_EQ(fa_group_create(a, "g", &group), FA_OK);
    CHECK_EQ(fa_group_create(a, "t", &twin), FA_OK);
    char *block = fa_group_alloc(a, group, 100, 16);
    char *large = fa_group_alloc(a, group, 1000000, 16);
    REQUIRE(block != NULL && large != NULL);
    memset(block, 0x5A, 100);
    CHECK_EQ(fa_release(a, opaque(block)), FA_ERROR_INTERIOR_POINTER);
    CHECK_EQ(capture_code(&c), 503);
    CHECK_EQ(fa_release(a, opaque(large)), FA_ERROR_INTERIOR_POINTER);
    CHECK_EQ(fa_group_release_block(a, twin, block), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(capture_code(&c), 501);
    CHECK_EQ(fa_group_release_block(a, group, block + 16), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_group_release_block(a, group, &c), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_group_release_block(a, group, block), FA_OK);
    CHECK_EQ(fa_group_release_block(a, group, block), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_group_release_block(a, group, large), FA_OK);
    CHECK_EQ(fa_group_release_block(a, group, NULL), FA_OK);
    CHECK_EQ(stats_of(a, group).bytes, 0);
    CHECK_EQ(stats_of(a, group).slab_count, 0);
    CHECK(fa_group_try_alloc(a, group, opaque_size(SIZE_MAX), 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_group_alloc(a, group, 8, opaque_size(3)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    CHECK(fa_group_alloc_array(a, group, opaque_size(SIZE_MAX / 2), 4, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK_EQ(fa_group_destroy(a, group), FA_OK);
    (void)capture_code(&c);
    CHECK_EQ(fa_group_destroy(a, group), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 401);
    CHECK(fa_group_alloc(a, group, 8, 8) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(fa_group_free_all(a, 0), FA_ERROR_STALE);
    capture_mute(other);
    CHECK_EQ(fa_group_free_all(other, twin), FA_ERROR_STALE);
    CHECK_EQ(fa_group_create(a, "x", NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_group_find(a, NULL, &group), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_group_list(a, NULL, 1, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_group_create(NULL, "x", &group), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static void groups_left_at_the_end_are_freed_quietly(void)
{
    capture c;
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    for (int i = 0; i < 20; i++) {
        fa_group group = 0;
        CHECK_EQ(fa_group_create(a, NULL, &group), FA_OK);
        unsigned char *block = fa_group_alloc_zeroed(a, group, 20000, 16);
        CHECK(block != NULL && all_bytes(block, 20000, 0));
        CHECK(fa_group_alloc(a, group, 20, 16) != NULL);
    }
    fa_allocator_release(a);
    CHECK_EQ(capture_code(&c), 0);
    spy_check_clean(&s);
}

static void failing_backends_change_nothing(void)
{
    for (size_t at = 1; at < 12; at++) {
        spy s;
        spy_start(&s);
        fa_config config = spy_config(&s);
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        capture_mute(a);
        s.fail_at = s.asked + at;
        fa_group group = 0;
        if (fa_group_create(a, "g", &group) != FA_OK)
            CHECK_EQ(fa_group_create(a, "g", &group), FA_OK);
        for (size_t i = 0; i < 30; i++) {
            if (fa_group_alloc(a, group, i * 20000, 16) == NULL) {
                CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
                CHECK_EQ(stats_of(a, group).count, i);
                CHECK(fa_group_alloc(a, group, i * 20000, 16) != NULL);
            }
        }
        CHECK_EQ(fa_group_destroy(a, group), FA_OK);
        CHECK_EQ(figures(a).heap.live_count, 0);
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void *fill(void *user)
{
    fa_allocator *a = user;
    fa_group group = 0;
    CHECK_EQ(fa_group_find(a, "shared", &group), FA_OK);
    for (size_t i = 0; i < 2000; i++) {
        unsigned char *block = fa_group_alloc(a, group, i % 200 + 1, 16);
        if (!CHECK(block != NULL))
            break;
        pattern_fill(block, i % 200 + 1, i);
        if (i % 3 == 0)
            CHECK_EQ(fa_group_release_block(a, group, block), FA_OK);
    }
    return NULL;
}

static void threads_share_a_group(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_group group = 0;
    pthread_t threads[4];
    CHECK_EQ(fa_group_create(a, "shared", &group), FA_OK);
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, fill, a) == 0);
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(stats_of(a, group).count, 4 * (2000 - 667));
    CHECK_EQ(stats_of(a, group).total_count, 4 * 2000);
    CHECK_EQ(fa_group_destroy(a, group), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(frees_everything_at_once), CASE(names_are_unique_and_found), CASE(mistakes_are_refused),
           CASE(groups_left_at_the_end_are_freed_quietly), CASE(failing_backends_change_nothing),
           CASE(threads_share_a_group))
