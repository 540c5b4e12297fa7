/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"

#include <ctype.h>

typedef struct cell {
    int32_t x;
    int32_t y;
} cell;

typedef struct wide {
    _Alignas(64) float values[16];
} wide;

static uint64_t hash_text(void *user, const void *key)
{
    (void)user;
    uint64_t hash = 0;
    for (const char *c = *(const char *const *)key; *c != 0; c++)
        hash = hash * 31 + (uint64_t)tolower((unsigned char)*c);
    return hash;
}

static int32_t same_text(void *user, const void *left, const void *right)
{
    (void)user;
    const char *l = *(const char *const *)left;
    const char *r = *(const char *const *)right;
    while (*l != 0 && tolower((unsigned char)*l) == tolower((unsigned char)*r)) {
        l++;
        r++;
    }
    return tolower((unsigned char)*l) == tolower((unsigned char)*r);
}

static uint64_t same_hash(void *user, const void *key)
{
    (void)user;
    (void)key;
    return 42;
}

static int32_t same_number(void *user, const void *left, const void *right)
{
    (void)user;
    return *(const int *)left == *(const int *)right;
}

FA_MAP_DEFINE(number_map, uint64_t, int)
FA_MAP_DEFINE(cell_map, cell, wide)
FA_MAP_DEFINE_WITH(caseless_map, const char *, int, hash_text, same_text)
FA_MAP_DEFINE_WITH(colliding_map, int, int, same_hash, same_number)
FA_STRING_MAP_DEFINE(name_map, int)

static fa_allocator *framed(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    return a;
}

static void entries_come_and_go(void)
{
    fa_allocator *a = framed();
    number_map map;
    CHECK_EQ(number_map_make(&map, a, 4), FA_OK);
    CHECK_EQ(number_map_put(&map, 10, 1), FA_OK);
    CHECK_EQ(number_map_put(&map, 20, 2), FA_OK);
    CHECK_EQ(number_map_put(&map, 10, 3), FA_OK);
    CHECK_EQ(number_map_count(&map), 2);
    CHECK_EQ(*number_map_get(&map, 10), 3);
    CHECK_EQ(number_map_add(&map, 10, 9), FA_ERROR_EXISTS);
    CHECK_EQ(number_map_add(&map, 30, 9), FA_OK);
    CHECK_EQ(*number_map_get_or_put(&map, 40, 4), 4);
    CHECK_EQ(*number_map_get_or_put(&map, 40, 5), 4);
    CHECK_EQ(number_map_put(&map, 50, 5), FA_ERROR_FULL);
    CHECK_EQ(number_map_put(&map, 40, 6), FA_OK);
    CHECK(number_map_get_or_put(&map, 50, 5) == NULL);
    CHECK_EQ(number_map_capacity(&map), 4);
    CHECK(number_map_get(&map, 50) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NOT_FOUND);
    int value = 0;
    CHECK_EQ(number_map_remove(&map, 30, &value), FA_OK);
    CHECK_EQ(value, 9);
    CHECK_EQ(number_map_remove(&map, 30, NULL), FA_ERROR_NOT_FOUND);
    CHECK_EQ(number_map_contains(&map, 30), 0);
    CHECK_EQ(number_map_contains(&map, 20), 1);
    CHECK_EQ(number_map_put(&map, 50, 5), FA_OK);
    CHECK_EQ(number_map_clear(&map), FA_OK);
    CHECK_EQ(number_map_count(&map), 0);
    CHECK_EQ(number_map_contains(&map, 20), 0);
    fa_allocator_release(a);
}

enum { MANY = 100000 };

static void a_hundred_thousand_entries(void)
{
    fa_allocator *a = framed();
    number_map map;
    CHECK_EQ(number_map_make(&map, a, MANY), FA_OK);
    for (uint64_t i = 0; i < MANY; i++)
        CHECK_EQ(number_map_put(&map, i << 32, (int)i), FA_OK);
    CHECK_EQ(number_map_put(&map, 1, 1), FA_ERROR_FULL);
    for (uint64_t i = 0; i < MANY; i += 3)
        CHECK_EQ(number_map_remove(&map, i << 32, NULL), FA_OK);
    for (uint64_t i = 0; i < MANY; i++) {
        const int *value = number_map_get(&map, i << 32);
        CHECK(i % 3 == 0 ? value == NULL : value != NULL && *value == (int)i);
    }
    size_t cursor = 0;
    size_t met = 0;
    uint64_t sum = 0;
    const uint64_t *key;
    int *value;
    while (number_map_next(&map, &cursor, &key, &value)) {
        CHECK_EQ(*key >> 32, (uint64_t)*value);
        sum += (uint64_t)*value;
        met++;
    }
    CHECK_EQ(met, number_map_count(&map));
    uint64_t expected = 0;
    for (uint64_t i = 0; i < MANY; i++)
        expected += i % 3 == 0 ? 0 : i;
    CHECK_EQ(sum, expected);
    fa_allocator_release(a);
}

