/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

void drop(fa_allocator *a, void *block)
{
    fa_release(a, block);
}
