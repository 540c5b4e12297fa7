/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

int attempt(fa_allocator *a, int fine)
{
    FA_CHECKPOINT_GUARD(guard, a);
    int *values = fa_frame_new(a, int, 10);
    if (values == NULL)
        return 0;
    values[0] = fine;
    if (fine)
        return fa_checkpoint_guard_commit(&guard) == FA_OK;
    return 0;
}
