/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

int copy(fa_allocator *a)
{
    int sum = 0;
    char *block = core_take(a, 16);
    FA_FRAME(a) {
        char *copied = fa_frame_new(a, char, 16);
        if (copied != NULL && block != NULL)
            sum = copied[0] = block[0];
    }
    core_give(a, block);
    return sum;
}
