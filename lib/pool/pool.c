/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/pool.h"

#include "account/charge.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "core/watch.h"
#include "debug/debug.h"
#include "pool/cache.h"
#include "pool/inbox.h"

#include <framealloc/pool.h>

#include <string.h>

static void *take(fa_lane *lane, unsigned class_index, fa_status *status)
{
    if (fa_unlikely(lane->watch & FA_WATCH_INBOX))
        (void)fa_inbox_process(lane, fa_peek(lane->allocator->pool.deferred.per_allocation));
    void *block = fa_cache_pop(&lane->pool.caches[class_index]);
    if (block == NULL)
        block = fa_cache_take(lane, class_index, status);
    if (block == NULL)
        return NULL;
    if (fa_page_of(block)->states != NULL)
        fa_page_mark_live(fa_page_of(block), block);
    return block;
}

static uint64_t live_bytes(const fa_lane *lane)
{
    int64_t bytes = 0;
    for (unsigned i = 0; i < FA_POOL_CLASSES; i++) {
        int64_t blocks = fa_cache_live(lane, i) + fa_cache_live(lane, i + FA_PLAIN_CLASSES);
        bytes += blocks * (int64_t)fa_class_size(i);
    }
    return bytes > 0 ? (uint64_t)bytes : 0;
}

/* Blocks that wait at home, or with the allocator, count until they are in. */
static uint64_t measure(fa_lane *lane, size_t bytes)
{
    const fa_allocator *a = lane->allocator;
    bool in_need = live_bytes(lane) + bytes > fa_peek(lane->account.pool.hard);
    if (fa_inbox_helps(a) || (in_need && fa_inbox_looks_in_need(a)))
        fa_inbox_collect(lane);
    return live_bytes(lane);
}

/* The lane's own budget is measured now and then: what it may take in between is known. */
static fa_status ask_lane(fa_lane *lane, size_t bytes)
{
    fa_account_lane *account = &lane->account;
    if (!fa_meter_limited(&account->pool))
        return FA_OK;
    if (bytes <= account->pool_allowance) {
        account->pool_allowance -= account->pool_allowance == UINT64_MAX ? 0 : bytes;
        return FA_OK;
    }
    return fa_charge_pool(lane, measure(lane, bytes), bytes);
}

/* Under a tag or a budget. */
static FA_NOINLINE void *take_accounted(fa_lane *lane, unsigned class_index, bool tracked, fa_status *status)
{
    size_t bytes = fa_class_size(class_index);
    fa_tag_node *tag = lane->account.current;
    *status = ask_lane(lane, bytes);
    if (*status == FA_OK)
        *status = fa_charge_block(lane, bytes);
    if (*status != FA_OK)
        return NULL;
    void *block = take(lane, class_index + (tag != NULL || tracked ? FA_PLAIN_CLASSES : 0), status);
    if (block == NULL) {
        fa_charge_return(tag, bytes);
    } else if (tag != NULL) {
        fa_page_set_tag(fa_page_of(block), block, tag->number);
        fa_charge_book(lane, FA_INTENT_POOL, bytes);
    }
    return block;
}

/* What debug mode puts a block into: pages that remember what state it is in. */
static void *take_wrapped(fa_lane *lane, size_t size, size_t align, size_t *weight, fa_status *status)
{
    unsigned class_index = fa_pool_class((size - 1) | (align - 1));
    void *block = take_accounted(lane, class_index, true, status);
    *weight = fa_class_size(class_index);
    if (block == NULL)
        return NULL;
    if (lane->account.current == NULL)
        fa_page_set_tag(fa_page_of(block), block, 0);
    fa_page_mark(fa_page_of(block), block, FA_BLOCK_WRAPPED);
    return block;
}

/* Together with its guards, a large one is for the heap. */
static FA_NOINLINE void *take_debugging(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_debug_request request = {FA_INTENT_POOL, size, align, fa_class_size(fa_pool_class((size - 1) | (align - 1)))};
    if (fa_debug_lay_out(size, align, request.room).total > FA_POOL_SIZE_MAX)
        return fa_pool_oversize(lane, size, align, status);
    return fa_debug_take(lane, &request, take_wrapped, status);
}

void *fa_pool_take_class(fa_lane *lane, unsigned class_index, fa_status *status)
{
    if (fa_debugging(lane->allocator))
        return take_debugging(lane, fa_class_size(class_index), 1, status);
    if (fa_unlikely(fa_account_watches_pool(lane)))
        return take_accounted(lane, class_index, false, status);
    return take(lane, class_index, status);
}

void *fa_pool_take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    size_t span = (size - 1) | (align - 1);
    if (span >= lane->allocator->config.pool_heap_threshold)
        return fa_pool_oversize(lane, size, align, status);
    if (fa_debugging(lane->allocator))
        return take_debugging(lane, size, align, status);
    return fa_pool_take_class(lane, fa_pool_class(span), status);
}

static FA_NOINLINE void *alloc_slow(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    FA_ENTER(a);
    fa_lane *lane = quiet ? fa_lane_get_quietly(a) : fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? fa_pool_take(lane, size, align, &status) : NULL;
    if (block == NULL)
        (void)fa_refuse_memory(a, status, wanted, align, quiet);
    fa_inbox_tell(lane);
    return fa_told_allocation(lane, FA_INTENT_POOL, block, wanted);
}

FA_ALWAYS_INLINE void *alloc(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = fa_call_brief(a);
    size_t span = (size - 1) | (align - 1);
    void *block = NULL;
    if (fa_likely(lane != NULL && span < lane->pool.span_end && (align & (align - 1)) == 0))
        block = fa_cache_pop(&lane->pool.caches[fa_pool_class(span)]);
    fa_call_brief_end();
    return fa_likely(block != NULL) ? block : alloc_slow(a, size, align, quiet);
}

void *fa_pool_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, false);
}

void *fa_pool_try_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, true);
}

void *fa_pool_alloc_zeroed(fa_allocator *a, size_t size, size_t align)
{
    FA_ENTER(a);
    void *block = alloc(a, size, align, false);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *fa_pool_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align)
{
    return alloc(a, fa_array_bytes(count, size), align, false);
}
