/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Free blocks in the hands of the allocator: any lane may hand them out, whoever owns their pages. */
#ifndef FA_POOL_STOCK_H
#define FA_POOL_STOCK_H

#include "pool/page.h"

/* Takes a free block of any lane. */
void fa_stock_give(fa_allocator *a, void *block);

/* Moves up to wanted blocks of a class to the lane. Returns how many. */
uint32_t fa_stock_take(fa_lane *lane, unsigned class_index, void **blocks, uint32_t wanted);

/* Returns the blocks that the lane owns, linked through their first word. */
void *fa_stock_collect(fa_lane *lane);

#endif
