/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int keep_best(fa_allocator *a, int n)
{
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_POOL;
    fa_frame_begin(a);
    int *best = fa_frame_new_zeroed(a, int, 16);
    if (best == NULL) {
        fa_frame_end(a);
        return 0;
    }
    best[0] = n;
    if (n > 10)
        fa_frame_retain(a, best, 16 * sizeof *best, 16, &how);
    fa_frame_end(a); // expect: FA604
    return 1;
}
