/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/cache.h"

#include "base/os.h"
#include "pool/channel.h"
#include "pool/inbox.h"
#include "pool/source.h"
#include "pool/stock.h"

#include <stdlib.h>
#include <string.h>

/* A stack holds about a page's worth of blocks, within these bounds. */
enum { LEAST_SLOTS = 16, MOST_SLOTS = 1024 };

static bool tracked(unsigned class_index)
{
    return fa_class_is_heap(class_index) || fa_class_is_tagged(class_index);
}

static bool statistics(const fa_lane *lane)
{
    return FA_STATISTICS && lane->allocator->config.statistics;
}

void fa_cache_init(fa_lane *lane)
{
    lane->pool.span_end = lane->allocator->config.pool_heap_threshold;
    fa_queue_init(&lane->pool.queue);
    for (unsigned i = 0; i < FA_CLASSES; i++) {
        fa_class_state *class = &lane->pool.classes[i];
        size_t slots = fa_max(LEAST_SLOTS, fa_min(MOST_SLOTS, FA_WINDOW_BYTES / fa_class_size(i)));
        class->batch = (uint32_t)slots / 2;
        fa_list_init(&class->pages);
    }
}

static uint32_t held(const fa_lane *lane, unsigned class_index)
{
    void **slots = atomic_load_explicit(&lane->pool.classes[class_index].slots, memory_order_acquire);
    return slots == NULL ? 0 : (uint32_t)(fa_peek(lane->pool.caches[class_index].top) - slots);
}

static void set_held(fa_lane *lane, unsigned class_index, uint32_t blocks)
{
    fa_poke(lane->pool.caches[class_index].top, fa_peek(lane->pool.classes[class_index].slots) + blocks);
}

int64_t fa_cache_live(const fa_lane *lane, unsigned class_index)
{
    const fa_class_state *class = &lane->pool.classes[class_index];
    uint64_t idle = held(lane, class_index) + fa_peek(class->lent);
    return (int64_t)(fa_peek(class->out_of_pages) - idle);
}

void fa_cache_set_low(fa_lane *lane, unsigned class_index)
{
    fa_cache *cache = &lane->pool.caches[class_index];
    void **bottom = fa_peek(lane->pool.classes[class_index].slots);
    cache->low = bottom;
    if (!statistics(lane))
        return;
    int64_t balance = fa_cache_live(lane, class_index);
    uint64_t live = balance > 0 ? (uint64_t)balance : 0;
    fa_counter_raise(&lane->pool.classes[class_index].peak, live);
    uint64_t headroom = fa_peek(lane->pool.classes[class_index].peak) - live;
    uint32_t count = held(lane, class_index);
    if (headroom < count)
        cache->low = bottom + (count - headroom);
}

static bool make_slots(fa_lane *lane, unsigned class_index)
{
    fa_class_state *class = &lane->pool.classes[class_index];
    fa_cache *cache = &lane->pool.caches[class_index];
    if (fa_peek(class->slots) != NULL)
        return true;
    void **slots = malloc(2 * (size_t)class->batch * sizeof *slots);
    if (slots == NULL)
        return false;
    cache->low = slots;
    cache->high = slots + 2 * class->batch;
    fa_poke(cache->top, slots);
    atomic_store_explicit(&class->slots, slots, memory_order_release);
    return true;
}

static fa_status add_page(fa_lane *lane, unsigned class_index)
{
    fa_page *page;
    fa_status status = fa_source_take(lane->allocator, &page);
    if (status != FA_OK)
        return status;
    fa_page_init(page, lane, class_index, tracked(class_index));
    fa_source_publish(lane->allocator, page);
    fa_page_introduce(lane, page);
    fa_class_state *class = &lane->pool.classes[class_index];
    fa_list_push(&class->pages, &page->link);
    class->empty_pages++;
    fa_counter_add(&class->page_count, 1);
    return FA_OK;
}

