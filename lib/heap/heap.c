/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "heap/heap.h"

#include "account/charge.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "core/watch.h"
#include "debug/debug.h"
#include "heap/large.h"
#include "pool/cache.h"
#include "pool/inbox.h"
#include "pool/pool.h"

#include <framealloc/heap.h>
#include <framealloc/pool.h>

#include <string.h>

static unsigned medium_class(size_t size)
{
    unsigned index = FA_HEAP_MEDIUM_CLASS;
    while (fa_plain_class_sizes[index] < size)
        index++;
    return index;
}

/* FA_PLAIN_CLASSES if pages do not serve the request. */
static unsigned class_of(size_t size, size_t align)
{
    size_t span = (size - 1) | (align - 1);
    if (span < FA_POOL_SIZE_MAX)
        return FA_HEAP_SMALL_CLASS + fa_pool_class(span);
    if (size <= FA_HEAP_MEDIUM_MAX && align <= FA_HEAP_MEDIUM_ALIGN)
        return medium_class(size);
    return FA_PLAIN_CLASSES;
}

/* Marks a block that has come out of a stack. */
FA_ALWAYS_INLINE void *hand_out(void *block)
{
    if (fa_likely(block != NULL))
        fa_page_mark_live(fa_page_of(block), block);
    return block;
}

FA_ALWAYS_INLINE void *take_from_pages(fa_lane *lane, unsigned class_index, fa_status *status)
{
    if (fa_unlikely(lane->watch & FA_WATCH_INBOX))
        (void)fa_inbox_process(lane, fa_peek(lane->allocator->pool.deferred.per_allocation));
    void *block = fa_cache_pop(&lane->pool.caches[class_index]);
    if (fa_unlikely(block == NULL))
        block = fa_cache_take(lane, class_index, status);
    return hand_out(block);
}

/* For debug mode, since blocks of these pages always go through the slow path. */
static void *take_untagged_from_twin(fa_lane *lane, unsigned class_index, fa_status *status)
{
    void *block = take_from_pages(lane, class_index + FA_PLAIN_CLASSES, status);
    if (block != NULL)
        fa_page_set_tag(fa_page_of(block), block, 0);
    return block;
}

/* A block of the current tag, if there is one, charged before it is taken. */
static FA_NOINLINE void *take_tagged_from_pages(fa_lane *lane, unsigned class_index, fa_status *status)
{
    size_t bytes = fa_class_size(class_index);
    if (lane->account.current == NULL)
        return take_untagged_from_twin(lane, class_index, status);
    *status = fa_charge_block(lane, bytes);
    if (*status != FA_OK)
        return NULL;
    void *block = take_from_pages(lane, class_index + FA_PLAIN_CLASSES, status);
    if (block == NULL) {
        fa_charge_return(lane->account.current, bytes);
        return NULL;
    }
    fa_page_set_tag(fa_page_of(block), block, lane->account.current->number);
    fa_charge_book(lane, FA_INTENT_HEAP, bytes);
    return block;
}

/* What a large block has to charge is known when it is there. */
static FA_NOINLINE void *charge_large(fa_lane *lane, void *block, fa_status *status)
{
    fa_large *large = fa_large_of(block);
    *status = fa_charge_block(lane, fa_peek(large->usable));
    if (*status != FA_OK) {
        fa_large_give(lane->allocator, lane, large);
        return NULL;
    }
    large->tag = (uint16_t)lane->account.current->number;
    fa_charge_book(lane, FA_INTENT_HEAP, fa_peek(large->usable));
    return block;
}

FA_ALWAYS_INLINE void *take_large(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    void *block = fa_large_take(lane, size, align, status);
    return fa_likely(lane->account.current == NULL) || block == NULL ? block : charge_large(lane, block, status);
}

static void *take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    unsigned class_index = class_of(size, align);
    void *block = class_index == FA_PLAIN_CLASSES       ? take_large(lane, size, align, status)
                  : fa_unlikely(lane->account.current != NULL) ? take_tagged_from_pages(lane, class_index, status)
                                                               : take_from_pages(lane, class_index, status);
    return block;
}

/* What is marked so is never kept warm without debug mode being asked. */
static void mark_wrapped_large(fa_large *large)
{
    large->bin = FA_WARM_BINS;
    fa_poke(large->state, FA_LARGE_WRAPPED);
}

/* What debug mode puts a block into. */
static void *take_wrapped(fa_lane *lane, size_t size, size_t align, size_t *weight, fa_status *status)
{
    unsigned class_index = class_of(size, align);
    bool large = class_index == FA_PLAIN_CLASSES;
    void *block = large ? take_large(lane, size, align, status) : take_tagged_from_pages(lane, class_index, status);
    if (block == NULL)
        return NULL;
    *weight = large ? fa_peek(fa_large_of(block)->usable) : fa_class_size(class_index);
    if (large)
        mark_wrapped_large(fa_large_of(block));
    else
        fa_page_mark(fa_page_of(block), block, FA_BLOCK_WRAPPED);
    return block;
}

void *fa_heap_take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    if (!fa_debugging(lane->allocator))
        return take(lane, size, align, status);
    return fa_debug_take(lane, &(fa_debug_request){FA_INTENT_HEAP, size, align, size}, take_wrapped, status);
}

void *fa_heap_take_for_good(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    void *block = take(lane, size, align, status);
    uint32_t index;
    if (block == NULL)
        return NULL;
    if (fa_registry_kind(&lane->allocator->registry, (uintptr_t)fa_window_of(block)) == FA_WINDOW_LARGE)
        fa_poke(fa_large_of(block)->state, FA_LARGE_KEPT);
    else if (fa_page_index(fa_page_of(block), block, &index))
        fa_poke(fa_page_of(block)->states[index], FA_BLOCK_KEPT);
    return block;
}

static FA_NOINLINE void *alloc_slow(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    FA_ENTER(a);
    fa_lane *lane = quiet ? fa_lane_get_quietly(a) : fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = fa_likely(status == FA_OK) ? fa_heap_take(lane, size, align, &status) : NULL;
    if (fa_unlikely(block == NULL))
        (void)fa_refuse_memory(a, status, wanted, align, quiet);
    fa_inbox_tell(lane);
    return fa_told_allocation(lane, FA_INTENT_HEAP, block, wanted);
}

/* What lies ready, for an ordinary request. */
static void *take_quickly(fa_lane *lane, size_t size, size_t align)
{
    if (lane->account.current != NULL || lane->watch != 0 || fa_request_check(&size, align) != FA_OK)
        return NULL;
    unsigned class_index = class_of(size, align);
    return class_index == FA_PLAIN_CLASSES ? fa_large_take_warm(lane, size, align)
                                           : hand_out(fa_cache_pop(&lane->pool.caches[class_index]));
}

FA_ALWAYS_INLINE void *alloc(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = fa_call_brief(a);
    void *block = fa_likely(lane != NULL) ? take_quickly(lane, size, align) : NULL;
    fa_call_brief_end();
    return fa_likely(block != NULL) ? block : alloc_slow(a, size, align, quiet);
}

void *fa_heap_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, false);
}

void *fa_heap_try_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, true);
}

void *fa_heap_alloc_zeroed(fa_allocator *a, size_t size, size_t align)
{
    FA_ENTER(a);
    void *block = alloc(a, size, align, false);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *fa_heap_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align)
{
    return alloc(a, fa_array_bytes(count, size), align, false);
}
