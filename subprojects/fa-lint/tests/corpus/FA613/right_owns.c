/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void drop(fa_allocator *a, void *block)
{
    if (fa_owns(a, block))
        fa_release(a, block);
}
