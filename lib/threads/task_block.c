/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What tasks allocate, and release early. */
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "debug/site.h"
#include "pool/pool.h"
#include "threads/task.h"

#include <framealloc/block.h>
#include <framealloc/debug.h>

#include <stdio.h>

/* Over all that is in front of the block, so that a seal that holds says that the links lead on. */
static uint64_t seal_of(const fa_task_block *block, uint64_t task)
{
    uint64_t own = task ^ (uintptr_t)block ^ ((uint64_t)block->size << 8 | block->shift);
    uint64_t links = (uintptr_t)block->link.next * 0xc2b2ae3d27d4eb4fu ^ (uintptr_t)block->link.previous * 0x165667b19e3779f9u;
    return own * 0x9e3779b97f4a7c15u ^ links;
}

static bool is_sealed(const fa_task_record *t, const fa_task_block *block)
{
    return block->seal == seal_of(block, t->id);
}

/* What the list has before or behind a block, if it is one that is sealed. */
static fa_task_block *sealed_neighbour(fa_task_record *t, fa_link *link)
{
    fa_task_block *block = link == &t->blocks ? NULL : fa_task_block_from(link);
    return block != NULL && is_sealed(t, block) ? block : NULL;
}

static void seal(const fa_task_record *t, fa_task_block *block)
{
    if (block != NULL)
        block->seal = seal_of(block, t->id);
}

static void adopt(fa_task_record *t, fa_task_block *block)
{
    fa_task_block *first = sealed_neighbour(t, t->blocks.next);
    fa_list_push(&t->blocks, &block->link);
    seal(t, block);
    seal(t, first);
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

static bool owns_all(fa_allocator *a, void *memory, size_t size)
{
    return (uintptr_t)memory % FA_ALIGN_DEFAULT == 0 && fa_owns(a, memory) && fa_owns(a, (unsigned char *)memory + size - 1);
}

bool fa_task_take_off(fa_task_record *t, fa_task_block *block)
{
    if (!is_sealed(t, block))
        return false;
    fa_task_block *next = sealed_neighbour(t, block->link.next);
    fa_task_block *previous = sealed_neighbour(t, block->link.previous);
    fa_list_remove(&block->link);
    block->seal = 0;
    seal(t, next);
    if (previous != next)
        seal(t, previous);
    t->stats.live_count--;
    t->stats.live_bytes -= block->size;
    return true;
}

/* Whether a block whose seal does not hold is in the task all the same, as far as seals lead from both ends. */
static bool is_listed(fa_task_record *t, const fa_task_block *block)
{
    fa_link *from_first = t->blocks.next;
    fa_link *from_last = t->blocks.previous;
    while (from_first != &block->link && sealed_neighbour(t, from_first) != NULL)
        from_first = from_first->next;
    while (from_last != &block->link && sealed_neighbour(t, from_last) != NULL)
        from_last = from_last->previous;
    return from_first == &block->link || from_last == &block->link;
}

fa_status fa_task_refuse_damaged(fa_allocator *a, fa_task task, fa_task_block *block, uint64_t others)
{
    char site[192] = "";
    char beside[64] = "";
    fa_debug_block found = FA_DEBUG_BLOCK_INIT;
    if (fa_debugging(a) && fa_debug_find(a, block, &found) == FA_OK)
        fa_site_brief(a, found.site, site, sizeof site);
    if (others != 0)
        (void)snprintf(beside, sizeof beside, ", and that of %llu more,", (unsigned long long)others);
    return fa_refuse(a, FA_CODE_UNDERFLOW, FA_ERROR_CORRUPT,
                     "bytes in front of block %p of task %#llx were overwritten; its memory%s stays until the allocator ends%s%s",
                     (void *)((unsigned char *)block + FA_TASK_OVERHEAD), (unsigned long long)task, beside,
                     site[0] != 0 ? "; allocated by " : "", site);
}

fa_status fa_task_release(fa_allocator *a, fa_task id, void *block)
{
    FA_ENTER(a);
    if (!fa_task_resolve(a, &id))
        return FA_ERROR_STATE;
    fa_task_record *t = fa_task_lock(a, id);
    if (t == NULL)
        return fa_last_status();
    /* The pointer may be anything: it is not followed before the registry knows it. */
    bool known = (uintptr_t)block >= FA_TASK_OVERHEAD && owns_all(a, header_of(block), sizeof(fa_task_block));
    bool taken = known && fa_task_take_off(t, header_of(block));
    bool damaged = known && !taken && is_listed(t, header_of(block));
    fa_tasks_unlock(a);
    if (taken)
        return fa_release_own(a, fa_task_memory_of(header_of(block)));
    if (damaged)
        return fa_task_refuse_damaged(a, id, header_of(block), 0);
    return block == NULL ? FA_OK : fa_refuse(a, FA_CODE_TASK, FA_ERROR_FOREIGN_POINTER, "%p is no block of task %#llx", block,
                                             (unsigned long long)id);
}
