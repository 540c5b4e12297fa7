/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void remember(fa_allocator *a, int value)
{
    fa_frame_begin(a);
    int *kept = fa_frame_alloc_important(a, sizeof *kept, 16, FA_IMPORTANCE_PERSISTENT, NULL);
    if (kept != NULL)
        *kept = value;
    fa_frame_end(a); // expect: FA604
}
