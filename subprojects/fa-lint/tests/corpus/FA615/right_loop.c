/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int try_all(fa_allocator *a, int count)
{
    int found = -1;
    for (int i = 0; i < count && found < 0; i++) {
        fa_checkpoint start = fa_frame_checkpoint(a);
        int *cells = fa_frame_new(a, int, 16);
        if (cells != NULL && i % 7 == 3) {
            found = i;
            fa_frame_commit(a, start);
            continue;
        }
        fa_frame_rollback(a, start);
    }
    return found;
}
