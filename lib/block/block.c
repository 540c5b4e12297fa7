/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Entry by intent, and what can be asked of any block. */
#include <framealloc/block.h>

#include "account/scope.h"
#include "block/find.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "debug/debug.h"
#include "heap/heap.h"
#include "pool/pool.h"

#include <framealloc/frame.h>
#include <framealloc/heap.h>
#include <framealloc/pool.h>
#include <framealloc/scratch.h>

#include <string.h>

void *fa_alloc(fa_allocator *a, int32_t intent, size_t size, size_t align)
{
    switch (intent) {
    case FA_INTENT_AUTO: /* pools pass on what is above their threshold */
    case FA_INTENT_POOL: return fa_pool_alloc(a, size, align);
    case FA_INTENT_FRAME: return fa_frame_alloc(a, size, align);
    case FA_INTENT_HEAP: return fa_heap_alloc(a, size, align);
    case FA_INTENT_SCRATCH: return fa_scratch_alloc(a, size, align);
    default:
        (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "%d is no intent", intent);
        return NULL;
    }
}

void *fa_alloc_zeroed(fa_allocator *a, int32_t intent, size_t size, size_t align)
{
    FA_ENTER(a);
    void *block = fa_alloc(a, intent, size, align);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *fa_alloc_array(fa_allocator *a, int32_t intent, size_t count, size_t size, size_t align)
{
    return fa_alloc(a, intent, fa_array_bytes(count, size), align);
}

/* What a pointer of the user is, whatever debug mode has put around it; wrapped tells that it did. Reports what is wrong. */
static fa_status find(fa_allocator *a, const void *block, bool releases, fa_found *found, fa_debug_piece *wrapped)
{
    *wrapped = (fa_debug_piece){0};
    fa_status status = fa_block_find(a, block, found);
    if (fa_likely(!fa_debug_knows_any(a)) || (status == FA_OK && !fa_found_is_wrapped(found)))
        return status == FA_OK ? FA_OK : fa_block_refuse(a, block, status);
    switch (fa_debug_look(a, block, releases, wrapped)) {
    case FA_DEBUG_IN_USE: return fa_block_find(a, wrapped->base, found);
    case FA_DEBUG_GONE: return FA_ERROR_DOUBLE_FREE;
    default: return fa_block_refuse(a, block, status == FA_OK ? FA_ERROR_INTERIOR_POINTER : status);
    }
}

static size_t usable(const fa_found *found, const fa_debug_piece *wrapped)
{
    return wrapped->base != NULL ? wrapped->size : fa_found_usable(found);
}

/* A block stays where it is if the size fits and would not waste more than half of it. */
static bool fits_in_place(const fa_found *found, const void *block, size_t size, size_t align)
{
    size_t usable = fa_found_usable(found);
    bool aligned = ((uintptr_t)block & (align - 1)) == 0;
    return aligned && size <= usable && (size > usable / 2 || usable <= FA_ALIGN_DEFAULT);
}

static bool is_heap(const fa_found *found)
{
    return found->large != NULL || fa_class_is_heap(found->page->class_index);
}

static uint32_t tag_of(const fa_found *found)
{
    if (found->large != NULL)
        return found->large->tag;
    return found->page->tags == NULL ? 0 : found->page->tags[found->index];
}

static void *take_for(fa_lane *lane, fa_tag_node *tag, const fa_found *found, size_t size, size_t align, fa_status *status)
{
    *status = fa_account_enter(lane, tag);
    if (*status != FA_OK)
        return NULL;
    void *block = is_heap(found) ? fa_heap_take(lane, size, align, status) : fa_pool_take(lane, size, align, status);
    fa_account_leave(lane);
    return block;
}

/* A block that moves stays with its tag, whatever the current one is. */
static void *move(fa_allocator *a, fa_lane *lane, const fa_found *found, void *block, size_t held, size_t size, size_t align,
                  fa_status *status)
{
    fa_tag_node *tag = tag_of(found) == 0 ? NULL : fa_tag_node_at(a, tag_of(found));
    void *moved = take_for(lane, tag, found, size, align, status);
    if (moved == NULL)
        return NULL;
    int32_t intent = is_heap(found) ? FA_INTENT_HEAP : FA_INTENT_POOL;
    memcpy(moved, block, fa_min(size, held));
    (void)fa_release_own(a, block);
    return fa_told_allocation_of(lane, tag, intent, moved, size);
}

void *fa_realloc(fa_allocator *a, void *block, size_t size, size_t align)
{
    FA_ENTER(a);
    if (block == NULL)
        return fa_alloc(a, FA_INTENT_AUTO, size, align);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    fa_found found;
    fa_debug_piece wrapped;
    if (find(a, block, true, &found, &wrapped) != FA_OK)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    if (status == FA_OK && wrapped.base == NULL && fits_in_place(&found, block, size, align))
        return block;
    size_t held = usable(&found, &wrapped);
    void *moved = status == FA_OK ? move(a, lane, &found, block, held, size, align, &status) : NULL;
    if (moved == NULL)
        (void)fa_refuse_memory(a, status, wanted, align, false);
    return moved;
}

size_t fa_usable_size(fa_allocator *a, const void *block)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a) || block == NULL)
        return 0;
    fa_found found;
    fa_debug_piece wrapped;
    return find(a, block, false, &found, &wrapped) == FA_OK ? usable(&found, &wrapped) : 0;
}

int32_t fa_owns(fa_allocator *a, const void *address)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a) || address == NULL)
        return 0;
    return fa_block_covers(a, address);
}
