/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct tree {
    int height;
};

int fell(fa_allocator *a, fa_group park)
{
    fa_group forest;
    if (fa_group_create(a, "forest", &forest) != FA_OK)
        return 0;
    struct tree *tree = fa_group_alloc(a, park, sizeof *tree, 16);
    fa_group_destroy(a, forest);
    return tree != NULL ? tree->height = 3 : 0;
}
