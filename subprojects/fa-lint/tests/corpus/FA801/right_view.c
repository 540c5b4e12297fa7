/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void *take(fa_allocator *a)
{
    fa_tagged view;
    if (fa_tagged_init(&view, a, "ai::paths") != FA_OK)
        return NULL;
    return fa_tagged_alloc(&view, FA_INTENT_POOL, 32, 16);
}
