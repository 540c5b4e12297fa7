/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void grow(fa_allocator *a)
{
    int *cells = fa_frame_new(a, int, 16);
    int *more = fa_realloc(a, cells, 128, 16); // expect: FA613
    if (more != NULL)
        more[0] = 1;
}
