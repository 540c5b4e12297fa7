/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static const char *status_line = "idle";

void show(fa_allocator *a, int n)
{
    fa_retention how = FA_RETENTION_INIT;
    fa_frame_begin(a);
    char *text = fa_frame_alloc_retained(a, 32, 16, &how);
    if (text != NULL) {
        text[0] = (char)n;
        status_line = text;
    }
    status_line = "idle";
    fa_frame_end(a);
}
