/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct pair {
    void *first, *second;
};

void share(fa_allocator *a)
{
    struct pair pair;
    pair.first = fa_pool_alloc(a, 16, 16);
    pair.second = pair.first;
    fa_release(a, pair.first);
    fa_release(a, pair.second); // expect: FA612
}
