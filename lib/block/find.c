/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "block/find.h"

#include "core/directory.h"
#include "core/report.h"
#include "debug/debug.h"
#include "frame/chunk.h"
#include "pool/classes.h"

/* The large block that covers the address, NULL if none does. */
static fa_large *covering_large(fa_allocator *a, uintptr_t address)
{
    uintptr_t window = fa_round_down(address, FA_WINDOW_BYTES);
    while (fa_registry_kind(&a->registry, window) == FA_WINDOW_INTERIOR)
        window -= FA_WINDOW_BYTES;
    if (fa_registry_kind(&a->registry, window) != FA_WINDOW_LARGE)
        return NULL;
    fa_large *large = (fa_large *)window;
    return fa_large_covers(large, address) ? large : NULL;
}

bool fa_block_covers(fa_allocator *a, const void *address)
{
    return fa_registry_kind(&a->registry, (uintptr_t)address) == FA_WINDOW_PAGE ||
           covering_large(a, (uintptr_t)address) != NULL;
}

bool fa_block_page_sound(fa_allocator *a, const fa_page *page)
{
    return page->class_index < FA_CLASSES && page->block_size == fa_class_size(page->class_index) &&
           page->blocks_offset + (uint64_t)page->block_count * page->block_size <= FA_WINDOW_BYTES &&
           fa_lane_belongs(a, page->lane);
}

fa_status fa_block_blame(fa_allocator *a, const void *block)
{
    if (fa_registry_kind(&a->registry, (uintptr_t)block) == FA_WINDOW_PAGE && !fa_block_page_sound(a, fa_page_of(block)))
        return FA_ERROR_CORRUPT;
    return fa_block_covers(a, block) ? FA_ERROR_INTERIOR_POINTER : FA_ERROR_FOREIGN_POINTER;
}

static fa_status refuse_in_chunk(fa_allocator *a, const void *block, const fa_lane *owner)
{
    if (owner == NULL || owner == fa_lane_existing(a))
        return fa_refuse(a, FA_CODE_FRAME_MEMORY_FREED, FA_ERROR_FOREIGN_POINTER, "%p lies in frame or scratch memory", block);
    return fa_refuse(a, FA_CODE_FOREIGN_LANE_FREE, FA_ERROR_FOREIGN_POINTER, "%p lies in frame or scratch memory of lane \"%s\"",
                     block, owner->name);
}

static fa_status refuse_foreign(fa_allocator *a, const void *block)
{
    const fa_lane *owner = NULL;
    if (fa_chunk_contains(a, (uintptr_t)block, &owner))
        return refuse_in_chunk(a, block, owner);
    uint64_t other = fa_allocator_owning(a, (uintptr_t)fa_window_of(block));
    if (other != 0)
        return fa_refuse(a, FA_CODE_WRONG_ALLOCATOR, FA_ERROR_WRONG_LANE, "%p belongs to allocator %llu, this is %llu", block,
                         (unsigned long long)other, (unsigned long long)fa_peek(a->id));
    return fa_refuse(a, FA_CODE_FOREIGN_POINTER, FA_ERROR_FOREIGN_POINTER, "%p lies in no page or block of this allocator",
                     block);
}

fa_status fa_block_refuse(fa_allocator *a, const void *block, fa_status status)
{
    if (status == FA_ERROR_INTERIOR_POINTER && fa_debug_knows_any(a) && fa_debug_refuse_interior(a, block))
        return status;
    if (status == FA_ERROR_INTERIOR_POINTER)
        return fa_refuse(a, FA_CODE_INTERIOR_POINTER, status, "%p is inside a block", block);
    if (status == FA_ERROR_DOUBLE_FREE)
        return fa_refuse(a, FA_CODE_DOUBLE_FREE, status, "the block at %p is free", block);
    if (status == FA_ERROR_CORRUPT)
        return fa_refuse(a, FA_CODE_INTERNAL, status, "the header of the page at %p, in which the block at %p lies, makes no sense",
                         fa_window_of(block), block);
    return refuse_foreign(a, block);
}
