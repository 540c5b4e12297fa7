/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void unload(fa_allocator *a, fa_group level)
{
    void *mesh = fa_group_alloc(a, level, 4096, 16);
    fa_release(a, mesh); // expect: FA611
}
