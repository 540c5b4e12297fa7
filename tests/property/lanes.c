/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks that several threads allocate, resize and release at random, each block by whoever comes first. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

enum { THREADS = 4, SLOTS = 512, STEPS = 200000 };

typedef struct slot {
    pthread_mutex_t lock;
    unsigned char *address;
    size_t size;
    uint64_t key;
} slot;

static fa_allocator *a;
static slot slots[SLOTS];
static uint64_t seed;

static void put(slot *s, unsigned char *address, size_t size, uint64_t key)
{
    if (!CHECK(address != NULL))
        return;
    s->address = address;
    s->size = size;
    s->key = key;
    pattern_fill(address, size, key);
}

static void step(slot *s, dice *d)
{
    size_t size = dice_size(d, dice_below(d, 50) == 0 ? 18 : 12);
    if (s->address == NULL) {
        put(s, fa_alloc(a, FA_INTENT_AUTO, size, 16), size, dice_next(d));
        return;
    }
    CHECK(pattern_holds(s->address, s->size, s->size, s->key));
    if (dice_below(d, 3) == 0) {
        put(s, fa_realloc(a, s->address, size, 16), size, dice_next(d));
        return;
    }
    CHECK_EQ(fa_release(a, s->address), FA_OK);
    s->address = NULL;
}

static void *work(void *user)
{
    dice d = {seed + *(size_t *)user};
    for (size_t i = scaled(STEPS); i > 0; i--) {
        slot *s = &slots[dice_below(&d, SLOTS)];
        (void)pthread_mutex_lock(&s->lock);
        step(s, &d);
        (void)pthread_mutex_unlock(&s->lock);
    }
    return NULL;
}

static void run(fa_config config)
{
    pthread_t threads[THREADS];
    size_t numbers[THREADS];
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    for (size_t i = 0; i < SLOTS; i++)
        slots[i] = (slot){PTHREAD_MUTEX_INITIALIZER, NULL, 0, 0};
    for (size_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        REQUIRE(pthread_create(&threads[i], NULL, work, &numbers[i]) == 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    for (size_t i = 0; i < SLOTS; i++)
        CHECK_EQ(fa_release(a, slots[i].address), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    CHECK_EQ(stats.pool.live_bytes + stats.heap.live_bytes, 0);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK_EQ(stats.reserved_bytes, 0);
    fa_allocator_release(a);
}

static void random_owners(void)
{
    seed = dice_seed();
    run((fa_config)FA_CONFIG_INIT);
}

static void random_owners_in_debug_mode(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    seed = dice_seed() + 100;
    run(config);
}

CHECK_MAIN(CASE(random_owners), CASE(random_owners_in_debug_mode))
