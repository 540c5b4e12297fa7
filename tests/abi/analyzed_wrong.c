/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Wrong on purpose: free() of a pool block, fa_release() of a malloc() block, one that is lost, one given back twice. */
#include <framealloc/framealloc.h>

#include <stdlib.h>

void mismatched_free(fa_allocator *a);
void mismatched_release(fa_allocator *a);
int leak(fa_allocator *a);
void twice(fa_allocator *a);

void mismatched_free(fa_allocator *a)
{
    int *block = fa_pool_alloc(a, sizeof *block, 16);
    free(block);
}

void mismatched_release(fa_allocator *a)
{
    int *block = malloc(sizeof *block);
    (void)fa_release(a, block);
}

int leak(fa_allocator *a)
{
    int *block = fa_heap_alloc(a, sizeof *block, 16);
    if (block == NULL)
        return 0;
    *block = 7;
    return *block;
}

void twice(fa_allocator *a)
{
    int *block = fa_pool_alloc(a, sizeof *block, 16);
    (void)fa_release(a, block);
    (void)fa_release(a, block);
}
