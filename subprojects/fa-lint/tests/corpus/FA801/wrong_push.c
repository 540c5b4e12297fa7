/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void update(fa_allocator *a)
{
    if (fa_tag_push_name(a, "render") != FA_OK) // expect: FA801
        return;
    fa_release(a, fa_pool_alloc(a, 16, 16));
    fa_tag_pop(a);
}
