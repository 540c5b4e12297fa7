/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ten million blocks made by one thread and released by another, whatever becomes of the first: memory stays flat. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "resident.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { BLOCK_BYTES = 64, BELT = 1024, BATCH = 100000, OWNERS = 100, BLOCKS = BATCH * OWNERS };

/* A batch is 6 MiB. The stacks and lanes of the owners that come in the second half are a few MiB, and for each of them
 * that idles, some blocks may be on their way without being worth the trouble; a batch each would be 320 MiB. */
enum { SLACK_BYTES = 10 << 20, SLACK_PER_IDLER = 640 << 10 };

static fa_allocator *a;
static halves resident;
static halves reserved;

static void note(bool second)
{
    halves_note(&resident, second, resident_bytes());
    halves_note(&reserved, second, (size_t)figures(a).reserved_bytes);
}

static void *make_block(size_t number)
{
    size_t *block = fa_pool_alloc(a, BLOCK_BYTES, 16);
    if (CHECK(block != NULL))
        *block = number;
    return block;
}

static void drop_block(void *block, size_t number)
{
    CHECK_EQ(*(size_t *)block, number);
    CHECK_EQ(fa_release(a, block), FA_OK);
}

static bool start(void)
{
    resident = reserved = (halves){0, 0};
    a = fa_allocator_create(NULL);
    return CHECK(a != NULL);
}

static void finish(size_t idlers)
{
    size_t slack = SLACK_BYTES + idlers / 2 * SLACK_PER_IDLER;
    CHECK(halves_flat(&reserved, slack, "reserved"));
    CHECK(halves_flat(&resident, slack, "resident") || !RESIDENT_IS_OURS);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
}

static _Atomic(void *) belt[BELT];

static void *fill_belt(void *user)
{
    size_t work = *(size_t *)user;
    for (size_t i = 0; i < work; i++) {
        void *block = make_block(i);
        while (atomic_load_explicit(&belt[i % BELT], memory_order_acquire) != NULL)
            (void)sched_yield();
        atomic_store_explicit(&belt[i % BELT], block, memory_order_release);
    }
    return NULL;
}

static void empty_belt(size_t work)
{
    for (size_t i = 0; i < work; i++) {
        void *block;
        while ((block = atomic_load_explicit(&belt[i % BELT], memory_order_acquire)) == NULL)
            (void)sched_yield();
        atomic_store_explicit(&belt[i % BELT], NULL, memory_order_release);
        drop_block(block, i);
        if (i % BATCH == 0)
            note(i >= work / 2);
    }
}

static void an_active_owner(void)
{
    pthread_t owner;
    size_t work = scaled(BLOCKS);
    if (!start())
        return;
    REQUIRE(pthread_create(&owner, NULL, fill_belt, &work) == 0);
    empty_belt(work);
    (void)pthread_join(owner, NULL);
    finish(0);
}

/* An owner that makes a batch, then waits for the end of all. */
typedef struct idler {
    pthread_t thread;
    void **blocks;
    bool made;
} idler;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool over;

static void make_batch(void **blocks)
{
    for (size_t i = 0; i < BATCH; i++)
        blocks[i] = make_block(i);
}

static void drop_batch(void **blocks)
{
    for (size_t i = 0; i < BATCH; i++)
        drop_block(blocks[i], i);
}

static void *make_and_wait(void *user)
{
    idler *self = user;
    make_batch(self->blocks);
    (void)pthread_mutex_lock(&lock);
    self->made = true;
    (void)pthread_cond_broadcast(&changed);
    while (!over)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
    return NULL;
}

static bool run_idler(idler *owner, void **blocks)
{
    owner->blocks = blocks;
    if (!CHECK(pthread_create(&owner->thread, NULL, make_and_wait, owner) == 0))
        return false;
    (void)pthread_mutex_lock(&lock);
    while (!owner->made)
        (void)pthread_cond_wait(&changed, &lock);
    (void)pthread_mutex_unlock(&lock);
    drop_batch(blocks);
    return true;
}

static void end_idlers(idler *owners, size_t count)
{
    (void)pthread_mutex_lock(&lock);
    over = true;
    (void)pthread_cond_broadcast(&changed);
    (void)pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < count; i++)
        (void)pthread_join(owners[i].thread, NULL);
}

static void run_idlers(bool trims)
{
    static idler owners[OWNERS];
    static void *blocks[BATCH];
    size_t rounds = scaled(OWNERS);
    size_t begun = 0;
    memset(owners, 0, sizeof owners);
    over = false;
    while (begun < rounds && run_idler(&owners[begun], blocks)) {
        begun++;
        if (trims)
            CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
        note(begun > rounds / 2);
    }
    if (trims)
        CHECK_EQ(figures(a).reserved_bytes, 0);
    end_idlers(owners, begun);
}

static void idle_owners_and_a_trim_now_and_then(void)
{
    if (!start())
        return;
    run_idlers(true);
    finish(0);
}

static void idle_owners(void)
{
    if (!start())
        return;
    run_idlers(false);
    finish(scaled(OWNERS));
}

static void *make_and_end(void *blocks)
{
    make_batch(blocks);
    return NULL;
}

static void owners_that_have_ended(void)
{
    static void *blocks[BATCH];
    pthread_t owner;
    size_t rounds = scaled(OWNERS);
    if (!start())
        return;
    for (size_t i = 0; i < rounds; i++) {
        REQUIRE(pthread_create(&owner, NULL, make_and_end, blocks) == 0);
        (void)pthread_join(owner, NULL);
        drop_batch(blocks);
        note(i >= rounds / 2);
    }
    finish(0);
}

CHECK_MAIN(CASE(an_active_owner), CASE(idle_owners_and_a_trim_now_and_then), CASE(idle_owners), CASE(owners_that_have_ended))
