/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int update(fa_allocator *a, int input)
{
    if (fa_frame_begin(a) != FA_OK)
        return -1;
    int *keys = fa_frame_new_zeroed(a, int, 16);
    if (keys == NULL)
        return -1; // expect: FA603
    keys[input & 15] = 1;
    fa_frame_end(a);
    return 0;
}
