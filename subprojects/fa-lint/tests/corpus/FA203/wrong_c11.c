/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <threads.h>

static fa_allocator *a;

static int work(void *user) // expect: FA203
{
    fa_release(a, fa_pool_alloc(a, 16, 16));
    return user != NULL;
}

int start(thrd_t *thread)
{
    return thrd_create(thread, work, NULL) == thrd_success;
}
