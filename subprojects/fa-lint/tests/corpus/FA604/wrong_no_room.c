/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void level_end(fa_allocator *a)
{
    fa_retention how = {(uint32_t)sizeof how, FA_RETAIN_TO_POOL, 0, 0, NULL, "score"};
    size_t count = 0;
    fa_frame_begin(a);
    int *score = fa_frame_new_retained(a, int, &how);
    if (score != NULL)
        *score = 100;
    fa_frame_end_with_promotions(a, NULL, 0, &count, NULL); // expect: FA604
}
