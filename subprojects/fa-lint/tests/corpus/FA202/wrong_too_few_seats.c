/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

enum { WORKERS = 3 };

static fa_allocator *a;
static fa_barrier boundary;

static void *work(void *user)
{
    (void)user;
    for (int frame = 0; frame < 100; frame++) {
        fa_frame_begin(a);
        (void)fa_frame_new(a, int, 8);
        fa_frame_end(a);
        fa_barrier_wait(a, boundary);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[WORKERS];
    a = fa_allocator_create(NULL);
    if (a == NULL || fa_barrier_create(a, "frame", 3, &boundary) != FA_OK) // expect: FA202
        return 1;
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 1;
    for (int frame = 0; frame < 100; frame++)
        fa_barrier_wait(a, boundary);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    fa_allocator_release(a);
    return 0;
}
