/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Recursion, used after the end. */
struct tree {
    struct tree *kids[2];
    int v;
};
static struct tree *build(fa_allocator *a, int d)
{
    struct tree *t = fa_frame_new_zeroed(a, struct tree, 1);
    if (!t || d == 0)
        return t;
    t->kids[0] = build(a, d - 1);
    t->kids[1] = build(a, d - 1);
    return t;
}
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_frame_begin(a);
    struct tree *t = build(a, 5);
    fa_frame_end(a);
    int v = t ? t->v : 0; // expect: FA601
    fa_allocator_release(a);
    return v;
}
