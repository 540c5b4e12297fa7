/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/task.h"

#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"

#include <stdlib.h>
#include <string.h>

static fa_status refuse_id(fa_allocator *a, fa_task id)
{
    return fa_refuse(a, FA_CODE_TASK, FA_ERROR_STALE, "task %#llx has ended, or is of another allocator",
                     (unsigned long long)id);
}

fa_task_record *fa_task_lock(fa_allocator *a, fa_task id)
{
    if (!fa_allocator_usable(a))
        return NULL;
    fa_tasks_lock(a);
    fa_task_record *t = fa_slots_get(&fa_tasks_of(a)->table, id);
    if (t != NULL)
        return t;
    fa_tasks_unlock(a);
    (void)refuse_id(a, id);
    return NULL;
}

bool fa_task_resolve(fa_allocator *a, fa_task *id)
{
    if (*id != 0 || !fa_allocator_usable(a))
        return true;
    const fa_lane *lane = fa_lane_existing(a);
    *id = lane == NULL ? 0 : lane->task;
    if (*id == 0)
        (void)fa_refuse(a, FA_CODE_TASK, FA_ERROR_STATE, "no task was named, and none is entered on this lane");
    return *id != 0;
}

static fa_task_record *make(const char *name)
{
    fa_task_record *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    fa_list_init(&t->link);
    fa_list_init(&t->children);
    fa_list_init(&t->blocks);
    t->stats = (fa_task_stats)FA_TASK_STATS_INIT;
    if (name != NULL)
        strncpy(t->stats.name, name, sizeof t->stats.name - 1);
    return t;
}

static void place_below(fa_task_shared *shared, fa_task_record *t, fa_task_record *parent)
{
    t->parent = parent;
    t->stats.parent = parent == NULL ? 0 : parent->id;
    fa_list_push(parent == NULL ? &shared->tasks : &parent->children, &t->link);
    if (parent != NULL)
        parent->stats.children++;
}

/* From then on the end of the parent may be that of the task. */
static fa_status enlist(fa_allocator *a, fa_task_record *t, fa_task parent, fa_task *id)
{
    fa_task_shared *shared = fa_tasks_of(a);
    fa_tasks_lock(a);
    fa_task_record *above = parent == 0 ? NULL : fa_slots_get(&shared->table, parent);
    bool stale = parent != 0 && above == NULL;
    *id = t->id = stale ? 0 : fa_slots_insert(&shared->table, t);
    if (t->id != 0) {
        place_below(shared, t, above);
        shared->count++;
    }
    fa_tasks_unlock(a);
    return stale ? FA_ERROR_STALE : *id == 0 ? FA_ERROR_OUT_OF_MEMORY : FA_OK;
}

fa_status fa_task_begin(fa_allocator *a, const char *name, fa_task parent, fa_task *id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (id == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the place for the id of the task is NULL");
    *id = 0;
    fa_task_record *t = make(name);
    fa_status status = t == NULL ? FA_ERROR_OUT_OF_MEMORY : enlist(a, t, parent, id);
    if (status == FA_OK)
        return FA_OK;
    free(t);
    return status == FA_ERROR_STALE ? refuse_id(a, parent) : fa_refuse_memory(a, status, sizeof *t, 16, false);
}

fa_status fa_task_on_end(fa_allocator *a, fa_task id, fa_task_function function, void *user)
{
    FA_ENTER(a);
    if (function == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the function to call at the end is NULL");
    if (!fa_task_resolve(a, &id))
        return FA_ERROR_STATE;
    fa_task_end_function *node = malloc(sizeof *node);
    if (node == NULL)
        return fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *node, 16, false);
    fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL) {
        free(node);
        return fa_last_status();
    }
    *node = (fa_task_end_function){t->functions, function, user};
    t->functions = node;
    fa_tasks_unlock(a);
    return FA_OK;
}

fa_status fa_task_detach(fa_allocator *a, fa_task id)
{
    FA_ENTER(a);
    fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL)
        return fa_last_status();
    if (t->parent != NULL) {
        t->parent->stats.children--;
        fa_list_remove(&t->link);
        place_below(fa_tasks_of(a), t, NULL);
    }
    fa_tasks_unlock(a);
    return FA_OK;
}

static bool lives(fa_allocator *a, fa_task id)
{
    fa_tasks_lock(a);
    bool found = fa_slots_get(&fa_tasks_of(a)->table, id) != NULL;
    fa_tasks_unlock(a);
    return found;
}

fa_status fa_task_enter(fa_allocator *a, fa_task id, fa_task *previous)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (id != 0 && !lives(a, id))
        return refuse_id(a, id);
    if (previous != NULL)
        *previous = lane->task;
    lane->task = id;
    return FA_OK;
}

fa_task fa_task_current(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    const fa_lane *lane = fa_lane_existing(a);
    return lane != NULL && lane->task != 0 && lives(a, lane->task) ? lane->task : 0;
}

uint32_t fa_task_count(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_tasks_lock(a);
    uint32_t count = fa_tasks_of(a)->count;
    fa_tasks_unlock(a);
    return count;
}

fa_status fa_task_get_stats(fa_allocator *a, fa_task id, fa_task_stats *out)
{
    FA_ENTER(a);
    const fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL)
        return fa_last_status();
    fa_task_stats stats = t->stats;
    fa_tasks_unlock(a);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

static bool init(fa_allocator *a)
{
    fa_task_shared *shared = fa_tasks_of(a);
    fa_mutex_init(&shared->lock);
    fa_list_init(&shared->tasks);
    fa_list_init(&shared->ends);
    shared->table.salt = fa_allocator_salt(a) ^ 0x5bd1e995u;
    return true;
}

static void warn_of(fa_allocator *a, const fa_task_record *t)
{
    fa_warn(a, FA_CODE_TASK_LEFT, "task \"%s\" with %llu bytes in %llu blocks and %u tasks below it", t->stats.name,
            (unsigned long long)t->stats.live_bytes, (unsigned long long)t->stats.live_count, t->stats.children);
}

/* Nobody else is inside. Functions of the tasks may begin new ones. */
static void close(fa_allocator *a)
{
    fa_link *tasks = &fa_tasks_of(a)->tasks;
    while (!fa_list_empty(tasks)) {
        fa_task_record *t = fa_task_from_link(tasks->next);
        if (fa_debugging(a))
            warn_of(a, t);
        (void)fa_task_end(a, t->id);
    }
}

static void park_lane(fa_lane *lane)
{
    lane->task = 0;
}

static void dispose(fa_allocator *a)
{
    fa_slots_dispose(&fa_tasks_of(a)->table);
    fa_mutex_destroy(&fa_tasks_of(a)->lock);
}

/* What other threads were about to end stays as it was. */
static void forked(fa_allocator *a)
{
    fa_runs_forked(&fa_tasks_of(a)->ends);
}

const fa_room fa_task_room = {
    .allocator_init = init,
    .allocator_close = close,
    .allocator_dispose = dispose,
    .allocator_lock = fa_tasks_lock,
    .allocator_unlock = fa_tasks_unlock,
    .allocator_forked = forked,
    .lane_park = park_lane,
};
