/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/page.h"

#include <string.h>

/* What a page keeps for each block. */
typedef struct fa_upkeep {
    bool tracked; /* a state */
    bool tagged;  /* a tag */
} fa_upkeep;

/* Header, bitmap, tags and states for this many blocks. */
static size_t overhead(uint32_t blocks, fa_upkeep upkeep)
{
    size_t words = (blocks + 63) / 64;
    return sizeof(fa_page) + words * sizeof(uint64_t) + (upkeep.tagged ? blocks * sizeof(uint16_t) : 0) +
           (upkeep.tracked ? blocks : 0);
}

/* Blocks start at a multiple of their alignment: their size for powers of two. */
static uint32_t first_block(uint32_t blocks, uint32_t block_size, fa_upkeep upkeep)
{
    size_t alignment = fa_is_power_of_two(block_size) ? block_size : FA_PAGE_MEDIUM_HEADER;
    return (uint32_t)fa_round_up(overhead(blocks, upkeep), alignment);
}

static uint32_t blocks_that_fit(uint32_t block_size, fa_upkeep upkeep)
{
    uint32_t blocks = (uint32_t)FA_WINDOW_BYTES / block_size;
    while (first_block(blocks, block_size, upkeep) + (size_t)blocks * block_size > FA_WINDOW_BYTES)
        blocks--;
    return blocks;
}

static void fill_bitmap(fa_page *page)
{
    memset(page->bitmap, 0xFF, page->words * sizeof(uint64_t));
    uint32_t rest = page->block_count % 64;
    if (rest != 0)
        page->bitmap[page->words - 1] = ((uint64_t)1 << rest) - 1;
}

void fa_page_init(fa_page *page, fa_lane *lane, unsigned class_index, bool tracked)
{
    uint32_t size = fa_class_size(class_index);
    fa_upkeep upkeep = {tracked, fa_class_is_tagged(class_index)};
    page->lane = lane;
    page->class_index = class_index;
    page->block_size = size;
    page->block_count = blocks_that_fit(size, upkeep);
    page->blocks_offset = first_block(page->block_count, size, upkeep);
    page->reciprocal = (uint32_t)((((uint64_t)1 << 32) + size - 1) / size);
    page->out = 0;
    page->hint = 0;
    page->words = (page->block_count + 63) / 64;
    fa_list_init(&page->link);
    fill_bitmap(page);
    uint16_t *tags = (uint16_t *)&page->bitmap[page->words];
    page->tags = upkeep.tagged ? tags : NULL;
    page->states = tracked ? (_Atomic uint8_t *)(tags + (upkeep.tagged ? page->block_count : 0)) : NULL;
    if (tracked)
        memset((void *)(uintptr_t)page->states, FA_BLOCK_FREE, page->block_count);
}

uint32_t fa_page_take(fa_page *page, void **blocks, uint32_t wanted)
{
    uint32_t taken = 0;
    while (taken < wanted && page->hint < page->words) {
        uint64_t word = page->bitmap[page->hint];
        if (word == 0) {
            page->hint++;
            continue;
        }
        while (word != 0 && taken < wanted) {
            uint32_t index = page->hint * 64 + (uint32_t)__builtin_ctzll(word);
            word &= word - 1;
            blocks[wanted - ++taken] = fa_page_block(page, index);
        }
        page->bitmap[page->hint] = word;
    }
    page->out += taken;
    return taken;
}

void fa_page_give(fa_page *page, void *block)
{
    uint32_t offset = (uint32_t)((uintptr_t)block - (uintptr_t)page) - page->blocks_offset;
    uint32_t index = (uint32_t)((uint64_t)offset * page->reciprocal >> 32);
    page->bitmap[index / 64] |= (uint64_t)1 << index % 64;
    if (index / 64 < page->hint)
        page->hint = index / 64;
    page->out--;
}
