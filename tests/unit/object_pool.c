/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

typedef struct thing {
    uint64_t value;
    char rest[40];
} thing;

FA_OBJECT_POOL_DEFINE(things, thing)

static void objects_stay_and_are_found(void)
{
    enum { COUNT = 3000 };
    static thing *objects[COUNT];
    static fa_object_id ids[COUNT];
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    fa_object_pool *pool = things_create(a, 0);
    REQUIRE(pool != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = things_take(pool, &ids[i]);
        REQUIRE(objects[i] != NULL);
        objects[i]->value = i;
    }
    CHECK_EQ(fa_object_pool_count(pool), COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(things_get(pool, ids[i]) == objects[i]);
        CHECK_EQ(objects[i]->value, i);
        CHECK_EQ(fa_object_pool_id_of(pool, objects[i]), ids[i]);
    }
    for (size_t i = 0; i < COUNT; i += 2)
        CHECK_EQ(i % 4 == 0 ? fa_object_pool_give(pool, ids[i]) : fa_object_pool_give_object(pool, objects[i]), FA_OK);
    uint64_t cursor = 0, sum = 0;
    fa_object_id id = 0;
    size_t met = 0;
    for (thing *t; (t = things_next(pool, &cursor, &id)) != NULL; met++) {
        sum += t->value;
        CHECK(ids[t->value] == id);
    }
    CHECK_EQ(met, COUNT / 2);
    CHECK_EQ(sum, (uint64_t)COUNT / 2 * (COUNT / 2));
    CHECK(things_get(pool, ids[0]) == NULL);
    CHECK_EQ(fa_object_pool_destroy(pool), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void mistakes_are_refused(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    fa_object_pool *pool = things_create(a, 1);
    fa_object_pool *other = things_create(a, 0);
    REQUIRE(pool != NULL && other != NULL);
    fa_object_id id = 0, twin = 0;
    char *object = fa_object_pool_take(pool, &id);
    CHECK(things_take(other, &twin) != NULL);
    REQUIRE(object != NULL);
    CHECK_EQ(fa_object_pool_maximum(pool), 1);
    CHECK(fa_object_pool_take(pool, NULL) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_FULL);
    CHECK_EQ(capture_code(&c), 0);
    CHECK_EQ(fa_object_pool_give(pool, twin), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 401);
    CHECK_EQ(fa_object_pool_give(pool, 0), FA_ERROR_STALE);
    CHECK_EQ(fa_object_pool_give_object(pool, object + 8), FA_ERROR_INTERIOR_POINTER);
    CHECK_EQ(capture_code(&c), 503);
    CHECK_EQ(fa_object_pool_give_object(pool, &c), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(capture_code(&c), 501);
    CHECK_EQ(fa_object_pool_give_object(other, object), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_release(a, opaque(object)), FA_ERROR_INTERIOR_POINTER);
    CHECK_EQ(fa_object_pool_give(pool, id), FA_OK);
    (void)capture_code(&c);
    CHECK_EQ(fa_object_pool_give(pool, id), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 401);
    CHECK_EQ(fa_object_pool_give_object(pool, object), FA_ERROR_DOUBLE_FREE);
    CHECK_EQ(capture_code(&c), 502);
    CHECK_EQ(fa_object_pool_id_of(pool, object), 0);
    CHECK(fa_object_pool_take(NULL, &id) == NULL);
    CHECK(fa_object_pool_get(NULL, id) == NULL);
    CHECK_EQ(fa_object_pool_give(NULL, id), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_object_pool_clear(NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_object_pool_each(pool, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK(fa_object_pool_next(pool, NULL, NULL) == NULL);
    CHECK_EQ(fa_object_pool_destroy(NULL), FA_OK);
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    CHECK(fa_object_pool_create(a, &config) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    config.object_size = SIZE_MAX;
    CHECK(fa_object_pool_create(a, &config) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    config.object_size = SIZE_MAX / 4;
    fa_object_pool *huge = fa_object_pool_create(a, &config);
    CHECK(huge != NULL && fa_object_pool_take(huge, NULL) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK_EQ(fa_object_pool_count(huge), 0);
    CHECK_EQ(fa_object_pool_destroy(huge), FA_OK);
    CHECK(fa_object_pool_create(a, NULL) == NULL);
    CHECK_EQ(fa_object_pool_destroy(other), FA_OK);
    CHECK_EQ(fa_object_pool_destroy(pool), FA_OK);
    fa_allocator_release(a);
}

typedef struct family {
    fa_object_pool *pool;
    void *kin; /* is given when the next object ends */
    unsigned made;
    unsigned ended;
    bool refuse;
} family;

static fa_status construct(void *user, void *object)
{
    family *f = user;
    memset(object, 0x11, sizeof(thing));
    if (f->refuse)
        return FA_ERROR_STATE;
    f->made++;
    return FA_OK;
}

static void destruct(void *user, void *object)
{
    family *f = user;
    void *kin = f->kin;
    CHECK(all_bytes(object, sizeof(thing), 0x11));
    CHECK_EQ(fa_object_pool_id_of(f->pool, object), 0);
    f->ended++;
    f->kin = NULL;
    if (kin != NULL)
        CHECK_EQ(fa_object_pool_give_object(f->pool, kin), FA_OK);
}

static fa_status count_three(void *user, fa_object_id id, void *object)
{
    (void)object;
    CHECK(id != 0);
    return ++*(unsigned *)user == 3 ? FA_ERROR_NOT_FOUND : FA_OK;
}

static void callbacks_may_use_the_pool(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    family f = {0};
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    config.object_size = sizeof(thing);
    config.constructor = construct;
    config.destructor = destruct;
    config.user = &f;
    f.pool = fa_object_pool_create(a, &config);
    REQUIRE(f.pool != NULL);
    f.refuse = true;
    CHECK(fa_object_pool_take(f.pool, NULL) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STATE);
    CHECK_EQ(fa_object_pool_count(f.pool), 0);
    f.refuse = false;
    void *first = fa_object_pool_take(f.pool, NULL);
    f.kin = fa_object_pool_take(f.pool, NULL);
    CHECK_EQ(fa_object_pool_give_object(f.pool, first), FA_OK);
    CHECK_EQ(fa_object_pool_count(f.pool), 0);
    CHECK_EQ(f.ended, 2);
    for (int i = 0; i < 100; i++)
        CHECK(fa_object_pool_take(f.pool, NULL) != NULL);
    unsigned met = 0;
    CHECK_EQ(fa_object_pool_each(f.pool, count_three, &met), FA_ERROR_NOT_FOUND);
    CHECK_EQ(met, 3);
    CHECK_EQ(fa_object_pool_clear(f.pool), FA_OK);
    CHECK_EQ(f.ended, f.made);
    CHECK_EQ(f.made, 102);
    CHECK_EQ(fa_object_pool_destroy(f.pool), FA_OK);
    fa_allocator_release(a);
}

static void places_retire_before_ids_repeat(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_object_pool_config config = FA_OBJECT_POOL_CONFIG_INIT;
    config.object_size = sizeof(thing);
    config.reuses_maximum = 2;
    fa_object_pool *pool = fa_object_pool_create(a, &config);
    REQUIRE(pool != NULL);
    static fa_object_id ids[500];
    for (size_t i = 0; i < 500; i++) {
        CHECK(fa_object_pool_take(pool, &ids[i]) != NULL);
        CHECK_EQ(fa_object_pool_give(pool, ids[i]), FA_OK);
        for (size_t k = 0; k < i; k++)
            CHECK(ids[k] != ids[i]);
    }
    CHECK((uint32_t)ids[499] > 240);
    CHECK_EQ(fa_object_pool_destroy(pool), FA_OK);
    fa_allocator_release(a);
}

static void failing_backends_change_nothing(void)
{
    for (size_t at = 1; at < 10; at++) {
        spy s;
        spy_start(&s);
        fa_config config = spy_config(&s);
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        capture_mute(a);
        s.fail_at = s.asked + at;
        fa_object_pool *pool = things_create(a, 0);
        if (pool == NULL)
            pool = things_create(a, 0);
        REQUIRE(pool != NULL);
        for (uint32_t i = 0; i < 20000; i++) {
            if (things_take(pool, NULL) == NULL) {
                CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
                CHECK_EQ(fa_object_pool_count(pool), i);
                CHECK(things_take(pool, NULL) != NULL);
            }
        }
        CHECK_EQ(fa_object_pool_destroy(pool), FA_OK);
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void *churn(void *user)
{
    fa_object_pool *pool = user;
    fa_object_id ids[16] = {0};
    for (size_t i = 0; i < 4000; i++) {
        fa_object_id *id = &ids[i % 16];
        if (*id != 0)
            CHECK_EQ(fa_object_pool_give(pool, *id), FA_OK);
        thing *t = things_take(pool, id);
        if (!CHECK(t != NULL))
            break;
        t->value = *id;
        CHECK(things_get(pool, *id) == t);
        uint64_t cursor = 0;
        CHECK(i % 64 != 0 || things_next(pool, &cursor, NULL) != NULL);
    }
    return NULL;
}

static void threads_share_a_pool(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_object_pool *pool = things_create(a, 0);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, churn, pool) == 0);
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(fa_object_pool_count(pool), 64);
    uint64_t cursor = 0;
    fa_object_id id = 0;
    for (thing *t; (t = things_next(pool, &cursor, &id)) != NULL;)
        CHECK_EQ(t->value, id);
    CHECK_EQ(fa_object_pool_destroy(pool), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(objects_stay_and_are_found), CASE(mistakes_are_refused), CASE(callbacks_may_use_the_pool),
           CASE(places_retire_before_ids_repeat), CASE(failing_backends_change_nothing), CASE(threads_share_a_pool))
