/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    for (int frame = 0; frame < 100; frame++) {
        fa_frame_begin(a); // expect: FA603
        if (frame % 10 == 9)
            continue;
        char *text = fa_frame_printf(a, NULL, "frame %d", frame);
        if (text != NULL)
            text[0] = 'F';
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return 0;
}
