/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef TOOLS_BLOCK_H
#define TOOLS_BLOCK_H

#include <framealloc/framealloc.h>

static inline void tools_give(fa_allocator *a, void *block)
{
    fa_release(a, block);
}

#endif
