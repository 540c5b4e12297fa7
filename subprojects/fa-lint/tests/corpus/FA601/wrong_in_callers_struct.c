/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct scene {
    float *depths;
    int count;
};

void sort_scene(fa_allocator *a, struct scene *scene)
{
    if (fa_frame_begin(a) != FA_OK)
        return;
    scene->count = 128;
    scene->depths = fa_frame_new_zeroed(a, float, 128); // expect: FA601
    fa_frame_end(a);
}
