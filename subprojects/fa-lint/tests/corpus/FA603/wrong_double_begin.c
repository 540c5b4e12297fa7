/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static void update(fa_allocator *a)
{
    fa_frame_begin(a);
    (void)fa_frame_new(a, char, 100);
    fa_frame_end(a);
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    for (int i = 0; i < 10; i++) {
        fa_frame_begin(a);
        update(a); // expect: FA603
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return 0;
}
