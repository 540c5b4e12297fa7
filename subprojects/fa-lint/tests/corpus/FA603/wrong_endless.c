/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void serve(fa_allocator *a, volatile int *requests)
{
    for (;;) {
        int *reply = fa_frame_new(a, int, 32); // expect: FA603
        if (reply != NULL)
            reply[0] = *requests;
    }
}
