/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <vector>

void drop_all(fa_allocator *a, const std::vector<void *> &blocks)
{
    for (void *block : blocks)
        fa_release(a, block);
}
