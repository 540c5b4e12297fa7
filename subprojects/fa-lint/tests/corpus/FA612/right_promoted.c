/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

/* Each frame writes the results of its promotions anew. */
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_retention how = FA_RETENTION_INIT;
    fa_promotion promotion;
    size_t total;
    how.policy = FA_RETAIN_TO_HEAP;
    for (int i = 0; i < 128; i++) {
        fa_frame_begin(a);
        int *score = fa_frame_new_retained(a, int, &how);
        if (score != NULL)
            *score = i;
        fa_frame_end_with_promotions(a, &promotion, 1, &total, NULL);
        fa_release(a, promotion.after);
    }
    fa_allocator_release(a);
    return 0;
}
