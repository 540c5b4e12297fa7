/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

void use_block(fa_allocator *a)
{
    void *block = core_take(a, 100);
    core_give(a, block);
}
