/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What a pointer of the user is. */
#ifndef FA_BLOCK_FIND_H
#define FA_BLOCK_FIND_H

#include "heap/large.h"
#include "pool/page.h"

typedef struct fa_found {
    fa_page *page;   /* one of the two is set */
    fa_large *large;
    uint32_t index;  /* of the block in its page */
} fa_found;

/* FA_OK for a block of a that is live as far as can be known, else what is wrong with it. Never follows the
 * pointer before the registry knows it. Does not report. */
fa_status fa_block_find(fa_allocator *a, const void *block, fa_found *out);

/* Reports what fa_block_find() said; returns the status, FA_ERROR_WRONG_LANE for blocks of another allocator. */
fa_status fa_block_refuse(fa_allocator *a, const void *block, fa_status status);

/* Whether the address lies in a page or large block. */
bool fa_block_covers(fa_allocator *a, const void *address);

static inline size_t fa_found_usable(const fa_found *found)
{
    return found->large != NULL ? found->large->usable : found->page->block_size;
}

#endif
