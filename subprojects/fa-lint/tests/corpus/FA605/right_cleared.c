/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static int *best;

int main(void)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_allocator *a = fa_allocator_create(NULL);
    for (int i = 0; i < 4; i++) {
        fa_frame_begin(a);
        best = fa_frame_alloc_retained(a, sizeof *best, 16, &how);
        if (best != NULL)
            *best = i;
        best = NULL;
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return 0;
}
