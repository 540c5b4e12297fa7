/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void finish(fa_allocator *a, void *block, int last)
{
    if (last)
        fa_release(a, block);
    if (!last)
        fa_release(a, block);
}
