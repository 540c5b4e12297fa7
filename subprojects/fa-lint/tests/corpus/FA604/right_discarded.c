/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void temporary(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_frame_begin(a);
    char *text = fa_frame_alloc_retained(a, 100, 16, &how);
    if (text != NULL)
        text[0] = 0;
    fa_frame_end(a);
}
