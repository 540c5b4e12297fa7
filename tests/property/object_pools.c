/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An object pool against a model that knows every object, and some that are gone. */
#include "capture.h"
#include "pattern.h"

enum { MAXIMUM = 700, STEPS = 40000, GONE = 64 };

typedef struct entry {
    fa_object_id id;
    uint64_t *object;
} entry;

static fa_object_pool *pool;
static entry entries[MAXIMUM];
static fa_object_id gone[GONE];
static size_t count;
static dice d;

static void add(void)
{
    entry e = {0};
    e.object = fa_object_pool_take(pool, &e.id);
    CHECK((e.object != NULL) == (count < MAXIMUM));
    if (e.object == NULL)
        return;
    *e.object = e.id;
    if (count < MAXIMUM)
        entries[count++] = e;
}

static void drop(void)
{
    if (count == 0)
        return;
    size_t at = dice_below(&d, count);
    entry e = entries[at];
    CHECK(fa_object_pool_get(pool, e.id) == e.object);
    CHECK_EQ(*e.object, e.id);
    CHECK_EQ(dice_below(&d, 2) ? fa_object_pool_give(pool, e.id) : fa_object_pool_give_object(pool, e.object), FA_OK);
    gone[dice_below(&d, GONE)] = e.id;
    entries[at] = entries[--count];
}

static void look(void)
{
    fa_object_id stale = gone[dice_below(&d, GONE)];
    CHECK(fa_object_pool_get(pool, stale) == NULL);
    CHECK_EQ(fa_object_pool_give(pool, stale), FA_ERROR_STALE);
    uint64_t cursor = 0;
    fa_object_id id = 0;
    size_t met = 0;
    for (uint64_t *object; (object = fa_object_pool_next(pool, &cursor, &id)) != NULL; met++)
        CHECK_EQ(*object, id);
    CHECK_EQ(met, count);
    CHECK_EQ(fa_object_pool_count(pool), count);
}

static void pool_holds_what_the_model_holds(void)
{
    d.state = dice_seed();
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    config.object_size = 24;
    config.maximum = MAXIMUM;
    config.reuses_maximum = 50;
    pool = fa_object_pool_create(a, &config);
    REQUIRE(pool != NULL);
    for (size_t step = 0; step < STEPS; step++) {
        bool growing = step / 2000 % 2 == 0;
        if (dice_below(&d, 10) < (growing ? 8u : 3u))
            add();
        else
            drop();
        if (step % 50 == 0)
            look();
    }
    CHECK_EQ(fa_object_pool_destroy(pool), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(pool_holds_what_the_model_holds))
