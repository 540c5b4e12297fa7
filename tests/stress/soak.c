/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Everything at once for as many seconds as the first argument or FRAMEALLOC_SOAK_SECONDS says: producers and consumers
 * with frames, pools, heap, tags, handles and scratch pools, threads and allocators that come and go. Memory stays flat
 * and the figures add up. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"
#include "resident.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { PRODUCERS = 2, CONSUMERS = 2, BELT = 256, LONGEST_BITS = 15, DEFAULT_SECONDS = 20, SAMPLES_LEAST = 10 };

/* The belt holds 8 MiB at most, and as much may be kept warm behind it; how much of that a run meets is chance, and may be
 * met late. A leak of ten bytes a frame is several times as much within the default time. */
enum { SLACK_BYTES = 16 << 20 };

typedef struct parcel {
    _Atomic uint32_t state; /* EMPTY, BUSY, FULL */
    void *block;
    fa_handle handle;
    size_t size;
    uint64_t key;
} parcel;

enum { EMPTY, BUSY, FULL };

static fa_allocator *a;
static parcel belt[BELT];
static atomic_bool producers_end;
static atomic_bool consumers_end;
static atomic_ullong rounds[4]; /* of producers, consumers, churners, and of those who make allocators */
static double seconds = DEFAULT_SECONDS;

static void produced(parcel *p, dice *d)
{
    p->size = dice_size(d, LONGEST_BITS) + 1;
    p->key = dice_next(d);
    p->handle = 0;
    p->block = NULL;
    if (dice_below(d, 4) != 0) {
        p->block = fa_alloc(a, FA_INTENT_AUTO, p->size, 16);
        if (CHECK(p->block != NULL))
            pattern_fill(p->block, p->size, p->key);
        return;
    }
    REQUIRE(fa_handle_alloc(a, p->size, 16, &p->handle) == FA_OK);
    void *memory = fa_handle_pin(a, p->handle);
    if (CHECK(memory != NULL))
        pattern_fill(memory, p->size, p->key);
    CHECK_EQ(fa_handle_unpin(a, p->handle), FA_OK);
}

static void consumed(const parcel *p)
{
    if (p->handle == 0) {
        CHECK(pattern_holds(p->block, p->size, p->size, p->key));
        CHECK_EQ(fa_release(a, p->block), FA_OK);
        return;
    }
    const void *memory = fa_handle_pin(a, p->handle);
    CHECK(memory != NULL && pattern_holds(memory, p->size, p->size, p->key));
    CHECK_EQ(fa_handle_unpin(a, p->handle), FA_OK);
    CHECK_EQ(fa_handle_free(a, p->handle), FA_OK);
}

/* The place if it was in the state, and nobody else has it now. */
static parcel *claim(size_t place, uint32_t state)
{
    parcel *p = &belt[place % BELT];
    return atomic_compare_exchange_strong(&p->state, &state, BUSY) ? p : NULL;
}

static void put(dice *d)
{
    parcel *p = claim(dice_below(d, BELT), EMPTY);
    if (p == NULL)
        return;
    produced(p, d);
    atomic_store(&p->state, FULL);
}

static void take(size_t place)
{
    parcel *p = claim(place, FULL);
    if (p == NULL)
        return;
    consumed(p);
    atomic_store(&p->state, EMPTY);
}

static void use_scratch(fa_scratch_pool *pool, dice *d)
{
    size_t size = dice_size(d, 12) + 1;
    unsigned char *memory = fa_scratch_pool_alloc(pool, size, 16);
    if (!CHECK(memory != NULL))
        return;
    pattern_fill(memory, size, size);
    CHECK(pattern_holds(memory, size, size, size));
    if (dice_below(d, 50) == 0)
        CHECK_EQ(fa_scratch_pool_reset(pool), FA_OK);
}

static void one_frame(dice *d, fa_scratch_pool *pool)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, dice_below(d, 2) == 0 ? "left" : "right"), FA_OK);
    unsigned char *first = fa_frame_alloc(a, 500, 16);
    if (CHECK(first != NULL))
        pattern_fill(first, 500, 1);
    for (size_t i = dice_below(d, 20); i > 0; i--) {
        CHECK(fa_frame_alloc(a, dice_size(d, 12), 16) != NULL);
        put(d);
    }
    use_scratch(pool, d);
    CHECK(pattern_holds(first, 500, 500, 1));
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void *produce(void *user)
{
    dice d = {*(size_t *)user};
    char name[32];
    (void)snprintf(name, sizeof name, "soak %zu", *(size_t *)user);
    fa_scratch_pool *pool = fa_scratch_pool_get(a, name);
    if (!CHECK(pool != NULL))
        return NULL;
    for (; !atomic_load(&producers_end); atomic_fetch_add(&rounds[0], 1))
        one_frame(&d, pool);
    CHECK_EQ(fa_scratch_pool_destroy(pool), FA_OK);
    return NULL;
}

static void *consume(void *user)
{
    dice d = {*(size_t *)user};
    for (; !atomic_load(&consumers_end); atomic_fetch_add(&rounds[1], 1)) {
        for (size_t i = dice_below(&d, BELT); i > 0; i--)
            take(dice_below(&d, BELT));
        if (dice_below(&d, 100) == 0)
            CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
        if (dice_below(&d, 20) == 0)
            (void)fa_handle_defragment_step(a, 20000, 0, NULL);
        (void)sched_yield();
    }
    return NULL;
}

