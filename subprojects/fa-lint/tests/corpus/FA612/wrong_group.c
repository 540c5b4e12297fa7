/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void trim(fa_allocator *a, fa_group group)
{
    char *name = fa_group_alloc(a, group, 16, 16);
    fa_group_release_block(a, group, name);
    fa_group_release_block(a, group, name); // expect: FA612
}
