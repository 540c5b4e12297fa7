/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

void hand_over(fa_allocator *a)
{
    void *block = fa_heap_alloc(a, 100, 16);
    tools_give(a, block);
}
