/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Threads begin tasks, allocate in those of others, and end them under each other. A task's end finds its blocks as they
 * were written, and leaves nothing behind. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

enum { THREADS = 4, STEPS = 60000, TASKS = 12, HEAD = 16 };

static fa_allocator *a;
static _Atomic(fa_task) tasks[TASKS];
static atomic_ulong written;
static atomic_ulong checked;
static atomic_ulong late;

/* The size stands in front of the pattern. */
static void check_block(void *user)
{
    const unsigned char *block = user;
    uint64_t size;
    memcpy(&size, block, sizeof size);
    CHECK(pattern_holds(block + HEAD, size, size, size));
    atomic_fetch_add(&checked, 1);
}

/* On a task that another thread may end at any moment: a block is written before the task knows what to check. */
static void allocate(fa_task task, dice *d)
{
    uint64_t size = 1 + dice_size(d, 12);
    unsigned char *block = fa_task_alloc(a, task, HEAD + size, dice_below(d, 8) == 0 ? 256 : 16);
    if (block == NULL) {
        CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
        atomic_fetch_add(&late, 1);
    }
}

/* On a task that nobody else knows so far. */
static void fill(fa_task task, dice *d)
{
    for (size_t i = dice_below(d, 6); i > 0; i--) {
        uint64_t size = 1 + dice_size(d, 12);
        unsigned char *block = fa_task_alloc(a, task, HEAD + size, 16);
        REQUIRE(block != NULL);
        memcpy(block, &size, sizeof size);
        pattern_fill(block + HEAD, size, size);
        CHECK_EQ(fa_task_on_end(a, task, check_block, block), FA_OK);
        atomic_fetch_add(&written, 1);
    }
}

static void end(fa_task task)
{
    if (task == 0)
        return;
    fa_status status = fa_task_end(a, task);
    CHECK(status == FA_OK || status == FA_ERROR_STALE);
}

/* Below another one now and then, with which it ends if that is first. */
static void begin(dice *d)
{
    fa_task parent = dice_below(d, 3) == 0 ? atomic_load(&tasks[dice_below(d, TASKS)]) : 0;
    fa_task task = 0;
    fa_status status = fa_task_begin(a, "stress", parent, &task);
    if (status == FA_ERROR_STALE)
        status = fa_task_begin(a, "stress", 0, &task);
    CHECK_EQ(status, FA_OK);
    if (parent == 0)
        fill(task, d);
    end(atomic_exchange(&tasks[dice_below(d, TASKS)], task));
}

static void *work(void *user)
{
    dice d = *(dice *)user;
    for (size_t step = scaled(STEPS); step > 0; step--) {
        fa_task task = atomic_load(&tasks[dice_below(&d, TASKS)]);
        if (task == 0 || dice_below(&d, 6) == 0)
            begin(&d);
        else
            allocate(task, &d);
    }
    return NULL;
}

static void tasks_are_shared_and_ended_by_anybody(void)
{
    pthread_t threads[THREADS];
    dice dices[THREADS];
    dice d = {dice_seed()};
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    for (int i = 0; i < THREADS; i++) {
        dices[i].state = dice_next(&d);
        REQUIRE(pthread_create(&threads[i], NULL, work, &dices[i]) == 0);
    }
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    for (int i = 0; i < TASKS; i++)
        end(atomic_load(&tasks[i]));
    CHECK_EQ(fa_task_count(a), 0);
    CHECK_EQ(atomic_load(&checked), atomic_load(&written));
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.heap.live_count, 0);
    printf("# %lu blocks checked, %lu allocations came too late\n", atomic_load(&checked), atomic_load(&late));
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(tasks_are_shared_and_ended_by_anybody))
