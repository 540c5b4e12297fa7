/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Listing live blocks of the heap; and for the leak report those that were allocated before debug mode was on. */
#include "core/call.h"
#include "core/report.h"
#include "debug/debug.h"
#include "heap/heap.h"
#include "heap/large.h"
#include "pool/page.h"

#include <framealloc/block.h>
#include <framealloc/heap.h>

typedef struct fa_listing {
    fa_heap_block *blocks;
    size_t capacity;
    size_t total;
    size_t bytes;
    bool leaks; /* pools, too, and nothing that is kept for good */
} fa_listing;

static void add(fa_listing *listing, void *address, size_t usable)
{
    if (listing->total < listing->capacity)
        listing->blocks[listing->total] = (fa_heap_block){address, usable};
    listing->total++;
    listing->bytes += usable;
}

static void add_large(void *context, void *window)
{
    const fa_large *large = window;
    const fa_listing *listing = context;
    uint32_t state = atomic_load_explicit(&large->state, memory_order_relaxed);
    if (state == FA_LARGE_LIVE || (state == FA_LARGE_KEPT && !listing->leaks))
        add(context, (void *)fa_peek(large->block), fa_peek(large->usable));
}

static void add_page(void *context, void *window)
{
    fa_listing *listing = context;
    const fa_page *page = window;
    if (page->states == NULL || !(listing->leaks || fa_class_is_heap(page->class_index)))
        return;
    for (uint32_t index = 0; index < page->block_count; index++) {
        uint8_t state = fa_peek(page->states[index]);
        if (state == FA_BLOCK_LIVE || (state == FA_BLOCK_KEPT && !listing->leaks))
            add(listing, fa_page_block(page, index), page->block_size);
    }
}

static void add_wrapped(void *context, void *block, size_t size)
{
    add(context, block, size);
}

static void list(fa_allocator *a, fa_listing *listing)
{
    fa_mutex_lock(&a->lock);
    fa_registry_each(&a->registry, FA_WINDOW_PAGE, add_page, listing);
    fa_registry_each(&a->registry, FA_WINDOW_LARGE, add_large, listing);
    fa_mutex_unlock(&a->lock);
    if (!listing->leaks && fa_debug_knows_any(a))
        fa_debug_each(a, FA_INTENT_HEAP, add_wrapped, listing);
}

fa_status fa_heap_blocks(fa_allocator *a, fa_heap_block *blocks, size_t capacity, size_t *total)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (total == NULL || (blocks == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "fa_heap_blocks() has nowhere to write to");
    fa_listing listing = {.blocks = blocks, .capacity = capacity};
    list(a, &listing);
    *total = listing.total;
    return FA_OK;
}

void fa_heap_report_leaks(fa_allocator *a)
{
    enum { NAMED = 8 };
    fa_heap_block blocks[NAMED];
    fa_listing listing = {.blocks = blocks, .capacity = NAMED, .leaks = true};
    list(a, &listing);
    if (listing.total == 0)
        return;
    fa_status last = fa_last_status();
    for (size_t i = 0; i < listing.total && i < NAMED - 1; i++)
        (void)fa_refuse(a, FA_CODE_LEAK, FA_OK, "%zu bytes at %p", blocks[i].usable, blocks[i].address);
    (void)fa_refuse(a, FA_CODE_LEAK, last, "%zu blocks of %zu bytes in all", listing.total, listing.bytes);
}
