/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;
static fa_barrier boundary;
static volatile int quit;

static void *simulate(void *user)
{
    while (!quit) {
        fa_frame_begin(a);
        (void)fa_frame_new(a, int, 16);
        fa_frame_end(a);
        fa_barrier_wait(a, boundary);
    }
    return user;
}

static void *second(void *user)
{
    do {
        fa_frame_begin(a);
        (void)fa_frame_new(a, int, 16);
        fa_frame_end(a); // expect: FA205
    } while (!quit);
    return user;
}

int start(pthread_t *threads)
{
    return pthread_create(&threads[0], NULL, simulate, NULL) == 0 && pthread_create(&threads[1], NULL, second, NULL) == 0;
}
