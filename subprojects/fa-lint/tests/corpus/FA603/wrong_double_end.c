/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void level(fa_allocator *a, int last)
{
    fa_frame_begin(a);
    (void)fa_frame_new(a, int, 4);
    if (last)
        fa_frame_end(a);
    fa_frame_end(a); // expect: FA603
}
