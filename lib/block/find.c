/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "block/find.h"

#include "core/directory.h"
#include "core/report.h"
#include "debug/debug.h"
#include "frame/chunk.h"

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

fa_status fa_block_blame(fa_allocator *a, const void *block)
{
    return fa_block_covers(a, block) ? FA_ERROR_INTERIOR_POINTER : FA_ERROR_FOREIGN_POINTER;
}

static fa_status refuse_foreign(fa_allocator *a, const void *block)
{
    if (fa_chunk_contains(a, (uintptr_t)block))
        return fa_refuse(a, FA_CODE_FRAME_MEMORY_FREED, FA_ERROR_FOREIGN_POINTER, "%p lies in frame or scratch memory", block);
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
    return refuse_foreign(a, block);
}
