/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bounded queues between threads that allocate, release for each other and wait for each other: no block is had by two,
 * and none is lost. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <unistd.h>

enum { BLOCKS = 3000, SIZE = 64, ALARM_SECONDS = 250 };

static fa_allocator *a;

static void setup(int32_t mode, uint32_t capacity, int32_t policy)
{
    (void)alarm(ALARM_SECONDS);
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = mode;
    config.capacity = capacity;
    config.full_policy = policy;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
}

static void check_nothing_lives(void)
{
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK_EQ(stats.pages, 0);
    fa_allocator_release(a);
    (void)alarm(0);
}

static void allocate(void **blocks, uint64_t key)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK((blocks[i] = fa_pool_alloc(a, SIZE, 16)) != NULL);
        pattern_fill(blocks[i], SIZE, key + i);
    }
}

static void release(void **blocks, uint64_t key)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(pattern_holds(blocks[i], SIZE, SIZE, key + i));
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
}

/* Takes blocks of the stock all the while, and ends: what it has left goes back. */
static void *release_and_end(void *user)
{
    void **blocks = user;
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(pattern_holds(blocks[i], SIZE, SIZE, 1 + i));
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
        if (i % 64 == 63)
            CHECK_EQ(fa_release(a, fa_pool_alloc(a, SIZE, 16)), FA_OK);
    }
    return user;
}

static void blocks_of_the_stock_stay_their_owners(void)
{
    enum { ROUNDS = 40, MEANWHILE = 20 };
    static void *theirs[BLOCKS];
    static void *mine[BLOCKS];
    setup(FA_DEFERRED_ON_REFILL, 1, FA_QUEUE_DROP_OLDEST);
    for (size_t round = 0; round < scaled(ROUNDS); round++) {
        pthread_t consumer;
        allocate(theirs, 1);
        REQUIRE(pthread_create(&consumer, NULL, release_and_end, theirs) == 0);
        for (size_t i = 0; i < MEANWHILE; i++) {
            allocate(mine, i);
            release(mine, i);
        }
        (void)pthread_join(consumer, NULL);
    }
    check_nothing_lives();
}

enum { FEW = 40, PARTNERS = 3 };

static fa_barrier barrier;
static void *few[PARTNERS][FEW];

/* Also gives up waiting, while others may be seeing to its lane. */
static void meet(void)
{
    enum { PATIENCE_NANOSECONDS = 20000 };
    fa_status status;
    do
        status = fa_barrier_wait_timed(a, barrier, PATIENCE_NANOSECONDS);
    while (status == FA_ERROR_TIMEOUT);
    CHECK_EQ(status, FA_OK);
}

static void *swap(void *user)
{
    enum { ROUNDS = 300 };
    size_t me = (size_t)(uintptr_t)user;
    for (size_t round = 0; round < scaled(ROUNDS); round++) {
        for (size_t i = 0; i < FEW; i++) {
            few[me][i] = fa_pool_alloc(a, SIZE, 16);
            pattern_fill(few[me][i], SIZE, me);
        }
        meet();
        size_t other = (me + 1 + round % (PARTNERS - 1)) % PARTNERS;
        for (size_t i = 0; i < FEW; i++) {
            CHECK(pattern_holds(few[other][i], SIZE, SIZE, other));
            CHECK_EQ(fa_release(a, few[other][i]), FA_OK);
        }
        meet();
    }
    return NULL;
}

/* The fast have arrived, and wait at the barrier, while the slow wait for room in their queues. */
static void who_waits_makes_room(int32_t mode)
{
    pthread_t threads[PARTNERS];
    setup(mode, 2, FA_QUEUE_BLOCK);
    CHECK_EQ(fa_barrier_create(a, "swap", PARTNERS, &barrier), FA_OK);
    for (uintptr_t i = 0; i < PARTNERS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, swap, (void *)i) == 0);
    for (size_t i = 0; i < PARTNERS; i++)
        (void)pthread_join(threads[i], NULL);
    check_nothing_lives();
}

static void who_waits_at_a_barrier_makes_room(void)
{
    who_waits_makes_room(FA_DEFERRED_ON_REFILL);
    who_waits_makes_room(FA_DEFERRED_EXPLICIT);
}

CHECK_MAIN(CASE(blocks_of_the_stock_stay_their_owners), CASE(who_waits_at_a_barrier_makes_room))
