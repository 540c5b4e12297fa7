/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void draw(fa_allocator *a)
{
    float *depths = fa_frame_alloc(a, 400, 16);
    if (depths == NULL)
        return;
    depths[0] = 1;
    fa_frame_give_back(a, depths, 400);
}
