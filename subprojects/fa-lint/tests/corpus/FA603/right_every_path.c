/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int update(fa_allocator *a, int input)
{
    int status = -1;
    if (fa_frame_begin(a) != FA_OK)
        return -1;
    int *keys = fa_frame_new_zeroed(a, int, 16);
    if (keys == NULL)
        goto out;
    keys[input & 15] = 1;
    status = 0;
out:
    fa_frame_end(a);
    return status;
}
