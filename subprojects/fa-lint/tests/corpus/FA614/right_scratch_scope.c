/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

/* What was taken before the scope, or from another pool, stays. */
int sorted(fa_allocator *a, fa_scratch_pool *names, int count);
int sorted(fa_allocator *a, fa_scratch_pool *names, int count)
{
    fa_scratch_scope scope;
    int *before = fa_scratch_alloc(a, 64, 16);
    if (before == NULL || fa_scratch_scope_begin(a, &scope) != FA_OK)
        return -1;
    char *name = fa_scratch_pool_alloc(names, 16, 1);
    int *within = fa_scratch_alloc(a, 64, 16);
    if (within != NULL)
        before[0] = within[0] = count;
    fa_scratch_scope_end(&scope);
    if (name != NULL)
        name[0] = 'x';
    within = fa_scratch_alloc(a, 64, 16);
    if (within != NULL)
        before[0] += within[1] = count;
    return before[0];
}
