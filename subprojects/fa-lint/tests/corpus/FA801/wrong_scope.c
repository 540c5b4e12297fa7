/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void update(fa_allocator *a)
{
    FA_TAG_SCOPE(a, "render") { // expect: FA801
        fa_release(a, fa_pool_alloc(a, 16, 16));
    }
}
