/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Allocators that end at any moment while threads use them in every way there is. A call either does its work or is
 * refused; the threads never touch memory of their own accord. */
#include "capture.h"
#include "clock.h"
#include "pattern.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 3, ROUNDS = 3000, HELD = 64 };

static _Atomic(fa_allocator *) current;
static pthread_barrier_t barrier;
static atomic_ulong done;
static atomic_ulong refused;

typedef struct user {
    pthread_t thread;
    dice dice;
    void *held[HELD];
    fa_handle handle;
} user;

static bool use_blocks(fa_allocator *a, user *u)
{
    void **place = &u->held[dice_below(&u->dice, HELD)];
    if (*place != NULL) {
        void *block = *place;
        *place = NULL;
        return fa_release(a, block) == FA_OK;
    }
    size_t size = 1 + dice_size(&u->dice, 17);
    int32_t intent = dice_below(&u->dice, 2) == 0 ? FA_INTENT_POOL : FA_INTENT_HEAP;
    *place = dice_below(&u->dice, 8) == 0 ? fa_alloc_zeroed(a, intent, size, 16) : fa_alloc(a, intent, size, 16);
    return *place != NULL;
}

static bool use_frame(fa_allocator *a, user *u)
{
    if (fa_frame_begin(a) != FA_OK)
        return false;
    bool allocated = true;
    for (size_t i = dice_below(&u->dice, 20); i > 0 && allocated; i--)
        allocated = fa_frame_alloc_zeroed(a, 1 + dice_size(&u->dice, 12), 16) != NULL;
    return fa_frame_end(a) == FA_OK && allocated;
}

static bool use_handles(fa_allocator *a, user *u)
{
    if (u->handle == 0)
        return fa_handle_alloc(a, 100, 16, &u->handle) == FA_OK;
    if (dice_below(&u->dice, 4) != 0)
        return fa_handle_resolve(a, u->handle) != NULL;
    fa_handle handle = u->handle;
    u->handle = 0;
    return fa_handle_free(a, handle) == FA_OK;
}

static bool use_shared(fa_allocator *a, user *u)
{
    fa_stats stats = FA_STATS_INIT;
    fa_scratch_pool *scratch;
    switch (dice_below(&u->dice, 5)) {
    case 0: return fa_allocator_stats(a, &stats) == FA_OK;
    case 1: return fa_allocator_trim(a, NULL) == FA_OK;
    case 2: return fa_tag_push_name(a, "some") == FA_OK && use_blocks(a, u) && fa_tag_pop(a) == FA_OK;
    case 3: scratch = fa_scratch_pool_get(a, "level"); return scratch != NULL;
    default: return fa_lane_bind(a, NULL, NULL) == FA_OK;
    }
}

static bool use(fa_allocator *a, user *u)
{
    switch (dice_below(&u->dice, 12)) {
    case 0: return use_shared(a, u);
    case 1:
    case 2: return use_handles(a, u);
    case 3:
    case 4: return use_frame(a, u);
    default: return use_blocks(a, u);
    }
}

static void *run(void *of)
{
    user *u = of;
    for (;;) {
        (void)pthread_barrier_wait(&barrier);
        fa_allocator *a = atomic_load(&current);
        if (a == NULL)
            return NULL;
        memset(u->held, 0, sizeof u->held);
        u->handle = 0;
        while (use(a, u))
            atomic_fetch_add(&done, 1);
        CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
        atomic_fetch_add(&refused, 1);
        (void)pthread_barrier_wait(&barrier);
    }
}

/* Half of them are ended by force, half by asking until it is granted, which needs the users out of every call. */
static void end_at_random(fa_allocator *a, dice *d, unsigned long before)
{
    unsigned long wanted = before + dice_below(d, 60);
    while (atomic_load(&done) < wanted)
        (void)sched_yield();
    if (dice_below(d, 2) == 0) {
        fa_allocator_release(a);
        return;
    }
    fa_status status = FA_ERROR_BUSY;
    while (status == FA_ERROR_BUSY)
        status = fa_allocator_destroy(a, 50000);
    CHECK_EQ(status, FA_OK);
}

static void allocators_end_under_their_users(void)
{
    user users[THREADS];
    dice d = {dice_seed()};
    size_t rounds = scaled(ROUNDS);
    REQUIRE(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
    for (unsigned i = 0; i < THREADS; i++) {
        users[i].dice = (dice){dice_next(&d)};
        REQUIRE(pthread_create(&users[i].thread, NULL, run, &users[i]) == 0);
    }
    for (size_t round = 0; round < rounds; round++) {
        fa_allocator *a = fa_allocator_create(NULL);
        CHECK(a != NULL);
        capture_mute(a);
        atomic_store(&current, a);
        unsigned long before = atomic_load(&done);
        (void)pthread_barrier_wait(&barrier);
        end_at_random(a, &d, before);
        (void)pthread_barrier_wait(&barrier);
    }
    atomic_store(&current, NULL);
    (void)pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < THREADS; i++)
        (void)pthread_join(users[i].thread, NULL);
    (void)pthread_barrier_destroy(&barrier);
    CHECK_EQ(atomic_load(&refused), rounds * THREADS);
    printf("# %lu calls did their work before an end\n", atomic_load(&done));
}

CHECK_MAIN(CASE(allocators_end_under_their_users))
