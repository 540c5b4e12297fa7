/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int gather(fa_allocator *a)
{
    int sum = 0;
    FA_FRAME(a) {
        for (int i = 0; i < 10000; i++) {
            int *value = fa_frame_new(a, int, 1);
            if (value != NULL)
                sum += *value = i;
        }
    }
    return sum;
}
