/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void update(fa_allocator *a)
{
    if (fa_tag_push_name(a, "ai::paths") != FA_OK)
        return;
    fa_release(a, fa_pool_alloc(a, 16, 16));
    fa_tag_pop(a);
}
