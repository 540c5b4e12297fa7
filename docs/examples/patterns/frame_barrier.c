/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * An engine whose workers share the boundary of a frame. Each moves its own stretch of a ring of cells and lists, in its
 * own frame and without locks, what flows over to its neighbour. They meet, each reads its neighbour's list where it is,
 * and they meet again before the frames end. One worker stops early, one ends with its thread: nobody waits for them.
 */
#define _POSIX_C_SOURCE 200809L
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdio.h>

enum { WORKERS = 4, CELLS = 3000, FRAMES = 200, EARLY = 50, STRETCH = CELLS / WORKERS };

struct flow {
    const uint32_t *grains; /* In the worker's frame. */
    uint32_t count;
};

struct worker {
    uint32_t number;
    int frames;
    int fine;
};

static fa_allocator *a;
static fa_barrier boundary;
static uint32_t cells[CELLS];
static struct flow flows[WORKERS];

/* Every cell keeps half of its grains and passes the rest on; those of the last one go to the neighbour. */
static int step(uint32_t me)
{
    uint32_t *grains = fa_frame_new(a, uint32_t, STRETCH), moving = 0;
    if (grains == NULL)
        return 0;
    for (uint32_t i = me * STRETCH; i < (me + 1) * STRETCH; i++) {
        uint32_t leaving = cells[i] / 2;
        cells[i] += moving - leaving;
        moving = leaving;
    }
    grains[0] = moving;
    flows[me] = (struct flow){grains, 1};
    return 1;
}

static void take_in(uint32_t me)
{
    struct flow *from = &flows[(me + WORKERS - 1) % WORKERS];
    for (uint32_t i = 0; i < from->count; i++)
        cells[me * STRETCH] += from->grains[i];
    *from = (struct flow){NULL, 0}; /* Its frame is about to end. */
}

static void *work(void *user)
{
    struct worker *w = user;
    for (int frame = 0; frame < w->frames && w->fine; frame++) {
        w->fine &= fa_frame_begin(a) == FA_OK;
        w->fine &= step(w->number);
        w->fine &= fa_barrier_wait(a, boundary) == FA_OK; /* All lists are there. */
        take_in(w->number);
        w->fine &= fa_barrier_wait(a, boundary) == FA_OK; /* Nobody reads them any more. */
        w->fine &= fa_frame_end(a) == FA_OK;
    }
    if (w->number == 0)
        w->fine &= fa_barrier_unregister(a, boundary) == FA_OK;
    return NULL; /* A worker that is still a participant leaves with its thread. */
}

static uint64_t sum(void)
{
    uint64_t grains = 0;
    for (uint32_t i = 0; i < CELLS; i++)
        grains += cells[i];
    return grains;
}

int main(void)
{
    pthread_t threads[WORKERS];
    struct worker workers[WORKERS];
    fa_barrier_stats stats = FA_BARRIER_STATS_INIT;
    int fine = 1;
    a = fa_allocator_create(NULL);
    for (uint32_t i = 0; i < CELLS; i++)
        cells[i] = i % 100;
    uint64_t before = sum();
    if (fa_barrier_create(a, "frame boundary", WORKERS, &boundary) != FA_OK)
        return 1;
    for (uint32_t i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){i, i < 2 ? EARLY : FRAMES, 1};
        if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
            return 1;
    }
    for (int i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
        fine &= workers[i].fine;
    }
    fine &= fa_barrier_get_stats(a, boundary, &stats) == FA_OK;
    printf("%llu meetings of %d workers, of which %llu left with their thread\n", (unsigned long long)stats.generation,
           WORKERS, (unsigned long long)stats.lost);
    /* What had flowed to the two that stopped lies in no cell: grains are lost, never made. */
    fine &= stats.generation >= 2 * FRAMES && stats.lost == WORKERS - 1 && sum() <= before;
    fine &= fa_barrier_destroy(a, boundary) == FA_OK;
    fa_allocator_release(a);
    return !fine;
}
