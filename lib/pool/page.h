/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A page: 64 KiB-aligned memory cut into blocks of one class. The header at its start names owner and class, so
 * that a block finds them by masking its address. A bitmap tells which blocks are in the page; tracked pages also
 * keep one byte for each block that tells whether the user has it. */
#ifndef FA_POOL_PAGE_H
#define FA_POOL_PAGE_H

#include "core/lane.h"
#include "core/watch.h"

typedef struct fa_page {
    uint32_t class_index;
    uint32_t block_size;
    uint32_t block_count;
    uint32_t blocks_offset;
    uint32_t reciprocal;     /* 2^32 / block_size, rounded up */
    uint32_t out;            /* blocks not in the page */
    uint32_t hint;           /* bitmap words below have no free block */
    uint32_t words;          /* of the bitmap */
    fa_lane *lane;           /* owner; lanes live as long as the allocator */
    struct fa_span *span;
    fa_link link;            /* in the owner's list of pages with free blocks */
    _Atomic uint8_t *states; /* of tracked pages, else NULL */
    uint16_t *tags;          /* number of each block's tag; of pages of tagged classes, else NULL */
    uint64_t bitmap[];       /* 1: the block is in the page */
} fa_page;

/* Values of states. Kept: live, and to stay so until the allocator ends. Wrapped: live, and what the user has of it lies
 * inside, between guards. */
enum { FA_BLOCK_FREE = 0, FA_BLOCK_LIVE = 1, FA_BLOCK_KEPT = 2, FA_BLOCK_WRAPPED = 3 };

/* The place in the lane's table where a page may be known. */
static inline uintptr_t *fa_page_known(fa_lane *lane, uintptr_t page)
{
    return &lane->pool.known[page / FA_WINDOW_BYTES % FA_KNOWN_PAGES];
}

/* Makes an untracked page of the lane known; another one may lose the place. */
static inline void fa_page_introduce(fa_lane *lane, fa_page *page)
{
    if (page->states == NULL && !(lane->watch & FA_WATCH_RELEASES))
        *fa_page_known(lane, (uintptr_t)page) = (uintptr_t)page + page->class_index + 1;
}

static inline void fa_page_forget(fa_lane *lane, fa_page *page)
{
    uintptr_t *place = fa_page_known(lane, (uintptr_t)page);
    if (*place == (uintptr_t)page + page->class_index + 1)
        *place = 0;
}

static inline fa_page *fa_page_of(const void *block)
{
    return fa_window_of(block);
}

/* Makes a page of one class in 64 KiB of fresh or used memory. */
void fa_page_init(fa_page *page, fa_lane *lane, unsigned class_index, bool tracked);

/* Moves up to wanted blocks out of the page, lowest address first in last place. Returns how many. */
uint32_t fa_page_take(fa_page *page, void **blocks, uint32_t wanted);

/* Moves a block back into the page. */
void fa_page_give(fa_page *page, void *block);

/* Number of the block in its page; false if the pointer is not the start of one. */
static inline bool fa_page_index(const fa_page *page, const void *block, uint32_t *index)
{
    uint32_t offset = (uint32_t)((uintptr_t)block - (uintptr_t)page) - page->blocks_offset;
    *index = (uint32_t)((uint64_t)offset * page->reciprocal >> 32);
    return (uintptr_t)block - (uintptr_t)page >= page->blocks_offset && *index < page->block_count &&
           *index * page->block_size == offset;
}

/* Tracked pages: the user gets the block.  */
static inline void fa_page_mark(fa_page *page, void *block, uint8_t state)
{
    uint32_t index;
    if (fa_page_index(page, block, &index))
        fa_poke(page->states[index], state);
}

static inline void fa_page_mark_live(fa_page *page, void *block)
{
    fa_page_mark(page, block, FA_BLOCK_LIVE);
}

/* Pages of tagged classes: whose the block is. */
static inline void fa_page_set_tag(fa_page *page, const void *block, uint32_t tag)
{
    uint32_t index;
    if (fa_page_index(page, block, &index))
        page->tags[index] = (uint16_t)tag;
}

static inline bool fa_page_is_live(const fa_page *page, uint32_t index)
{
    return page->states == NULL || fa_peek(page->states[index]) != FA_BLOCK_FREE;
}

static inline void *fa_page_block(const fa_page *page, uint32_t index)
{
    return (unsigned char *)(uintptr_t)page + page->blocks_offset + (size_t)index * page->block_size;
}

#endif
