/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void cache(fa_allocator *a)
{
    fa_promotion results[4];
    size_t count = 0;
    fa_frame_begin(a);
    void *block = fa_frame_alloc_important(a, 64, 16, FA_IMPORTANCE_SCRATCH, "cache");
    (void)block;
    fa_frame_end_with_promotions(a, results, 4, &count, NULL);
}
