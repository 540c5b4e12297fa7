/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

static void drop(fa_allocator *a, void *block)
{
    if (block != NULL)
        fa_release(a, block); // expect: FA803
}

void use_block(fa_allocator *a)
{
    drop(a, core_take(a, 100));
}
