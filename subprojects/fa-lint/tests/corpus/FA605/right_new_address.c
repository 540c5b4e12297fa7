/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct save {
    void *blob;
};

void checkpoint_game(fa_allocator *a, struct save *save)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_promotion results[1];
    size_t count = 0;
    how.policy = FA_RETAIN_TO_HEAP;
    if (fa_frame_begin(a) != FA_OK)
        return;
    char *blob = fa_frame_alloc_retained(a, 64, 16, &how);
    if (blob != NULL)
        blob[0] = 1;
    if (fa_frame_end_with_promotions(a, results, 1, &count, NULL) == FA_OK && count == 1)
        save->blob = results[0].after;
}
