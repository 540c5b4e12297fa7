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

/* What is wrong with a pointer that starts no page's or large block's block. */
fa_status fa_block_blame(fa_allocator *a, const void *block);

/* Reports what fa_block_find() said; returns the status, FA_ERROR_WRONG_LANE for blocks of another allocator. */
fa_status fa_block_refuse(fa_allocator *a, const void *block, fa_status status);

/* Whether the header of a page is as the library wrote it, as far as can be seen. */
bool fa_block_page_sound(fa_allocator *a, const fa_page *page);

/* Whether the address lies in a page or large block. */
bool fa_block_covers(fa_allocator *a, const void *address);

/* Whether it is what debug mode has put a block into. */
static inline bool fa_found_is_wrapped(const fa_found *found)
{
    if (found->large != NULL)
        return fa_peek(found->large->state) == FA_LARGE_WRAPPED;
    return found->page->states != NULL && fa_peek(found->page->states[found->index]) == FA_BLOCK_WRAPPED;
}

static inline size_t fa_found_usable(const fa_found *found)
{
    return found->large != NULL ? fa_peek(found->large->usable) : found->page->block_size;
}

/* FA_OK for a block of a that is live as far as can be known, else what is wrong with it. Never follows the
 * pointer before the registry knows it. Does not report. */
static inline fa_status fa_block_find(fa_allocator *a, const void *block, fa_found *out)
{
    void *window = fa_window_of(block);
    fa_window_kind kind = fa_registry_kind(&a->registry, (uintptr_t)window);
    bool live;
    *out = (fa_found){0};
    if (kind == FA_WINDOW_LARGE && (uintptr_t)block == fa_peek(((fa_large *)window)->block)) {
        out->large = window;
        live = fa_peek(out->large->state) != FA_LARGE_FREE;
    } else if (kind == FA_WINDOW_PAGE && fa_page_index(window, block, &out->index)) {
        out->page = window;
        live = fa_page_is_live(out->page, out->index);
    } else {
        return fa_block_blame(a, block);
    }
    return live ? FA_OK : FA_ERROR_DOUBLE_FREE;
}

#endif
