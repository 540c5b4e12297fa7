/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct table {
    int *rows;
};

static struct table table;

static void set_rows(struct table *t, int *rows)
{
    t->rows = rows; // expect: FA605
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_retention how = {(uint32_t)sizeof how, FA_RETAIN_DISCARD, 0, 0, NULL, NULL};
    for (int i = 0; i < 2; i++) {
        if (fa_frame_begin(a) != FA_OK)
            return 1;
        set_rows(&table, fa_frame_alloc_retained(a, 128, 16, &how));
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return 0;
}
