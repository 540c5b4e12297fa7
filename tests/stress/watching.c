/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Listeners come and go, and deferred frees change their ways, while threads pass blocks round and run frames. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 3, ROUNDS = 60000, SLOTS = 64, SIZE = 200 };

static fa_allocator *a;
static _Atomic(void *) slots[SLOTS];
static atomic_int working;
static atomic_ulong heard[FA_EVENT_KINDS];

static void count_event(void *user, const fa_event *event)
{
    (void)user;
    atomic_fetch_add(&heard[event->kind], 1);
    if (event->kind == FA_EVENT_FRAME_END) {
        void *block = fa_pool_alloc(a, 64, 16);
        CHECK(block != NULL);
        CHECK_EQ(fa_release(a, block), FA_OK);
    }
}

/* A queue that refuses is asked again, and its lane may be one that waits for the same. */
static void release(void *block)
{
    fa_status status = fa_release(a, opaque(block));
    while (status == FA_ERROR_FULL) {
        (void)fa_deferred_process(a, UINT64_MAX, NULL);
        (void)sched_yield();
        status = fa_release(a, opaque(block));
    }
    CHECK_EQ(status, FA_OK);
}

static void exchange(dice *d)
{
    size_t slot = dice_below(d, SLOTS);
    unsigned char *block = fa_alloc(a, dice_below(d, 2) == 0 ? FA_INTENT_POOL : FA_INTENT_HEAP, SIZE, 16);
    if (!CHECK(block != NULL))
        return;
    pattern_fill(block, SIZE, slot);
    void *other = atomic_exchange(&slots[slot], block);
    if (other == NULL)
        return;
    CHECK(pattern_holds(other, SIZE, SIZE, slot));
    release(other);
}

static void *work(void *user)
{
    dice d = *(dice *)user;
    for (size_t round = scaled(ROUNDS); round > 0; round--) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (unsigned i = 0; i < 8; i++) {
            unsigned char *framed = fa_frame_alloc(a, 100 + i, 16);
            CHECK(framed != NULL);
            exchange(&d);
        }
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    atomic_fetch_sub(&working, 1);
    while (atomic_load(&working) > 0) {
        (void)fa_deferred_process(a, UINT64_MAX, NULL);
        (void)sched_yield();
    }
    return NULL;
}

static void listen_for_a_while(dice *d)
{
    uint64_t id;
    uint32_t kinds = 1 + (uint32_t)dice_below(d, FA_EVENT_ALL);
    CHECK_EQ(fa_event_listen(a, kinds, count_event, NULL, &id), FA_OK);
    for (size_t i = dice_below(d, 20); i > 0; i--)
        (void)sched_yield();
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
}

/* Bounds come with modes in which somebody looks at the queues. */
static void choose_anything(dice *d)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = (int32_t)dice_below(d, FA_DEFERRED_NEVER + 1);
    config.per_allocation = 1 + (uint32_t)dice_below(d, 20);
    config.full_policy = (int32_t)dice_below(d, FA_QUEUE_DROP_OLDEST + 1);
    bool never = config.mode == FA_DEFERRED_NEVER;
    config.capacity = never || dice_below(d, 2) == 0 ? 0 : 1 + (uint32_t)dice_below(d, 100);
    config.warning_threshold = (uint32_t)dice_below(d, 2) * 50;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
}

static void change_while_working(dice *d)
{
    while (atomic_load(&working) > 0) {
        switch (dice_below(d, 4)) {
        case 0: listen_for_a_while(d); break;
        case 1: choose_anything(d); break;
        case 2: CHECK_EQ(fa_frame_measure(a, (int32_t)dice_below(d, 2)), FA_OK); break;
        default: CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK); break;
        }
    }
}

static void check_nothing_lives(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        CHECK_EQ(fa_release(a, atomic_exchange(&slots[i], NULL)), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.heap.live_count, 0);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK_EQ(stats.frame.live_count, 0);
}

static void threads_are_watched_while_they_work(void)
{
    pthread_t threads[THREADS];
    dice dices[THREADS];
    dice d = {dice_seed()};
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    atomic_store(&working, THREADS);
    for (int i = 0; i < THREADS; i++) {
        dices[i].state = dice_next(&d);
        REQUIRE(pthread_create(&threads[i], NULL, work, &dices[i]) == 0);
    }
    change_while_working(&d);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    fa_deferred_config plain = FA_DEFERRED_CONFIG_INIT;
    CHECK_EQ(fa_deferred_configure(a, &plain), FA_OK);
    check_nothing_lives();
    CHECK(atomic_load(&heard[FA_EVENT_FRAME_END]) > 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(threads_are_watched_while_they_work))
