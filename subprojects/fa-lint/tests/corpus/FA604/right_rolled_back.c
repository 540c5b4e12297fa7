/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void attempt(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_POOL;
    fa_frame_begin(a);
    fa_checkpoint start = fa_frame_checkpoint(a);
    int *value = fa_frame_new_retained(a, int, &how);
    if (value != NULL)
        *value = 3;
    fa_frame_rollback(a, start);
    fa_frame_end(a);
}
