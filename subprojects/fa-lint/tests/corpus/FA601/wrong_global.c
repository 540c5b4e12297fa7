/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static int *visible;

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    for (int frame = 0; frame < 100; frame++) {
        if (fa_frame_begin(a) != FA_OK)
            break;
        visible = fa_frame_new(a, int, 64); // expect: FA601
        if (visible != NULL)
            visible[0] = frame;
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return 0;
}
