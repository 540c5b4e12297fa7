/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Ending tasks: those below first, each with its functions and its blocks. */
#include "base/os.h"
#include "core/call.h"
#include "threads/task.h"

#include <stdlib.h>

static void take_off(fa_task_shared *shared, fa_task_record *t)
{
    (void)fa_slots_remove(&shared->table, t->id);
    fa_list_remove(&t->link);
    if (t->parent != NULL)
        t->parent->stats.children--;
    shared->count--;
}

/* Locked. Moves the task and all below it to a list, those without children first. */
static void take_off_all(fa_task_shared *shared, fa_task_record *t, fa_link *ended)
{
    fa_task_record *at = t;
    for (;;) {
        while (!fa_list_empty(&at->children))
            at = fa_task_from_link(at->children.next);
        fa_task_record *parent = at->parent;
        take_off(shared, at);
        fa_list_append(ended, &at->link);
        if (at == t)
            return;
        at = parent;
    }
}

/* Functions of a task may use what those above it have. From within one nobody is waited for, since two that end the
 * task above each other would wait for ever. */
static void await_children(fa_allocator *a, uint64_t id, bool within)
{
    fa_lane *lane = fa_lane_existing(a);
    fa_tasks_lock(a);
    for (unsigned waits = 0; !within && fa_runs_any_of(&fa_tasks_of(a)->ends, id); waits++) {
        fa_lane_rest(lane);
        fa_tasks_unlock(a);
        fa_os_wait(waits);
        fa_tasks_lock(a);
    }
    fa_tasks_unlock(a);
    fa_lane_go_on(lane);
}

static void run_functions(fa_task_record *t)
{
    while (t->functions != NULL) {
        fa_task_end_function node = *t->functions;
        free(t->functions);
        t->functions = node.earlier;
        node.function(node.user);
    }
}

static bool release(fa_allocator *a, fa_task_record *t, fa_link *link)
{
    fa_task_block *block = fa_task_block_from(link);
    bool taken = fa_task_take_off(t, block);
    if (taken)
        (void)fa_release_own(a, fa_task_memory_of(block));
    return taken;
}

/* From both sides, since the way past a block that was damaged is lost, and with it those between two of them. */
static void release_blocks(fa_allocator *a, fa_task_record *t)
{
    while (!fa_list_empty(&t->blocks) && release(a, t, t->blocks.next))
        continue;
    if (fa_list_empty(&t->blocks))
        return;
    while (release(a, t, t->blocks.previous))
        continue;
    fa_status before = fa_tls.last_status;
    if (t->stats.live_count > 1)
        (void)fa_task_refuse_damaged(a, t->id, fa_task_block_from(t->blocks.previous), 0);
    (void)fa_task_refuse_damaged(a, t->id, fa_task_block_from(t->blocks.next),
                                 t->stats.live_count > 2 ? t->stats.live_count - 2 : 0);
    fa_tls.last_status = before;
}

static void finish(fa_allocator *a, fa_task_record *t)
{
    run_functions(t);
    release_blocks(a, t);
    free(t);
}

static void finish_all(fa_allocator *a, fa_link *ended, bool within)
{
    while (!fa_list_empty(ended)) {
        fa_task_record *t = fa_task_from_link(ended->next);
        fa_list_remove(&t->link);
        await_children(a, t->id, within);
        finish(a, t);
    }
}

fa_status fa_task_end(fa_allocator *a, fa_task id)
{
    FA_ENTER(a);
    fa_run run;
    fa_link ended; /* those without children first */
    fa_list_init(&ended);
    fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL)
        return fa_last_status();
    fa_link *ends = &fa_tasks_of(a)->ends;
    bool within = fa_runs_any_here(ends);
    fa_run_begin(ends, &run, t->parent == NULL ? 0 : t->parent->id);
    take_off_all(fa_tasks_of(a), t, &ended);
    fa_tasks_unlock(a);
    finish_all(a, &ended, within);
    fa_tasks_lock(a);
    fa_run_end(&run);
    fa_tasks_unlock(a);
    return FA_OK;
}
