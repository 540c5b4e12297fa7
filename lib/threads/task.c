/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/task.h"

#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "core/versioned.h"
#include "pool/pool.h"

#include <framealloc/block.h>
#include <framealloc/task.h>

#include <stdlib.h>
#include <string.h>

/* In front of each block, in the ring of its task. */
typedef struct task_block {
    fa_link link;
    uint64_t task;
    uint64_t size : 56;  /* asked for */
    uint64_t shift : 8;  /* the block lies 2^shift bytes behind what the pool gave */
} task_block;

_Static_assert(sizeof(task_block) <= FA_TASK_OVERHEAD && FA_TASK_OVERHEAD % FA_ALIGN_DEFAULT == 0,
               "the header keeps the block behind it aligned");

typedef struct end_function {
    struct end_function *earlier;
    fa_task_function function;
    void *user;
} end_function;

typedef struct task {
    fa_link link; /* among those of its parent, or those without one */
    fa_link children;
    struct task *parent;
    uint64_t id;
    fa_link blocks;
    end_function *functions;
    fa_task_stats stats;
} task;

static task *from_link(fa_link *link)
{
    return fa_container_of(link, task, link);
}

static fa_task_shared *shared_of(fa_allocator *a)
{
    return &a->threads.tasks;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

static fa_status refuse_id(fa_allocator *a, fa_task id)
{
    return fa_refuse(a, FA_CODE_TASK, FA_ERROR_STALE, "task %#llx has ended, or is of another allocator",
                     (unsigned long long)id);
}

/* Returns with the lock held, or NULL without it and a report. */
static task *lock_task(fa_allocator *a, fa_task id)
{
    if (!fa_allocator_usable(a))
        return NULL;
    lock(a);
    task *t = fa_slots_get(&shared_of(a)->table, id);
    if (t != NULL)
        return t;
    unlock(a);
    (void)refuse_id(a, id);
    return NULL;
}

/* The task that 0 stands for; false, with a report, if there is none. */
static bool resolve(fa_allocator *a, fa_task *id)
{
    if (*id != 0 || !fa_allocator_usable(a))
        return true;
    const fa_lane *lane = fa_lane_existing(a);
    *id = lane == NULL ? 0 : lane->task;
    if (*id == 0)
        (void)fa_refuse(a, FA_CODE_TASK, FA_ERROR_STATE, "no task was named, and none is entered on this lane");
    return *id != 0;
}

static task *make(const char *name)
{
    task *t = calloc(1, sizeof *t);
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

static void place_below(fa_task_shared *shared, task *t, task *parent)
{
    t->parent = parent;
    t->stats.parent = parent == NULL ? 0 : parent->id;
    fa_list_push(parent == NULL ? &shared->tasks : &parent->children, &t->link);
    if (parent != NULL)
        parent->stats.children++;
}

static fa_status enlist(fa_allocator *a, task *t, fa_task parent)
{
    fa_task_shared *shared = shared_of(a);
    lock(a);
    task *above = parent == 0 ? NULL : fa_slots_get(&shared->table, parent);
    bool stale = parent != 0 && above == NULL;
    t->id = stale ? 0 : fa_slots_insert(&shared->table, t);
    if (t->id != 0) {
        place_below(shared, t, above);
        shared->count++;
    }
    unlock(a);
    return stale ? FA_ERROR_STALE : t->id == 0 ? FA_ERROR_OUT_OF_MEMORY : FA_OK;
}

fa_status fa_task_begin(fa_allocator *a, const char *name, fa_task parent, fa_task *id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (id == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the place for the id of the task is NULL");
    *id = 0;
    task *t = make(name);
    fa_status status = t == NULL ? FA_ERROR_OUT_OF_MEMORY : enlist(a, t, parent);
    if (status == FA_OK) {
        *id = t->id;
        return FA_OK;
    }
    free(t);
    return status == FA_ERROR_STALE ? refuse_id(a, parent) : fa_refuse_memory(a, status, sizeof *t, 16, false);
}

static void adopt(task *t, task_block *block)
{
    fa_list_push(&t->blocks, &block->link);
    block->task = t->id;
    t->stats.allocations++;
    t->stats.live_count++;
    t->stats.live_bytes += block->size;
    if (t->stats.live_bytes > t->stats.peak_bytes)
        t->stats.peak_bytes = t->stats.live_bytes;
}

static task_block *header_of(void *block)
{
    return (task_block *)(void *)((unsigned char *)block - FA_TASK_OVERHEAD);
}

/* What the pool gave. */
static void *memory_of(task_block *block)
{
    return (unsigned char *)block + FA_TASK_OVERHEAD - ((size_t)1 << block->shift);
}

static void *take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    size_t bytes = size;
    *status = fa_request_check(&bytes, align);
    size_t offset = fa_max(FA_TASK_OVERHEAD, align);
    if (*status == FA_OK && !fa_add(bytes, offset, &bytes))
        *status = FA_ERROR_SIZE;
    unsigned char *memory = *status == FA_OK ? fa_pool_take(lane, bytes, align, status) : NULL;
    (void)fa_told_allocation(lane, FA_INTENT_POOL, memory, bytes);
    if (memory == NULL)
        return NULL;
    task_block *header = header_of(memory + offset);
    fa_list_init(&header->link);
    header->size = (uint64_t)size & (((uint64_t)1 << 56) - 1);
    header->shift = (fa_bit_width(offset) - 1) & 0xff;
    return memory + offset;
}

static void *alloc(fa_allocator *a, fa_task id, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = quiet ? fa_lane_get_quietly(a) : fa_lane_get(a);
    if (lane == NULL || !resolve(a, &id))
        return NULL;
    fa_status status;
    void *block = take(lane, size, align, &status);
    if (block == NULL) {
        (void)fa_refuse_memory(a, status, size, align, quiet);
        return NULL;
    }
    task *t = lock_task(a, id);
    if (t == NULL) {
        fa_status why = fa_last_status();
        (void)fa_release(a, memory_of(header_of(block)));
        (void)fa_fail(why);
        return NULL;
    }
    adopt(t, header_of(block));
    unlock(a);
    return block;
}

void *fa_task_alloc(fa_allocator *a, fa_task id, size_t size, size_t align)
{
    FA_ENTER(a);
    return alloc(a, id, size, align, false);
}

void *fa_task_try_alloc(fa_allocator *a, fa_task id, size_t size, size_t align)
{
    FA_ENTER(a);
    return alloc(a, id, size, align, true);
}

/* The pointer may be anything: it is not followed before the registry knows it. */
static task_block *find_block(fa_allocator *a, fa_task id, void *block)
{
    if ((uintptr_t)block < FA_TASK_OVERHEAD || (uintptr_t)block % FA_ALIGN_DEFAULT != 0)
        return NULL;
    task_block *header = header_of(block);
    return fa_owns(a, header) && header->task == id ? header : NULL;
}

fa_status fa_task_release(fa_allocator *a, fa_task id, void *block)
{
    FA_ENTER(a);
    if (!resolve(a, &id))
        return FA_ERROR_STATE;
    task *t = lock_task(a, id);
    if (t == NULL)
        return fa_last_status();
    task_block *header = find_block(a, id, block);
    if (header != NULL) {
        fa_list_remove(&header->link);
        header->task = 0;
        t->stats.live_count--;
        t->stats.live_bytes -= header->size;
    }
    unlock(a);
    if (header != NULL)
        return fa_release(a, memory_of(header));
    return block == NULL ? FA_OK : fa_refuse(a, FA_CODE_TASK, FA_ERROR_FOREIGN_POINTER, "%p is no block of task %#llx", block,
                                             (unsigned long long)id);
}

fa_status fa_task_on_end(fa_allocator *a, fa_task id, fa_task_function function, void *user)
{
    FA_ENTER(a);
    if (function == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the function to call at the end is NULL");
    if (!resolve(a, &id))
        return FA_ERROR_STATE;
    end_function *node = malloc(sizeof *node);
    if (node == NULL)
        return fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *node, 16, false);
    task *t = lock_task(a, id);
    if (t == NULL) {
        free(node);
        return fa_last_status();
    }
    *node = (end_function){t->functions, function, user};
    t->functions = node;
    unlock(a);
    return FA_OK;
}

static void take_off(fa_task_shared *shared, task *t)
{
    (void)fa_slots_remove(&shared->table, t->id);
    fa_list_remove(&t->link);
    if (t->parent != NULL)
        t->parent->stats.children--;
    shared->count--;
}

/* Locked. Moves the task and all below it to a list, those without children first. */
static void take_off_all(fa_task_shared *shared, task *t, fa_link *ended)
{
    task *at = t;
    for (;;) {
        while (!fa_list_empty(&at->children))
            at = from_link(at->children.next);
        task *parent = at->parent;
        take_off(shared, at);
        fa_list_append(ended, &at->link);
        if (at == t)
            return;
        at = parent;
    }
}

static void run_functions(task *t)
{
    while (t->functions != NULL) {
        end_function node = *t->functions;
        free(t->functions);
        t->functions = node.earlier;
        node.function(node.user);
    }
}

static void finish(fa_allocator *a, task *t)
{
    run_functions(t);
    while (!fa_list_empty(&t->blocks)) {
        task_block *block = fa_container_of(t->blocks.next, task_block, link);
        fa_list_remove(&block->link);
        block->task = 0;
        (void)fa_release(a, memory_of(block));
    }
    free(t);
}

static void finish_all(fa_allocator *a, fa_link *ended)
{
    while (!fa_list_empty(ended)) {
        task *t = from_link(ended->next);
        fa_list_remove(&t->link);
        finish(a, t);
    }
}

fa_status fa_task_end(fa_allocator *a, fa_task id)
{
    FA_ENTER(a);
    fa_link ended;
    fa_list_init(&ended);
    task *t = lock_task(a, id);
    if (t == NULL)
        return fa_last_status();
    take_off_all(shared_of(a), t, &ended);
    unlock(a);
    finish_all(a, &ended);
    return FA_OK;
}

fa_status fa_task_detach(fa_allocator *a, fa_task id)
{
    FA_ENTER(a);
    task *t = lock_task(a, id);
    if (t == NULL)
        return fa_last_status();
    if (t->parent != NULL) {
        t->parent->stats.children--;
        fa_list_remove(&t->link);
        place_below(shared_of(a), t, NULL);
    }
    unlock(a);
    return FA_OK;
}

static bool lives(fa_allocator *a, fa_task id)
{
    lock(a);
    bool found = fa_slots_get(&shared_of(a)->table, id) != NULL;
    unlock(a);
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
    lock(a);
    uint32_t count = shared_of(a)->count;
    unlock(a);
    return count;
}

fa_status fa_task_get_stats(fa_allocator *a, fa_task id, fa_task_stats *out)
{
    FA_ENTER(a);
    const task *t = lock_task(a, id);
    if (t == NULL)
        return fa_last_status();
    fa_task_stats stats = t->stats;
    unlock(a);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

static bool init(fa_allocator *a)
{
    fa_task_shared *shared = shared_of(a);
    fa_mutex_init(&shared->lock);
    fa_list_init(&shared->tasks);
    shared->table.salt = fa_allocator_salt(a) ^ 0x5bd1e995u;
    return true;
}

static void warn_of(fa_allocator *a, const task *t)
{
    fa_warn(a, FA_CODE_TASK_LEFT, "task \"%s\" with %llu bytes in %llu blocks and %u tasks below it", t->stats.name,
            (unsigned long long)t->stats.live_bytes, (unsigned long long)t->stats.live_count, t->stats.children);
}

/* Nobody else is inside. Functions of the tasks may begin new ones. */
static void close(fa_allocator *a)
{
    fa_link *tasks = &shared_of(a)->tasks;
    while (!fa_list_empty(tasks)) {
        task *t = from_link(tasks->next);
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
    fa_slots_dispose(&shared_of(a)->table);
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_task_room = {
    .allocator_init = init,
    .allocator_close = close,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .lane_park = park_lane,
};
