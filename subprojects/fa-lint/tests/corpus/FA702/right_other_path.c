/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

FA_SUSPENDS void yield_until(int event);

int either(fa_allocator *a, int wait)
{
    int *values = fa_frame_new_zeroed(a, int, 4);
    if (values == NULL)
        return 0;
    if (wait) {
        yield_until(1);
        return 1;
    }
    return values[0];
}
