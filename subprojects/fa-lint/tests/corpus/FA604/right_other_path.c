/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int keep_best(fa_allocator *a, int n)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_promotion results[2];
    size_t count = 0;
    how.policy = FA_RETAIN_TO_POOL;
    fa_frame_begin(a);
    int *best = fa_frame_new_zeroed(a, int, 16);
    if (best == NULL || n <= 10) {
        fa_frame_end(a);
        return 0;
    }
    best[0] = n;
    fa_frame_retain(a, best, 16 * sizeof *best, 16, &how);
    fa_frame_end_with_promotions(a, results, 2, &count, NULL);
    return (int)count;
}
