/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void maybe(fa_allocator *a, int own_frame)
{
    if (own_frame)
        fa_frame_begin(a);
    (void)fa_frame_new(a, int, 8);
    if (own_frame)
        fa_frame_end(a);
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    maybe(a, 1);
    fa_frame_begin(a);
    maybe(a, 0);
    fa_frame_end(a);
    fa_allocator_release(a);
    return 0;
}
