/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void two_frames(fa_allocator *a)
{
    fa_frame_begin(a);
    fa_checkpoint start = fa_frame_checkpoint(a);
    fa_frame_end(a);
    fa_frame_begin(a);
    fa_frame_rollback(a, start); // expect: FA615
    fa_frame_end(a);
}