/* A thread that ends in the middle of a frame, and leaves blocks behind. */
static void *short_life(void *user)
{
    dice d = {*(uint64_t *)user};
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 3000, 16) != NULL);
    for (int i = 0; i < 8; i++) {
        put(&d);
        take(dice_below(&d, BELT));
    }
    return NULL;
}

static void *churn(void *user)
{
    uint64_t seed = *(size_t *)user;
    for (; !atomic_load(&producers_end); atomic_fetch_add(&rounds[2], 1), seed += 2) {
        pthread_t threads[2];
        uint64_t seeds[2] = {(seed + 1) * 1000, (seed + 2) * 1000};
        for (int i = 0; i < 2; i++)
            if (!CHECK(pthread_create(&threads[i], NULL, short_life, &seeds[i]) == 0))
                return NULL;
        for (int i = 0; i < 2; i++)
            (void)pthread_join(threads[i], NULL);
    }
    return NULL;
}

static void *make_allocators(void *user)
{
    dice d = {*(size_t *)user};
    for (; !atomic_load(&producers_end); atomic_fetch_add(&rounds[3], 1)) {
        fa_allocator *own = fa_allocator_create(NULL);
        if (!CHECK(own != NULL))
            return NULL;
        CHECK_EQ(fa_frame_begin(own), FA_OK);
        CHECK(fa_frame_alloc(own, dice_size(&d, 16), 16) != NULL);
        CHECK(fa_alloc(own, FA_INTENT_AUTO, dice_size(&d, 16), 16) != NULL);
        put(&d);
        fa_allocator_release(own);
        (void)sched_yield();
    }
    return NULL;
}

/* Caches fill in the first tenth, which does not count. */
static void watch(void)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    double begun = clock_seconds();
    halves resident = {0, 0};
    halves reserved = {0, 0};
    size_t samples = 0;
    for (double now = begun; now < begun + seconds || samples < SAMPLES_LEAST; now = clock_seconds(), samples++) {
        bool second = now > begun + seconds * 0.55;
        fa_stats stats = figures(a);
        if (now >= begun + seconds * 0.1) {
            halves_note(&resident, second, resident_bytes());
            halves_note(&reserved, second, (size_t)stats.reserved_bytes);
        }
        CHECK(stats.reserved_bytes <= stats.reserved_peak_bytes);
        if (atomic_load(&check_failures) != 0)
            break;
        (void)nanosleep(&pause, NULL);
    }
    CHECK(halves_flat(&reserved, SLACK_BYTES, "reserved"));
    CHECK(halves_flat(&resident, SLACK_BYTES, "resident") || !RESIDENT_IS_OURS);
}

static void nothing_is_left(void)
{
    for (size_t i = 0; i < BELT; i++)
        take(i);
    fa_handle_stats handles = FA_HANDLE_STATS_INIT;
    CHECK_EQ(fa_handle_get_stats(a, &handles), FA_OK);
    CHECK_EQ(handles.live_count, 0);
    CHECK_EQ(handles.allocations, handles.frees);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.frame.live_count + stats.pool.live_count + stats.scratch.live_count, 0);
    CHECK_EQ(stats.heap.live_count, handles.regions);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK(stats.pool.allocations > 0 && stats.heap.allocations > 0 && stats.deferred_frees > 0);
    for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++)
        CHECK(atomic_load(&rounds[i]) > 0);
}

typedef struct worker {
    pthread_t thread;
    size_t seed;
} worker;

static bool hire(worker *w, size_t seed, void *(*work)(void *))
{
    w->seed = seed;
    return CHECK(pthread_create(&w->thread, NULL, work, &w->seed) == 0);
}

static void memory_stays_flat_and_figures_add_up(void)
{
    enum { MAKERS = PRODUCERS + 2 };
    static worker makers[MAKERS];
    static worker consumers[CONSUMERS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    for (size_t i = 0; i < CONSUMERS; i++)
        REQUIRE(hire(&consumers[i], 100 + i, consume));
    for (size_t i = 0; i < PRODUCERS; i++)
        REQUIRE(hire(&makers[i], 200 + i, produce));
    REQUIRE(hire(&makers[PRODUCERS], 300, churn));
    REQUIRE(hire(&makers[PRODUCERS + 1], 400, make_allocators));
    watch();
    atomic_store(&producers_end, true);
    for (size_t i = 0; i < MAKERS; i++)
        (void)pthread_join(makers[i].thread, NULL);
    atomic_store(&consumers_end, true);
    for (size_t i = 0; i < CONSUMERS; i++)
        (void)pthread_join(consumers[i].thread, NULL);
    nothing_is_left();
    printf("# %llu frames, %llu threads on %u lanes, %llu allocators\n", atomic_load(&rounds[0]),
           2 * atomic_load(&rounds[2]), fa_lane_count(a), atomic_load(&rounds[3]));
    fa_allocator_release(a);
}

int main(int count, char **arguments)
{
    static const check_case cases[] = {CASE(memory_stays_flat_and_figures_add_up)};
    const char *text = count > 1 ? arguments[1] : getenv("FRAMEALLOC_SOAK_SECONDS");
    if (text != NULL)
        seconds = strtod(text, NULL);
    printf("# %g seconds\n", seconds);
    return check_run(cases, sizeof cases / sizeof *cases);
}
