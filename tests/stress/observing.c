/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Profilers, traces and histories come and go while threads pass blocks round, run frames and open scopes; and a
 * profiler that stays is told of every address in order. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 3, ROUNDS = 6000, SLOTS = 64, BOOK = 1 << 16 };

static fa_allocator *a;
static _Atomic(void *) slots[SLOTS];
static atomic_int working;
static atomic_int attached; /* functions of a profiler may run */
static atomic_ulong told;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static struct {
    const void *block;
    int32_t intent;
    bool live;
} book[BOOK];
static unsigned long twice, unknown, full, allocated;

static void exchange(dice *d)
{
    static const size_t sizes[] = {64, 200, 4000, 100000};
    size_t slot = dice_below(d, SLOTS);
    void *block = fa_alloc(a, FA_INTENT_AUTO, sizes[dice_below(d, 4)], 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, atomic_exchange(&slots[slot], block)), FA_OK);
}

static void run_frame(dice *d)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "work"), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, dice_below(d, 2) == 0 ? "ai" : "audio"), FA_OK);
    for (unsigned i = 0; i < 4; i++)
        exchange(d);
    CHECK(fa_frame_alloc(a, 100, 16) != NULL);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK(fa_frame_alloc(a, 1 + dice_below(d, 30000), 16) != NULL);
    CHECK(fa_frame_alloc_ahead(a, 1, 100, 16) != NULL);
    CHECK(fa_scratch_alloc(a, 100, 16) != NULL);
    if (dice_below(d, 2) == 0)
        CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void *work(void *user)
{
    dice d = *(dice *)user;
    for (size_t round = scaled(ROUNDS); round > 0; round--)
        run_frame(&d);
    (void)atomic_fetch_sub(&working, 1);
    return NULL;
}

static void count_event(void *user, const fa_event *event)
{
    (void)user;
    CHECK(atomic_load(&attached) != 0);
    (void)atomic_fetch_add(&told, 1);
    if (event->kind == FA_EVENT_DISCARD) {
        void *block = fa_pool_alloc(a, 64, 16);
        CHECK(block != NULL);
        CHECK_EQ(fa_release(a, block), FA_OK);
    }
}

static void count_value(void *user, const fa_profile_counter *counter)
{
    (void)user;
    CHECK(atomic_load(&attached) != 0 && counter->name != NULL);
    (void)atomic_fetch_add(&told, 1);
}

static void profile_for_a_while(dice *d)
{
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.allocate = dice_below(d, 2) == 0 ? count_event : NULL;
    profiler.release = dice_below(d, 2) == 0 ? count_event : NULL;
    profiler.discard = count_event;
    profiler.frame_mark = profiler.zone_begin = profiler.zone_end = count_event;
    profiler.counter = count_value;
    atomic_store(&attached, 1);
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
    run_frame(d);
    CHECK_EQ(fa_profiler_detach(a), FA_OK);
    atomic_store(&attached, 0);
}

static void trace_for_a_while(dice *d, const char *path)
{
    fa_trace_options options = FA_TRACE_OPTIONS_INIT;
    options.records = dice_below(d, 2) == 0 ? 64 : 1024;
    options.counter_interval_ns = 0;
    options.write = (int32_t)dice_below(d, 2);
    CHECK_EQ(fa_trace_start(a, path, &options), FA_OK);
    run_frame(d);
    if (dice_below(d, 2) == 0)
        CHECK_EQ(fa_trace_flush(a), FA_OK);
    CHECK_EQ(fa_trace_stop(a), FA_OK);
}

static void keep_history_for_a_while(dice *d)
{
    fa_history_options options = FA_HISTORY_OPTIONS_INIT;
    options.samples = 1 + (uint32_t)dice_below(d, 50);
    options.every_lane = 1;
    fa_performance p = FA_PERFORMANCE_INIT;
    fa_graph graph = FA_GRAPH_INIT;
    fa_graph_point points[8];
    CHECK_EQ(fa_history_start(a, &options), FA_OK);
    run_frame(d);
    CHECK_EQ(fa_history_performance(a, 0, 0, &p), FA_OK);
    CHECK(p.frames <= options.samples && p.allocations.p50 <= p.allocations.p99);
    CHECK_EQ(fa_history_graph(a, NULL, &graph, points, 8), FA_OK);
    CHECK_EQ(fa_history_stop(a), FA_OK);
}

