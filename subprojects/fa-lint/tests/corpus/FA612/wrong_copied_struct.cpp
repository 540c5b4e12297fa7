/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Pool memory through an interface; deleted once; and twice through copies of the struct. */
struct blob {
    fa_allocator *a;
    void *p;
};
static void drop(blob b)
{
    fa_release(b.a, b.p);
}
static blob make(fa_allocator *a)
{
    return blob{a, fa_pool_alloc(a, 8, 8)};
}
int main()
{
    fa_allocator *a = fa_allocator_create(nullptr);
    blob x = make(a);
    drop(x);
    blob y = make(a), z = y;
    drop(y);
    drop(z); // expect: FA612
    fa_allocator_release(a);
    return 0;
}
