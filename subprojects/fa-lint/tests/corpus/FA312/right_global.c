/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

fa_allocator *make(void)
{
    fa_budget budget = FA_BUDGET_INIT;
    fa_allocator *a = fa_allocator_create(NULL);
    budget.hard_limit = (uint64_t)256 << 20;
    if (a != NULL)
        fa_budget_set_global(a, &budget);
    return a;
}