/* Moves blocks out of pages that have some. */
static uint32_t take_from_pages(fa_lane *lane, unsigned class_index, void **blocks, uint32_t wanted)
{
    fa_class_state *class = &lane->pool.classes[class_index];
    uint32_t taken = 0;
    while (taken < wanted && !fa_list_empty(&class->pages)) {
        fa_page *page = fa_container_of(class->pages.next, fa_page, link);
        class->empty_pages -= page->out == 0;
        taken += fa_page_take(page, blocks, wanted - taken);
        if (page->out == page->block_count)
            fa_list_remove(&page->link);
    }
    fa_counter_add(&class->out_of_pages, taken);
    return taken;
}

static void prefetch(const fa_lane *lane, void **blocks, uint32_t count)
{
#if FA_PREFETCH
    if (!lane->allocator->config.prefetch)
        return;
    for (uint32_t i = count < 8 ? 0 : count - 8; i < count; i++)
        fa_prefetch_write(blocks[i]);
#else
    (void)lane;
    (void)blocks;
    (void)count;
#endif
}

/* Gets up to wanted blocks into blocks[], those to be handed out first in last place. */
static uint32_t gather(fa_lane *lane, unsigned class_index, void **blocks, uint32_t wanted)
{
    uint32_t taken = take_from_pages(lane, class_index, blocks, wanted);
    if (taken == 0)
        return 0;
    if (taken < wanted)
        memmove(blocks, blocks + (wanted - taken), taken * sizeof *blocks);
    fa_counter_add(&lane->pool.refills, 1);
    prefetch(lane, blocks, taken);
    return taken;
}

/* A block of the stock counts for the lane that it came from, which a budget of this one would not see. */
static bool takes_from_stock(const fa_lane *lane)
{
    return !fa_meter_limited(&lane->account.pool);
}

static bool out_of_blocks(const fa_lane *lane, unsigned class_index)
{
    return held(lane, class_index) == 0 && fa_list_empty(&lane->pool.classes[class_index].pages);
}

/* Puts some blocks on the empty stack. */
static bool refill(fa_lane *lane, unsigned class_index, fa_status *status)
{
    fa_class_state *class = &lane->pool.classes[class_index];
    *status = FA_ERROR_OUT_OF_MEMORY;
    if (!make_slots(lane, class_index))
        return false;
    if (fa_inbox_looks_on_refill(lane->allocator))
        fa_inbox_drain(lane);
    if (out_of_blocks(lane, class_index) && takes_from_stock(lane))
        set_held(lane, class_index, fa_stock_take(lane, class_index, fa_peek(class->slots), class->batch));
    if (out_of_blocks(lane, class_index))
        *status = add_page(lane, class_index);
    /* Without memory for a page, blocks that waited have come home instead; to report a broken backend may do as much. */
    if (held(lane, class_index) == 0)
        set_held(lane, class_index, gather(lane, class_index, fa_peek(class->slots), class->batch));
    return held(lane, class_index) != 0;
}

void *fa_cache_take(fa_lane *lane, unsigned class_index, fa_status *status)
{
    fa_cache *cache = &lane->pool.caches[class_index];
    if (held(lane, class_index) == 0 && !refill(lane, class_index, status))
        return NULL;
    void **top = fa_peek(cache->top) - 1;
    void *block = *top;
    fa_poke(cache->top, top);
    fa_cache_count(cache);
    fa_cache_set_low(lane, class_index);
    return block;
}

static void retire_page(fa_lane *lane, fa_class_state *class, fa_page *page)
{
    fa_page_forget(lane, page);
    fa_list_remove(&page->link);
    class->empty_pages--;
    fa_poke(class->page_count, fa_peek(class->page_count) - 1);
    fa_source_give(lane->allocator, page);
}

