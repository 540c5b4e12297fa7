/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void each(int count, void (*visit)(void *), void *user);
void blink(void *user);

void run(fa_allocator *a)
{
    FA_FRAME(a) {
        int *sum = fa_frame_new_zeroed(a, int, 1);
        if (sum != NULL)
            each(10, blink, sum);
    }
}