static void change_while_working(dice *d)
{
    char folder[] = "/tmp/framealloc-observing-XXXXXX";
    char path[64];
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/t.json", folder);
    profile_for_a_while(d);
    trace_for_a_while(d, path);
    keep_history_for_a_while(d);
    while (atomic_load(&working) > 0) {
        switch (dice_below(d, 3)) {
        case 0:
            profile_for_a_while(d);
            break;
        case 1:
            trace_for_a_while(d, path);
            break;
        default:
            keep_history_for_a_while(d);
            break;
        }
    }
    (void)unlink(path);
    CHECK_EQ(rmdir(folder), 0);
}

static void work_on_threads(void (*meanwhile)(dice *d))
{
    pthread_t threads[THREADS];
    dice dices[THREADS];
    dice d = {dice_seed()};
    atomic_store(&working, THREADS);
    for (int i = 0; i < THREADS; i++) {
        dices[i].state = dice_next(&d);
        REQUIRE(pthread_create(&threads[i], NULL, work, &dices[i]) == 0);
    }
    if (meanwhile != NULL)
        meanwhile(&d);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
}

static void release_all(void)
{
    for (size_t i = 0; i < SLOTS; i++)
        CHECK_EQ(fa_release(a, atomic_exchange(&slots[i], NULL)), FA_OK);
}

static void who_watches_comes_and_goes(void)
{
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    work_on_threads(change_while_working);
    release_all();
    CHECK_EQ(fa_frame_begin(a), FA_OK); /* what looked ahead on this thread goes */
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.heap.live_count, 0);
    CHECK_EQ(stats.frame.live_count, 0);
    CHECK(atomic_load(&told) > 0);
    fa_allocator_release(a);
}

static size_t place_of(const void *block)
{
    size_t at = (size_t)(((uintptr_t)block >> 4) * 0x9e3779b97f4a7c15u >> 40) % BOOK;
    for (size_t tries = 0; tries < BOOK; tries++, at = (at + 1) % BOOK) {
        if (book[at].block == block || book[at].block == NULL)
            return at;
    }
    return BOOK;
}

static void book_allocation(void *user, const fa_event *event)
{
    (void)user;
    (void)pthread_mutex_lock(&guard);
    size_t at = place_of(event->block);
    allocated++;
    full += at == BOOK;
    if (at != BOOK) {
        twice += book[at].live;
        book[at].block = event->block;
        book[at].intent = event->intent;
        book[at].live = true;
    }
    (void)pthread_mutex_unlock(&guard);
}

static void book_release(void *user, const fa_event *event)
{
    (void)user;
    (void)pthread_mutex_lock(&guard);
    size_t at = place_of(event->block);
    unknown += at == BOOK || !book[at].live;
    if (at != BOOK)
        book[at].live = false;
    (void)pthread_mutex_unlock(&guard);
}

static void book_discard(void *user, const fa_event *event)
{
    (void)user;
    (void)pthread_mutex_lock(&guard);
    for (uint64_t i = 0; i < event->range_count; i++) {
        const char *start = event->ranges[i].start;
        for (uint64_t offset = 0; offset < event->ranges[i].bytes; offset += 16) {
            size_t at = place_of(start + offset);
            if (at != BOOK && book[at].block != NULL && book[at].intent == event->intent)
                book[at].live = false;
        }
    }
    (void)pthread_mutex_unlock(&guard);
}

static void a_profiler_that_stays_is_told_in_order(void)
{
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.allocate = book_allocation;
    profiler.release = book_release;
    profiler.discard = book_discard;
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
    work_on_threads(NULL);
    release_all();
    unsigned long live = 0;
    for (size_t i = 0; i < BOOK; i++)
        live += book[i].live;
    CHECK(allocated > 0);
    CHECK_EQ(twice, 0);
    CHECK_EQ(unknown, 0);
    CHECK_EQ(full, 0);
    CHECK_EQ(live, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(who_watches_comes_and_goes), CASE(a_profiler_that_stays_is_told_in_order))
