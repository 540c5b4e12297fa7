/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

int compare(fa_allocator *a)
{
    char *theirs = core_take(a, 10), *mine = fa_pool_alloc(a, 10, 16);
    int same = theirs != NULL && mine != NULL && theirs[0] == mine[0];
    core_give(a, theirs);
    fa_release(a, mine);
    return same;
}
