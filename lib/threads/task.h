/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tasks, shared between their files: task.c (their lives), task_end.c (their ends), task_block.c (their blocks). */
#ifndef FA_THREADS_TASK_H
#define FA_THREADS_TASK_H

#include "core/lane.h"
#include "core/rooms.h"

#include <framealloc/task.h>

/* In front of each block, in the ring of its task. */
typedef struct fa_task_block {
    fa_link link;
    uint64_t seal;       /* of the task and all else here; broken by a write in front of the block */
    uint64_t size : 56;  /* asked for */
    uint64_t shift : 8;  /* the block lies 2^shift bytes behind what the pool gave */
} fa_task_block;

_Static_assert(sizeof(fa_task_block) <= FA_TASK_OVERHEAD && FA_TASK_OVERHEAD % FA_ALIGN_DEFAULT == 0,
               "the header keeps the block behind it aligned");

typedef struct fa_task_end_function {
    struct fa_task_end_function *earlier;
    fa_task_function function;
    void *user;
} fa_task_end_function;

typedef struct fa_task_record {
    fa_link link; /* among those of its parent, or those without one */
    fa_link children;
    struct fa_task_record *parent;
    uint64_t id;
    fa_link blocks;
    fa_task_end_function *functions;
    fa_task_stats stats;
} fa_task_record;

static inline fa_task_shared *fa_tasks_of(fa_allocator *a)
{
    return &a->threads.tasks;
}

static inline void fa_tasks_lock(fa_allocator *a)
{
    fa_mutex_lock(&fa_tasks_of(a)->lock);
}

static inline void fa_tasks_unlock(fa_allocator *a)
{
    fa_mutex_unlock(&fa_tasks_of(a)->lock);
}

static inline fa_task_record *fa_task_from_link(fa_link *link)
{
    return fa_container_of(link, fa_task_record, link);
}

static inline fa_task_block *fa_task_block_from(fa_link *link)
{
    return fa_container_of(link, fa_task_block, link);
}

/* Takes a block off its task. False when what lies in front of it was overwritten: it stays then. */
bool fa_task_take_off(fa_task_record *t, fa_task_block *block);

/* Reports such a block, and that its memory and that of others stays. Not locked. */
fa_status fa_task_refuse_damaged(fa_allocator *a, fa_task task, fa_task_block *block, uint64_t others);

/* What the pool gave. */
static inline void *fa_task_memory_of(fa_task_block *block)
{
    return (unsigned char *)block + FA_TASK_OVERHEAD - ((size_t)1 << block->shift);
}

/* Returns with the lock held, or NULL without it and a report. */
fa_task_record *fa_task_lock(fa_allocator *a, fa_task id);

/* The task that 0 stands for; false, with a report, if there is none. */
bool fa_task_resolve(fa_allocator *a, fa_task *id);

extern const fa_room fa_task_room;

#endif
