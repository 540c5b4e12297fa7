/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void *work(void *user)
{
    int *values = user;
    values[0]++;
    return NULL;
}

void start(void)
{
    pthread_t thread;
    int *values = fa_pool_alloc_zeroed(a, 64, 16);
    if (values != NULL && pthread_create(&thread, NULL, work, values) == 0)
        pthread_detach(thread);
}
