/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int plan(fa_allocator *a, int goal)
{
    fa_checkpoint start = fa_frame_checkpoint(a);
    int *path = fa_frame_new(a, int, 32);
    if (path == NULL) {
        fa_frame_rollback(a, start);
        return -1;
    }
    for (int i = 0; i < 32; i++)
        path[i] = goal - i;
    if (path[31] < 0) {
        int best = path[0];
        fa_frame_rollback(a, start);
        return best;
    }
    fa_frame_commit(a, start);
    return path[31];
}
