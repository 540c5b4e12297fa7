/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int update(fa_allocator *a, int input)
{
    FA_FRAME(a) {
        int *keys = fa_frame_new_zeroed(a, int, 16);
        if (keys == NULL)
            return -1;
        if (input < 0)
            break;
        keys[input & 15] = 1;
    }
    return 0;
}
