/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A streaming store against a plain list that knows who is to be evicted next. */
#include "capture.h"
#include "pattern.h"

enum { ASSETS = 60, STEPS = 40000, BUDGET = 200000 };

typedef struct item {
    fa_asset id;
    int32_t state;
    int32_t priority;
    size_t size;
    uint64_t age; /* of the last access */
    unsigned pins;
    void *pinned;
    void *loading;
    uint64_t key;
} item;

static fa_allocator *a;
static fa_stream *stream;
static dice d;
static item items[ASSETS];
static size_t count;
static uint64_t now;

static uint64_t used(void)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += items[i].state == FA_ASSET_EVICTED ? 0 : items[i].size;
    return bytes;
}

static item *next_victim(int32_t priority)
{
    item *victim = NULL;
    for (size_t i = 0; i < count; i++) {
        item *it = &items[i];
        if (it->state != FA_ASSET_READY || it->pins != 0 || it->priority > priority)
            continue;
        if (victim == NULL || it->priority < victim->priority ||
            (it->priority == victim->priority && it->age < victim->age))
            victim = it;
    }
    return victim;
}

static uint64_t evictable(int32_t priority)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += items[i].state == FA_ASSET_READY && items[i].pins == 0 && items[i].priority <= priority ? items[i].size : 0;
    return bytes;
}

/* What the store has to do for a request. */
static bool make_room(size_t size, int32_t priority)
{
    if (used() - evictable(priority) + size > BUDGET)
        return false;
    while (used() + size > BUDGET)
        next_victim(priority)->state = FA_ASSET_EVICTED;
    return true;
}

static void reserve(void)
{
    if (count == ASSETS)
        return;
    item *it = &items[count];
    *it = (item){.state = FA_ASSET_RESERVED, .priority = (int32_t)dice_below(&d, 4), .size = dice_size(&d, 16) + 1,
                 .key = dice_next(&d)};
    bool room = make_room(it->size, it->priority);
    fa_status status = fa_stream_reserve(stream, it->size, it->priority, NULL, &it->id);
    CHECK_EQ(status, room ? FA_OK : FA_ERROR_BUDGET);
    count += status == FA_OK;
}

static void load(item *it)
{
    bool possible = it->state == FA_ASSET_RESERVED || it->state == FA_ASSET_EVICTED;
    bool room = it->state != FA_ASSET_EVICTED || make_room(it->size, it->priority);
    fa_status status = fa_stream_begin_load(stream, it->id, &it->loading);
    CHECK_EQ(status, !possible ? FA_ERROR_STATE : room ? FA_OK : FA_ERROR_BUDGET);
    if (status == FA_OK)
        it->state = FA_ASSET_LOADING;
}

static void finish(item *it)
{
    bool loading = it->state == FA_ASSET_LOADING;
    if (loading)
        pattern_fill(it->loading, it->size, it->key);
    if (dice_below(&d, 6) == 0) {
        CHECK_EQ(fa_stream_abandon_load(stream, it->id), loading ? FA_OK : FA_ERROR_STATE);
        it->state = loading ? FA_ASSET_RESERVED : it->state;
        return;
    }
    CHECK_EQ(fa_stream_finish_load(stream, it->id), loading ? FA_OK : FA_ERROR_STATE);
    if (!loading)
        return;
    it->state = FA_ASSET_READY;
    it->age = ++now;
}

static void use(item *it)
{
    size_t size = 0;
    bool pin = dice_below(&d, 3) == 0;
    void *memory = pin ? fa_stream_pin(stream, it->id, &size) : fa_stream_access(stream, it->id, &size);
    CHECK_EQ(memory != NULL, it->state == FA_ASSET_READY);
    if (memory == NULL)
        return;
    CHECK_EQ(size, it->size);
    CHECK(pattern_holds(memory, size, size, it->key));
    it->age = ++now;
    if (pin) {
        it->pinned = memory;
        it->pins++;
    }
}

static void unpin(item *it)
{
    CHECK_EQ(fa_stream_unpin(stream, it->id, it->pinned), it->pins == 0 ? FA_ERROR_UNBALANCED : FA_OK);
    if (it->pins == 0)
        return;
    it->pins--;
    it->age = ++now;
}

static void drop(size_t at)
{
    item *it = &items[at];
    fa_status expected = it->pins != 0 ? FA_ERROR_PINNED : it->state == FA_ASSET_LOADING ? FA_ERROR_STATE : FA_OK;
    CHECK_EQ(fa_stream_free(stream, it->id), expected);
    if (expected != FA_OK)
        return;
    CHECK(fa_stream_access(stream, it->id, NULL) == NULL);
    *it = items[--count];
}

static void look(void)
{
    fa_stream_stats stats = FA_STREAM_STATS_INIT;
    CHECK_EQ(fa_stream_get_stats(stream, &stats), FA_OK);
    CHECK_EQ(stats.used, used());
    CHECK_EQ(stats.evictable, evictable(FA_PRIORITY_CRITICAL));
    for (size_t i = 0; i < count; i++) {
        fa_asset_info info = FA_ASSET_INFO_INIT;
        CHECK_EQ(fa_stream_get_asset(stream, items[i].id, &info), FA_OK);
        CHECK_EQ(info.state, items[i].state);
        CHECK_EQ(info.pins, items[i].pins);
    }
}

static void step(void)
{
    size_t choice = dice_below(&d, 100);
    size_t at = count == 0 ? 0 : dice_below(&d, count);
    if (choice < 20 || count == 0)
        reserve();
    else if (choice < 40)
        load(&items[at]);
    else if (choice < 60)
        finish(&items[at]);
    else if (choice < 80)
        use(&items[at]);
    else if (choice < 92)
        unpin(&items[at]);
    else
        drop(at);
}

static void the_store_evicts_whom_the_model_evicts(void)
{
    d.state = dice_seed();
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_stream_config config = FA_STREAM_CONFIG_INIT;
    config.budget = BUDGET;
    stream = fa_stream_create(a, &config);
    REQUIRE(stream != NULL);
    for (size_t i = 0; i < STEPS && atomic_load(&check_failures) == 0; i++) {
        step();
        if (i % 16 == 0)
            look();
    }
    look();
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(the_store_evicts_whom_the_model_evicts))
