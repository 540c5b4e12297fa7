/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Reference counts. */
struct res {
    int refs;
    struct res *dep;
};
static void retain(struct res *r)
{
    r->refs++;
}
static void drop(fa_allocator *a, struct res *r)
{
    if (r && --r->refs == 0) {
        drop(a, r->dep);
        fa_release(a, r);
    }
}
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct res *r = fa_pool_new(a, struct res);
    if (!r)
        return 1;
    r->refs = 1;
    r->dep = NULL;
    retain(r);
    drop(a, r);
    r->refs += 0;
    drop(a, r);
    fa_allocator_release(a);
    return 0;
}
