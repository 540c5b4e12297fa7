/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef CORE_BLOCK_H
#define CORE_BLOCK_H

#include <framealloc/framealloc.h>

static inline void *core_take(fa_allocator *a, size_t size)
{
    return fa_heap_alloc(a, size, 16);
}

static inline void core_give(fa_allocator *a, void *block)
{
    fa_release(a, block);
}

#endif
