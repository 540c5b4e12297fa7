/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

fa_tag tag_of(fa_allocator *a)
{
    return fa_tag_get(a, "render"); // expect: FA801
}
