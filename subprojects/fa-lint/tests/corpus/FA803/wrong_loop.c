/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include "FA803/core/block.h"
#include "FA803/tools/block.h"

void churn(fa_allocator *a, int count)
{
    for (int i = 0; i < count; i++) {
        void *block = core_take(a, (size_t)i + 1);
        if (block == NULL)
            continue;
        fa_release(a, block); // expect: FA803
    }
}
