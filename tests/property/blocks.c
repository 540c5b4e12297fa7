/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Pool and heap against a table of what must be alive, apart from each other, aligned and untouched. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

enum { SLOTS = 1500 };

typedef struct slot {
    unsigned char *address;
    size_t size;
    size_t align;
    uint64_t key;
} slot;

static fa_allocator *a;
static dice d;
static slot slots[SLOTS];
static bool debugging;

static bool apart(const slot *left, const slot *right)
{
    size_t left_room = fa_usable_size(a, left->address);
    size_t right_room = fa_usable_size(a, right->address);
    return left->address + left_room <= right->address || right->address + right_room <= left->address;
}

static void check_apart(const slot *fresh)
{
    for (size_t i = 0; i < SLOTS; i++)
        CHECK(&slots[i] == fresh || slots[i].address == NULL || apart(fresh, &slots[i]));
}

static void check_whole(const slot *s)
{
    CHECK(pattern_holds(s->address, s->size, s->size, s->key));
}

static size_t random_size(void)
{
    return dice_size(&d, dice_below(&d, 40) == 0 ? 21 : dice_below(&d, 5) == 0 ? 16 : 12);
}

static size_t random_align(void)
{
    return (size_t)1 << dice_below(&d, dice_below(&d, 30) == 0 ? 20 : 8);
}

static void settle(slot *s, void *address, size_t size, size_t align)
{
    if (!CHECK(address != NULL))
        return;
    *s = (slot){address, size, align, dice_next(&d)};
    CHECK(aligned_to(address, align));
    CHECK(fa_usable_size(a, address) >= size);
    pattern_fill(address, size, s->key);
    if (dice_below(&d, 16) == 0)
        check_apart(s);
}

static void allocate(slot *s)
{
    size_t size = random_size();
    size_t align = random_align();
    int32_t intent = (int32_t[]){FA_INTENT_AUTO, FA_INTENT_AUTO, FA_INTENT_POOL, FA_INTENT_HEAP}[dice_below(&d, 4)];
    bool zeroed = dice_below(&d, 4) == 0;
    void *address = zeroed ? fa_alloc_zeroed(a, intent, size, align) : fa_alloc(a, intent, size, align);
    CHECK(address == NULL || !zeroed || all_bytes(address, size, 0));
    settle(s, address, size, align);
}

static void release(slot *s)
{
    check_whole(s);
    CHECK_EQ(fa_release(a, s->address), FA_OK);
    s->address = NULL;
}

static void resize(slot *s)
{
    slot old = *s;
    size_t size = random_size();
    unsigned char *address = fa_realloc(a, old.address, size, old.align);
    if (!CHECK(address != NULL))
        return;
    CHECK(pattern_holds(address, old.size < size ? old.size : size, old.size, old.key));
    settle(s, address, size, old.align);
}

static void step(void)
{
    slot *s = &slots[dice_below(&d, SLOTS)];
    if (s->address == NULL)
        allocate(s);
    else if (dice_below(&d, 4) == 0)
        resize(s);
    else
        release(s);
}

static void check_figures(void)
{
    uint64_t count = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        count += slots[i].address != NULL;
        bytes += fa_usable_size(a, slots[i].address);
    }
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, count);
    /* In debug mode blocks have guards beside what can be used. */
    uint64_t occupied = stats.pool.live_bytes + stats.heap.live_bytes;
    CHECK(debugging && count != 0 ? occupied > bytes : occupied == bytes);
}

static void check_all(void)
{
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].address != NULL)
            check_whole(&slots[i]);
    }
    check_figures();
}

static void run(fa_config config, double seconds)
{
    debugging = config.debug_mode;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    memset(slots, 0, sizeof slots);
    size_t steps = 0;
    double end = clock_seconds() + seconds;
    for (; clock_seconds() < end && atomic_load(&check_failures) == 0; steps += 500) {
        for (int i = 0; i < 500; i++)
            step();
        check_figures();
        if (dice_below(&d, 50) == 0)
            CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    }
    check_all();
    printf("# %zu steps\n", steps);
    for (size_t i = 0; i < SLOTS; i++) {
        if (slots[i].address != NULL)
            release(&slots[i]);
    }
    check_figures();
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
}

static void default_blocks(void)
{
    d.state = dice_seed();
    run((fa_config)FA_CONFIG_INIT, 0.6);
}

static void minimal_footprint(void)
{
    fa_config config = FA_CONFIG_INIT;
    CHECK_EQ(fa_config_preset(&config, FA_PRESET_MINIMAL), FA_OK);
    config.statistics = 1;
    d.state = dice_seed() + 1;
    run(config, 0.4);
}

static void low_threshold_without_cache(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.pool_heap_threshold = 100;
    config.heap_cache_limit = 0;
    d.state = dice_seed() + 2;
    run(config, 0.4);
}

static void debug_blocks(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    d.state = dice_seed() + 3;
    run(config, 0.4);
}

CHECK_MAIN(CASE(default_blocks), CASE(minimal_footprint), CASE(low_threshold_without_cache), CASE(debug_blocks))
