/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdlib.h>

int pairs(fa_allocator *a, fa_group group, fa_task task)
{
    void *pool = fa_pool_alloc(a, 64, 16), *heap = fa_heap_alloc(a, 64000, 16);
    void *grouped = fa_group_alloc(a, group, 64, 16), *tasked = fa_task_alloc(a, task, 64, 16);
    void *plain = malloc(64);
    int all = pool != NULL && heap != NULL && grouped != NULL && tasked != NULL && plain != NULL;
    fa_release(a, pool);
    fa_release(a, heap);
    fa_group_release_block(a, group, grouped);
    fa_task_release(a, task, tasked);
    free(plain);
    return all;
}
