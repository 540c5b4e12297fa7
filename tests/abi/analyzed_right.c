/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Nothing is wrong here, and the analysers must say nothing. */
#include <framealloc/framealloc.h>

#include <stdlib.h>

int use(fa_allocator *a);
void resize(fa_allocator *a);

int use(fa_allocator *a)
{
    int *pool = fa_pool_alloc(a, sizeof *pool, 16);
    int *heap = fa_heap_alloc(a, sizeof *heap, 16);
    int *plain = malloc(sizeof *plain);
    int sum = 0;
    if (pool != NULL && heap != NULL && plain != NULL) {
        *pool = 1;
        *heap = 2;
        *plain = 3;
        sum = *pool + *heap + *plain;
    }
    (void)fa_release(a, pool);
    (void)fa_release(a, heap);
    free(plain);
    return sum;
}

void resize(fa_allocator *a)
{
    int *block = fa_alloc(a, FA_INTENT_AUTO, sizeof *block, 16);
    int *larger = fa_realloc(a, block, 2 * sizeof *block, 16);
    (void)fa_release(a, larger != NULL ? larger : block);
}
