/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void save(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_promotion results[8];
    size_t count = 0;
    how.policy = FA_RETAIN_TO_HEAP;
    if (fa_frame_begin(a) != FA_OK)
        return;
    char *blob = fa_frame_alloc_retained(a, 512, 16, &how);
    if (blob != NULL)
        blob[0] = 1;
    if (fa_frame_end_with_promotions(a, results, 8, &count, NULL) != FA_OK)
        return;
    for (size_t i = 0; i < count; i++)
        if (results[i].after != NULL)
            fa_release(a, results[i].after);
}
