/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Vectors against an array, maps against a list that is searched from the front. */
#include "capture.h"
#include "pattern.h"

enum { CAPACITY = 200, STEPS = 20000 };

FA_VECTOR_DEFINE(number_list, uint32_t)
FA_MAP_DEFINE(number_map, uint32_t, uint64_t)
FA_STRING_MAP_DEFINE(text_map, uint64_t)

static dice d;

static void vector_step(number_list *list, uint32_t *model, size_t *count)
{
    size_t at = dice_below(&d, *count + 2);
    uint32_t item = (uint32_t)dice_next(&d);
    bool there = at < *count;
    switch (dice_below(&d, 7)) {
    case 0:
    case 1:
        CHECK_EQ(number_list_push(list, item), *count < CAPACITY ? FA_OK : FA_ERROR_FULL);
        if (*count < CAPACITY)
            model[(*count)++] = item;
        break;
    case 2:
        CHECK_EQ(number_list_insert(list, at, item),
                 at > *count ? FA_ERROR_NOT_FOUND : *count == CAPACITY ? FA_ERROR_FULL : FA_OK);
        if (at <= *count && *count < CAPACITY) {
            memmove(model + at + 1, model + at, (*count - at) * sizeof *model);
            model[at] = item;
            ++*count;
        }
        break;
    case 3:
        CHECK_EQ(number_list_remove(list, at), there ? FA_OK : FA_ERROR_NOT_FOUND);
        if (there)
            memmove(model + at, model + at + 1, (--*count - at) * sizeof *model);
        break;
    case 4:
        CHECK_EQ(number_list_remove_swap(list, at), there ? FA_OK : FA_ERROR_NOT_FOUND);
        if (there)
            model[at] = model[--*count];
        break;
    case 5:
        item = 0;
        CHECK_EQ(number_list_pop(list, &item), *count != 0 ? FA_OK : FA_ERROR_NOT_FOUND);
        CHECK(*count == 0 || item == model[--*count]);
        break;
    default:
        CHECK_EQ(number_list_at(list, at) != NULL, there);
        CHECK(!there || *number_list_at(list, at) == model[at]);
        break;
    }
}

static void vectors_follow_an_array(void)
{
    uint32_t model[CAPACITY + 1];
    size_t count = 0;
    number_list list;
    d.state = dice_seed();
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(number_list_make(&list, a, CAPACITY), FA_OK);
    for (int i = 0; i < STEPS && atomic_load(&check_failures) == 0; i++) {
        vector_step(&list, model, &count);
        CHECK_EQ(number_list_count(&list), count);
        CHECK(count == 0 || memcmp(number_list_items(&list), model, count * sizeof *model) == 0);
    }
    fa_allocator_release(a);
}

typedef struct entry {
    uint32_t key;
    uint64_t value;
} entry;

static entry model[CAPACITY];
static size_t entries;

static entry *find(uint32_t key)
{
    for (size_t i = 0; i < entries; i++) {
        if (model[i].key == key)
            return &model[i];
    }
    return NULL;
}

static void map_step(number_map *map, text_map *texts)
{
    uint32_t key = (uint32_t)dice_below(&d, 300);
    uint64_t value = dice_next(&d);
    entry *known = find(key);
    char text[32];
    (void)snprintf(text, sizeof text, "entity/%u", key);
    if (dice_below(&d, 5) < 3) {
        fa_status expected = known == NULL && entries == CAPACITY ? FA_ERROR_FULL : FA_OK;
        CHECK_EQ(number_map_put(map, key, value), expected);
        CHECK_EQ(text_map_put(texts, text, value), expected);
        if (known != NULL)
            known->value = value;
        else if (expected == FA_OK)
            model[entries++] = (entry){key, value};
    } else {
        uint64_t removed = 0;
        CHECK_EQ(number_map_remove(map, key, &removed), known != NULL ? FA_OK : FA_ERROR_NOT_FOUND);
        CHECK(known == NULL || removed == known->value);
        CHECK_EQ(text_map_remove(texts, text, NULL), known != NULL ? FA_OK : FA_ERROR_NOT_FOUND);
        if (known != NULL)
            *known = model[--entries];
    }
}

static void look(const number_map *map, const text_map *texts)
{
    size_t cursor = 0;
    size_t met = 0;
    const uint32_t *key;
    uint64_t *value;
    while (number_map_next(map, &cursor, &key, &value)) {
        const entry *known = find(*key);
        CHECK(known != NULL && known->value == *value);
        met++;
    }
    CHECK_EQ(met, entries);
    CHECK_EQ(text_map_count(texts), entries);
    for (size_t i = 0; i < entries; i++) {
        char text[32];
        (void)snprintf(text, sizeof text, "entity/%u", model[i].key);
        const uint64_t *found = text_map_get(texts, text);
        CHECK(found != NULL && *found == model[i].value);
    }
}

static void maps_follow_a_list(void)
{
    number_map map;
    text_map texts;
    d.state = dice_seed() + 1;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(number_map_make(&map, a, CAPACITY), FA_OK);
    CHECK_EQ(text_map_make(&texts, a, CAPACITY), FA_OK);
    for (int i = 0; i < STEPS && atomic_load(&check_failures) == 0; i++) {
        map_step(&map, &texts);
        if (i % 50 == 0)
            look(&map, &texts);
    }
    look(&map, &texts);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(vectors_follow_an_array), CASE(maps_follow_a_list))
