/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void draw(fa_allocator *a)
{
    float *depths = fa_frame_new(a, float, 100);
    if (depths != NULL)
        depths[0] = 1;
    fa_release(a, depths); // expect: FA613
}
