/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct pair {
    fa_allocator *left, *right;
};

struct pair make(void)
{
    struct pair pair;
    pair.left = fa_allocator_create(NULL); // expect: FA312
    pair.right = fa_allocator_create(NULL); // expect: FA312
    return pair;
}
