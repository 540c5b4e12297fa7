/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

/* Functions that call each other, each with a block of its own. */
static int even(fa_allocator *a, int n);

static int odd(fa_allocator *a, int n)
{
    char *note = fa_pool_alloc(a, 16, 16);
    int result = n > 0 ? even(a, n - 1) + even(a, n - 3) : 0;
    fa_release(a, note);
    return result;
}

static int even(fa_allocator *a, int n)
{
    char *note = fa_heap_alloc(a, 16, 16);
    int result = n > 0 ? odd(a, n - 1) : 1;
    fa_release(a, note);
    return result;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    int result = even(a, 6);
    fa_allocator_release(a);
    return result;
}
