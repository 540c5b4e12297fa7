/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* The same, not cleared. */
#include <string.h>
struct view {
    const int *items;
    int n;
};
struct holder {
    struct view v;
    int kind;
};
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct holder *h = fa_heap_alloc_zeroed(a, sizeof *h, 16);
    if (!h)
        return 1;
    for (int f = 0; f < 4; f++) {
        fa_frame_begin(a);
        int *xs = fa_frame_new(a, int, 8);
        struct view v = {xs, 8};
        memcpy(&h->v, &v, sizeof v); // expect: FA601
        fa_frame_end(a);
    }
    int k = h->kind;
    fa_release(a, h);
    fa_allocator_release(a);
    return k;
}
