/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What tasks allocate, and release early. */
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "pool/pool.h"
#include "threads/task.h"

#include <framealloc/block.h>

static void adopt(fa_task_record *t, fa_task_block *block)
{
    fa_list_push(&t->blocks, &block->link);
    block->task = t->id;
    t->stats.allocations++;
    t->stats.live_count++;
    t->stats.live_bytes += block->size;
    if (t->stats.live_bytes > t->stats.peak_bytes)
        t->stats.peak_bytes = t->stats.live_bytes;
}

static fa_task_block *header_of(void *block)
{
    return (fa_task_block *)(void *)((unsigned char *)block - FA_TASK_OVERHEAD);
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
    fa_task_block *header = header_of(memory + offset);
    fa_list_init(&header->link);
    header->size = (uint64_t)size & (((uint64_t)1 << 56) - 1);
    header->shift = (fa_bit_width(offset) - 1) & 0xff;
    return memory + offset;
}

static void *alloc(fa_allocator *a, fa_task id, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = quiet ? fa_lane_get_quietly(a) : fa_lane_get(a);
    if (lane == NULL || !fa_task_resolve(a, &id))
        return NULL;
    fa_status status;
    void *block = take(lane, size, align, &status);
    if (block == NULL) {
        (void)fa_refuse_memory(a, status, size, align, quiet);
        return NULL;
    }
    fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL) {
        fa_status why = fa_last_status();
        (void)fa_release_own(a, fa_task_memory_of(header_of(block)));
        (void)fa_fail(why);
        return NULL;
    }
    adopt(t, header_of(block));
    fa_tasks_unlock(a);
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
static fa_task_block *find_block(fa_allocator *a, fa_task id, void *block)
{
    if ((uintptr_t)block < FA_TASK_OVERHEAD || (uintptr_t)block % FA_ALIGN_DEFAULT != 0)
        return NULL;
    fa_task_block *header = header_of(block);
    bool owned = fa_owns(a, header) && fa_owns(a, (unsigned char *)(header + 1) - 1);
    return owned && header->task == id ? header : NULL;
}

fa_status fa_task_release(fa_allocator *a, fa_task id, void *block)
{
    FA_ENTER(a);
    if (!fa_task_resolve(a, &id))
        return FA_ERROR_STATE;
    fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL)
        return fa_last_status();
    fa_task_block *header = find_block(a, id, block);
    if (header != NULL) {
        fa_list_remove(&header->link);
        header->task = 0;
        t->stats.live_count--;
        t->stats.live_bytes -= header->size;
    }
    fa_tasks_unlock(a);
    if (header != NULL)
        return fa_release_own(a, fa_task_memory_of(header));
    return block == NULL ? FA_OK : fa_refuse(a, FA_CODE_TASK, FA_ERROR_FOREIGN_POINTER, "%p is no block of task %#llx", block,
                                             (unsigned long long)id);
}
