/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void *fill(void *block)
{
    *(void **)block = fa_pool_alloc(a, 16, 16);
    return NULL;
}

/* Each thread leaves a new block. */
int main(void)
{
    static void *block;
    pthread_t thread;
    a = fa_allocator_create(NULL);
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&thread, NULL, fill, &block) != 0)
            break;
        pthread_join(thread, NULL);
        fa_release(a, block);
    }
    fa_allocator_release(a);
    return 0;
}
