/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdlib.h>

static fa_allocator *a;

static void *work(void *user)
{
    return user;
}

int main(void)
{
    pthread_t thread;
    void *block = malloc(16);
    free(block);
    a = fa_allocator_create(NULL);
    if (a == NULL || pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    fa_allocator_release(a);
    return 0;
}
