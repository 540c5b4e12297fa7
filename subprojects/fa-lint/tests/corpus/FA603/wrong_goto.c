/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* The goto jumps behind the end. */
int f(fa_allocator *a, const int *in, int n);
int f(fa_allocator *a, const int *in, int n)
{
    int found = -1;
    if (fa_frame_begin(a) != FA_OK)
        return -2;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < 8; k++) {
            if (in[i] == k) {
                found = i;
                goto out;
            }
        }
    fa_frame_end(a);
out:
    return found; // expect: FA603
}
