/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void nested(fa_allocator *a)
{
    fa_checkpoint outer = fa_frame_checkpoint(a);
    (void)fa_frame_new(a, int, 1);
    fa_checkpoint inner = fa_frame_checkpoint(a);
    (void)fa_frame_new(a, int, 1);
    fa_frame_rollback(a, outer);
    fa_frame_commit(a, inner); // expect: FA615
}
