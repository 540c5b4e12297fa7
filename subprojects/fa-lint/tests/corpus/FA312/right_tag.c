/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

fa_allocator *make(void)
{
    fa_budget budget = FA_BUDGET_INIT;
    fa_allocator *a = fa_allocator_create(NULL);
    budget.soft_limit = 1 << 20;
    if (a != NULL)
        fa_budget_set_tag(a, fa_tag_get(a, "ai"), &budget);
    return a;
}
