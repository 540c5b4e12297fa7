/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int plan(fa_allocator *a, int goal)
{
    fa_checkpoint start = fa_frame_checkpoint(a);
    int *path = fa_frame_new(a, int, 32), best = -1;
    if (path == NULL)
        return -1;
    for (int i = 0; i < 32; i++)
        path[i] = goal - i;
    if (path[31] < 0)
        fa_frame_rollback(a, start);
    best = path[0]; // expect: FA601
    return best;
}
