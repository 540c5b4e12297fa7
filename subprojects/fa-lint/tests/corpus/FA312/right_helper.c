/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static void limit(fa_allocator *a)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 1 << 24;
    fa_budget_set_global(a, &budget);
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    if (a != NULL)
        limit(a);
    fa_allocator_release(a);
    return 0;
}
