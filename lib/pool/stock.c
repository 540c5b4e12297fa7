/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/stock.h"

#include <string.h>

static void *next_of(const void *block)
{
    void *next;
    memcpy(&next, block, sizeof next);
    return next;
}

static void push(void **list, void *block)
{
    memcpy(block, list, sizeof *list);
    *list = block;
}

static void *pop(void **list)
{
    void *block = *list;
    *list = next_of(block);
    return block;
}

void fa_stock_give(fa_allocator *a, void *block)
{
    fa_mutex_lock(&a->lock);
    push(&a->pool.stock[fa_page_of(block)->class_index], block);
    fa_poke(a->pool.stocked, fa_peek(a->pool.stocked) + 1);
    fa_mutex_unlock(&a->lock);
}

uint32_t fa_stock_take(fa_lane *lane, unsigned class_index, void **blocks, uint32_t wanted)
{
    fa_allocator *a = lane->allocator;
    uint32_t taken = 0;
    if (fa_likely(fa_peek(a->pool.stocked) == 0))
        return 0;
    fa_mutex_lock(&a->lock);
    for (void **list = &a->pool.stock[class_index]; *list != NULL && taken < wanted; taken++)
        blocks[taken] = pop(list);
    fa_poke(a->pool.stocked, fa_peek(a->pool.stocked) - taken);
    fa_mutex_unlock(&a->lock);
    fa_counter_add(&lane->pool.classes[class_index].deferred_in, taken);
    return taken;
}

static void *collect_class(const fa_lane *lane, void **list, void *collected, uint64_t *count)
{
    void *others = NULL;
    while (*list != NULL) {
        void *block = pop(list);
        bool own = fa_page_of(block)->lane == lane;
        push(own ? &collected : &others, block);
        *count += own;
    }
    *list = others;
    return collected;
}

void *fa_stock_collect(fa_lane *lane)
{
    fa_allocator *a = lane->allocator;
    void *collected = NULL;
    uint64_t count = 0;
    if (fa_likely(fa_peek(a->pool.stocked) == 0))
        return NULL;
    fa_mutex_lock(&a->lock);
    for (unsigned i = 0; i < FA_CLASSES; i++)
        collected = collect_class(lane, &a->pool.stock[i], collected, &count);
    fa_poke(a->pool.stocked, fa_peek(a->pool.stocked) - count);
    fa_mutex_unlock(&a->lock);
    return collected;
}
