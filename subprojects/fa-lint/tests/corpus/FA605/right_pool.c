/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct monster {
    float *path;
};

void think(fa_allocator *a, struct monster *monster)
{
    fa_frame_begin(a);
    monster->path = fa_pool_alloc(a, 64, 16);
    if (monster->path != NULL)
        monster->path[0] = 1;
    fa_frame_end(a);
}
