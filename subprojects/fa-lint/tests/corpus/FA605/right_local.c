/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int sum(fa_allocator *a)
{
    fa_retention how = FA_RETENTION_INIT;
    int result = 0;
    fa_frame_begin(a);
    int *values = fa_frame_alloc_retained(a, 64, 16, &how);
    if (values != NULL)
        result = values[0] = 3;
    fa_frame_end(a);
    return result;
}
