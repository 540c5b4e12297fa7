/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A lane's stacks of free blocks, one for each class, between its users and its pages. */
#ifndef FA_POOL_CACHE_H
#define FA_POOL_CACHE_H

#include "pool/page.h"

FA_ALWAYS_INLINE void fa_cache_count(fa_cache *cache)
{
#if FA_STATISTICS
    fa_counter_add(&cache->allocations, 1);
#else
    (void)cache;
#endif
}

/* The fast path: NULL when the stack is empty or a new peak is reached. */
FA_ALWAYS_INLINE void *fa_cache_pop(fa_cache *cache)
{
    fa_in_register(cache);
    void **top = fa_peek(cache->top);
    if (fa_unlikely(top == cache->low))
        return NULL;
    void *block = *--top;
    fa_poke(cache->top, top);
    fa_cache_count(cache);
    fa_known(block != NULL);
    return block;
}

/* The fast path back: false when the stack is full. */
FA_ALWAYS_INLINE bool fa_cache_push(fa_cache *cache, void *block)
{
    fa_in_register(cache);
    void **top = fa_peek(cache->top);
    if (fa_unlikely(top == cache->high))
        return false;
    *top = block;
    fa_poke(cache->top, top + 1);
    return true;
}

/* Sizes the stacks for the configuration. */
void fa_cache_init(fa_lane *lane);

/* What fa_cache_pop() refused: takes from the inbox, from pages, from the backend. */
void *fa_cache_take(fa_lane *lane, unsigned class_index, fa_status *status);

/* Takes a block of the lane home, into the stack or its page. fa_cache_set_low() has to follow. */
void fa_cache_restore(fa_lane *lane, unsigned class_index, void *block);

/* Both: what fa_cache_push() refused. */
void fa_cache_return(fa_lane *lane, unsigned class_index, void *block);

/* Moves up to wanted blocks out of the stack, for a magazine. Returns how many. */
uint32_t fa_cache_lend(fa_lane *lane, unsigned class_index, void **blocks, uint32_t wanted, fa_status *status);

/* Gives all cached blocks to their pages, and the empty pages to the source. */
void fa_cache_drain(fa_lane *lane);

/* The same in the middle of a request, as far as the mode of deferred frees lets waiting blocks be taken in. */
void fa_cache_reclaim(fa_lane *lane);

/* Blocks of the class that the lane has given out, released by others or not. Magazines can make it negative for
 * one lane; the sum over all lanes is right. */
int64_t fa_cache_live(const fa_lane *lane, unsigned class_index);

/* Sets the level at which the slow path is entered, after anything but a pop or a push. */
void fa_cache_set_low(fa_lane *lane, unsigned class_index);

void fa_cache_dispose(fa_lane *lane);

#endif
