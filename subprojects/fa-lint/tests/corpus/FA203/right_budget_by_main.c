/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void *work(void *user)
{
    void *block = fa_pool_alloc(a, 64, 16);
    fa_release(a, block);
    return user;
}

int main(void)
{
    pthread_t thread;
    fa_budget budget = FA_BUDGET_INIT;
    budget.soft_limit = 4096;
    fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &budget);
    a = fa_allocator_create(NULL);
    if (a == NULL || pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    fa_allocator_release(a);
    return 0;
}
