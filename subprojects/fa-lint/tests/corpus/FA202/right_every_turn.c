/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

enum { WORKERS = 2 };

static fa_allocator *a;
static fa_barrier boundary;

static void *work(void *user)
{
    for (int frame = 0; frame < 100; frame++) {
        if (user != NULL && frame % 2 != 0) {
            fa_barrier_wait(a, boundary);
            continue;
        }
        (void)fa_pool_alloc(a, 8, 8);
        fa_barrier_wait(a, boundary);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[WORKERS];
    a = fa_allocator_create(NULL);
    if (a == NULL || fa_barrier_create(a, "frame", WORKERS, &boundary) != FA_OK)
        return 1;
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 1;

    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    fa_allocator_release(a);
    return 0;
}
