/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void attempt(fa_allocator *a)
{
    fa_checkpoint start = fa_frame_checkpoint(a);
    (void)fa_frame_new(a, int, 10);
    fa_frame_rollback(a, start);
    fa_frame_rollback(a, start); // expect: FA615
}