static void return_to_page(fa_lane *lane, fa_class_state *class, void *block, uint32_t pages_kept)
{
    fa_page *page = fa_page_of(block);
    if (page->out == page->block_count)
        fa_list_push(&class->pages, &page->link);
    fa_page_give(page, block);
    fa_poke(class->out_of_pages, fa_peek(class->out_of_pages) - 1);
    if (page->out != 0)
        return;
    if (class->empty_pages++ >= pages_kept)
        retire_page(lane, class, page);
}

/* What came out of the stock belongs to another lane, whose page nobody else may touch. */
static void return_block(fa_lane *lane, unsigned class_index, void *block, uint32_t pages_kept)
{
    fa_class_state *class = &lane->pool.classes[class_index];
    if (fa_page_of(block)->lane == lane) {
        return_to_page(lane, class, block, pages_kept);
        return;
    }
    fa_counter_add(&class->deferred_out, 1);
    fa_stock_give(lane->allocator, block);
}

/* The older half goes, so that the stack stays warm. */
static void flush(fa_lane *lane, unsigned class_index, uint32_t blocks, uint32_t pages_kept)
{
    fa_class_state *class = &lane->pool.classes[class_index];
    void **slots = fa_peek(class->slots);
    uint32_t count = held(lane, class_index);
    for (uint32_t i = 0; i < blocks; i++)
        return_block(lane, class_index, slots[i], pages_kept);
    if (blocks < count)
        memmove(slots, slots + blocks, (count - blocks) * sizeof *slots);
    set_held(lane, class_index, count - blocks);
}

void fa_cache_restore(fa_lane *lane, unsigned class_index, void *block)
{
    fa_class_state *class = &lane->pool.classes[class_index];
    fa_cache *cache = &lane->pool.caches[class_index];
    uint32_t kept = lane->allocator->config.pool_pages_kept;
    if (fa_peek(class->slots) == NULL) {
        return_to_page(lane, class, block, kept);
    } else if (!fa_cache_push(cache, block)) {
        flush(lane, class_index, class->batch, kept);
        (void)fa_cache_push(cache, block);
    }
}

void fa_cache_return(fa_lane *lane, unsigned class_index, void *block)
{
    fa_cache_restore(lane, class_index, block);
    fa_cache_set_low(lane, class_index);
}

uint32_t fa_cache_lend(fa_lane *lane, unsigned class_index, void **blocks, uint32_t wanted, fa_status *status)
{
    if (held(lane, class_index) == 0 && !refill(lane, class_index, status))
        return 0;
    uint32_t count = held(lane, class_index);
    uint32_t lent = count < wanted ? count : wanted;
    memcpy(blocks, fa_peek(lane->pool.classes[class_index].slots) + (count - lent), lent * sizeof *blocks);
    set_held(lane, class_index, count - lent);
    return lent;
}

static void retire_empty_pages(fa_lane *lane, fa_class_state *class)
{
    fa_link *link = class->pages.next;
    while (link != &class->pages) {
        fa_page *page = fa_container_of(link, fa_page, link);
        link = link->next;
        if (page->out == 0)
            retire_page(lane, class, page);
    }
}

static void empty(fa_lane *lane)
{
    for (unsigned i = 0; i < FA_CLASSES; i++) {
        if (held(lane, i) != 0)
            flush(lane, i, held(lane, i), UINT32_MAX);
        retire_empty_pages(lane, &lane->pool.classes[i]);
        fa_cache_set_low(lane, i);
    }
}

void fa_cache_drain(fa_lane *lane)
{
    fa_inbox_collect(lane);
    empty(lane);
}

void fa_cache_reclaim(fa_lane *lane)
{
    if (fa_inbox_looks_in_need(lane->allocator))
        fa_inbox_collect(lane);
    empty(lane);
}

void fa_cache_dispose(fa_lane *lane)
{
    for (unsigned i = 0; i < FA_CLASSES; i++)
        free(fa_peek(lane->pool.classes[i].slots));
    fa_queue_dispose(&lane->pool.queue);
    fa_channel_dispose(lane);
}