static void structs_are_keys_and_values(void)
{
    fa_allocator *a = framed();
    cell_map map;
    CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(cell_map_make(&map, a, 50), FA_OK);
    for (int32_t i = 0; i < 50; i++) {
        wide w = {{(float)i}};
        CHECK_EQ(cell_map_put(&map, (cell){i, -i}, w), FA_OK);
    }
    for (int32_t i = 0; i < 50; i++) {
        const wide *w = cell_map_get(&map, (cell){i, -i});
        CHECK(w != NULL && aligned_to(w, 64) && w->values[0] == (float)i);
        CHECK(cell_map_get(&map, (cell){i, i + 1}) == NULL);
    }
    fa_allocator_release(a);
}

static void strings_are_copied(void)
{
    fa_allocator *a = framed();
    name_map map;
    CHECK_EQ(name_map_make(&map, a, 200), FA_OK);
    char name[32];
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "texture/stone/%d", i);
        CHECK_EQ(name_map_put(&map, name, i), FA_OK);
        memset(name, 'x', sizeof name - 1);
    }
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof name, "texture/stone/%d", i);
        const int *value = name_map_get(&map, name);
        CHECK(value != NULL && *value == i);
    }
    CHECK_EQ(name_map_put(&map, "", 7), FA_OK);
    CHECK_EQ(*name_map_get(&map, ""), 7);
    CHECK_EQ(name_map_contains(&map, "texture/stone/"), 0);
    CHECK_EQ(name_map_add(&map, "texture/stone/5", 1), FA_ERROR_EXISTS);
    CHECK_EQ(*name_map_get_or_put(&map, "new", 3), 3);
    size_t cursor = 0;
    const char *key = NULL;
    int *value;
    size_t met = 0;
    while (name_map_next(&map, &cursor, &key, &value)) {
        CHECK_EQ(*name_map_get(&map, key), *value);
        met++;
    }
    CHECK_EQ(met, 102);
    CHECK_EQ(name_map_remove(&map, "new", NULL), FA_OK);
    CHECK_EQ(name_map_count(&map), 101);
    CHECK_EQ(name_map_put(&map, NULL, 1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(name_map_clear(&map), FA_OK);
    fa_allocator_release(a);
}

static void strings_stay_on_their_lane(void)
{
    fa_allocator *a = framed();
    capture c;
    capture_start(&c, a);
    name_map map;
    CHECK_EQ(name_map_make(&map, a, 8), FA_OK);
    fa_lane *other = fa_lane_create(a, "other");
    fa_lane *mine = NULL;
    CHECK_EQ(fa_lane_bind(a, other, &mine), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(name_map_put(&map, "far", 1), FA_ERROR_WRONG_LANE);
    CHECK_EQ(capture_code(&c), 211);
    CHECK_EQ(name_map_count(&map), 0);
    CHECK_EQ(fa_lane_bind(a, mine, NULL), FA_OK);
    CHECK_EQ(name_map_put(&map, "near", 1), FA_OK);
    fa_clear_last_status();
    CHECK_EQ(name_map_add(&map, "near", 2), FA_ERROR_EXISTS);
    CHECK_EQ(fa_last_status(), FA_ERROR_EXISTS);
    CHECK_EQ(*name_map_get(&map, "near"), 1);
    fa_allocator_release(a);
}

static void bytes_may_hold_zeros(void)
{
    fa_allocator *a = framed();
    name_map map;
    CHECK_EQ(name_map_make(&map, a, 8), FA_OK);
    const fa_text_key one = {"a\0b", 3};
    const fa_text_key two = {"a\0c", 3};
    int32_t added = 0;
    *(int *)fa_map_place(&map.base, &one, &added) = 1;
    CHECK_EQ(added, 1);
    *(int *)fa_map_place(&map.base, &two, &added) = 2;
    CHECK_EQ(added, 1);
    CHECK_EQ(*(int *)fa_map_get(&map.base, &one), 1);
    CHECK_EQ(*(int *)fa_map_get(&map.base, &two), 2);
    CHECK_EQ(name_map_contains(&map, "a"), 0);
    fa_allocator_release(a);
}

static void functions_of_the_user_are_used(void)
{
    fa_allocator *a = framed();
    caseless_map map;
    CHECK_EQ(caseless_map_make(&map, a, 8), FA_OK);
    CHECK_EQ(caseless_map_put(&map, "Stone", 1), FA_OK);
    CHECK_EQ(*caseless_map_get(&map, "sTONE"), 1);
    CHECK_EQ(caseless_map_add(&map, "STONE", 2), FA_ERROR_EXISTS);
    CHECK_EQ(caseless_map_contains(&map, "Stones"), 0);
    colliding_map all;
    CHECK_EQ(colliding_map_make(&all, a, 100), FA_OK);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(colliding_map_put(&all, i, i * i), FA_OK);
    for (int i = 0; i < 100; i += 2)
        CHECK_EQ(colliding_map_remove(&all, i, NULL), FA_OK);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(colliding_map_contains(&all, i), i % 2);
    CHECK_EQ(*colliding_map_get(&all, 99), 99 * 99);
    fa_allocator_release(a);
}

static void entries_can_be_removed_on_the_way(void)
{
    fa_allocator *a = framed();
    number_map map;
    CHECK_EQ(number_map_make(&map, a, 1000), FA_OK);
    for (uint64_t i = 0; i < 1000; i++)
        CHECK_EQ(number_map_put(&map, i, (int)i), FA_OK);
    size_t cursor = 0;
    const uint64_t *key;
    while (number_map_next(&map, &cursor, &key, NULL)) {
        if (*key % 2 == 0)
            CHECK_EQ(fa_map_remove_at(&map.base, &cursor), FA_OK);
    }
    CHECK_EQ(number_map_count(&map), 500);
    for (uint64_t i = 0; i < 1000; i++)
        CHECK_EQ(number_map_contains(&map, i), (int)(i % 2));
    cursor = 0;
    CHECK_EQ(fa_map_remove_at(&map.base, &cursor), FA_ERROR_NOT_FOUND);
    fa_allocator_release(a);
}

static void maps_end_with_their_frame(void)
{
    fa_allocator *a = framed();
    number_map map;
    CHECK_EQ(number_map_make(&map, a, 4), FA_OK);
    CHECK_EQ(number_map_put(&map, 1, 1), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(number_map_put(&map, 1, 1), FA_ERROR_STALE);
    CHECK(number_map_get(&map, 1) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(number_map_remove(&map, 1, NULL), FA_ERROR_STALE);
    CHECK_EQ(number_map_clear(&map), FA_ERROR_STALE);
    size_t cursor = 0;
    CHECK_EQ(number_map_next(&map, &cursor, NULL, NULL), 0);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    number_map map;
    CHECK_EQ(number_map_make(&map, a, 4), FA_ERROR_NO_FRAME);
    CHECK_EQ(number_map_put(&map, 1, 1), FA_ERROR_STALE);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(number_map_make(&map, a, SIZE_MAX), FA_ERROR_SIZE);
    CHECK_EQ(number_map_make(&map, a, SIZE_MAX / 16), FA_ERROR_SIZE);
    CHECK_EQ(number_map_make(&map, a, 0), FA_OK);
    CHECK_EQ(number_map_put(&map, 1, 1), FA_ERROR_FULL);
    CHECK(number_map_get(&map, 1) == NULL);
    fa_map raw;
    fa_map_shape shape = FA_MAP_SHAPE_INIT;
    CHECK_EQ(fa_map_init(&raw, a, 4, &shape), FA_ERROR_INVALID_ARGUMENT);
    shape.key_size = 4;
    shape.value_align = 3;
    CHECK_EQ(fa_map_init(&raw, a, 4, &shape), FA_ERROR_ALIGNMENT);
    shape.value_align = 1;
    shape.hash = same_hash;
    CHECK_EQ(fa_map_init(&raw, a, 4, &shape), FA_ERROR_INVALID_ARGUMENT);
    shape.hash = NULL;
    shape.value_size = SIZE_MAX;
    CHECK_EQ(fa_map_init(&raw, a, 4, &shape), FA_ERROR_SIZE);
    shape.value_size = 0;
    shape.struct_size = 1;
    CHECK_EQ(fa_map_init(&raw, a, 4, &shape), FA_ERROR_STRUCT_SIZE);
    shape.struct_size = sizeof shape;
    CHECK_EQ(fa_map_init(NULL, a, 4, &shape), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_map_init(&raw, NULL, 4, &shape), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_map_init(&raw, a, 4, &shape), FA_OK);
    CHECK(fa_map_place(&raw, &shape.struct_size, NULL) != NULL);
    CHECK(fa_map_get(&raw, &shape.struct_size) != NULL);
    CHECK(fa_map_place(&raw, NULL, NULL) == NULL);
    CHECK(fa_map_place(NULL, &shape, NULL) == NULL);
    CHECK_EQ(fa_map_next(&raw, NULL, NULL, NULL), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(entries_come_and_go), CASE(a_hundred_thousand_entries), CASE(structs_are_keys_and_values),
           CASE(strings_are_copied), CASE(strings_stay_on_their_lane), CASE(bytes_may_hold_zeros), CASE(functions_of_the_user_are_used),
           CASE(entries_can_be_removed_on_the_way), CASE(maps_end_with_their_frame), CASE(bad_input_is_refused))
