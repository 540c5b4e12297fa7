/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void save(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    if (fa_frame_begin(a) != FA_OK)
        return;
    char *blob = fa_frame_alloc_retained(a, 512, 16, &how);
    if (blob != NULL)
        blob[0] = 1;
    fa_frame_end(a); // expect: FA604
}
