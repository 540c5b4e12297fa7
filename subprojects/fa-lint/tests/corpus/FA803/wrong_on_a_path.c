/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

int load(fa_allocator *a, int fast)
{
    char *block = fast ? fa_pool_alloc(a, 64, 16) : core_take(a, 64);
    if (block == NULL)
        return 0;
    block[0] = 1;
    fa_release(a, block); // expect: FA803
    return 1;
}
