/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    int sum = 0;
    for (int frame = 0; frame < 60; frame++) {
        int *values = fa_frame_new(a, int, 16); // expect: FA603
        if (values != NULL)
            sum += values[0] = frame;
    }
    fa_allocator_release(a);
    return sum;
}
