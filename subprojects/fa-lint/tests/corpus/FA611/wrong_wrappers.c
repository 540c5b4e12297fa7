/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
/* Wrong ways of releasing through wrappers. */
#include <stdlib.h>
static void *mem_get(fa_allocator *a, int heap, size_t n)
{
    return heap ? fa_heap_alloc(a, n, 16) : malloc(n);
}
static void mem_put(fa_allocator *a, int heap, void *p)
{
    if (heap)
        fa_release(a, p);
    else
        free(p);
}
int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    void *x = mem_get(a, 1, 32), *y = mem_get(a, 0, 32);
    mem_put(a, 1, x);
    mem_put(a, 0, y);
    void *z = mem_get(a, 1, 32);
    mem_put(a, 0, z); // expect: FA611
    fa_allocator_release(a);
    return 0;
}
