/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void attempt(fa_allocator *a, int fine)
{
    fa_checkpoint start = fa_frame_checkpoint(a);
    (void)fa_frame_new(a, int, 10);
    if (fine)
        fa_frame_commit(a, start);
    else
        fa_frame_rollback(a, start);
}
