/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct undo {
    fa_checkpoint point;
};

static void undo_all(fa_allocator *a, struct undo *undo)
{
    fa_frame_rollback(a, undo->point);
}

void edit(fa_allocator *a)
{
    struct undo undo = {fa_frame_checkpoint(a)};
    (void)fa_frame_new(a, char, 100);
    undo_all(a, &undo);
    (void)fa_frame_new(a, char, 100);
    undo_all(a, &undo); // expect: FA615
}
