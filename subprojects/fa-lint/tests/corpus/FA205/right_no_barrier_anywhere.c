/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void *work(void *user)
{
    for (int i = 0; i < 10; i++) {
        fa_frame_begin(a);
        (void)fa_frame_new(a, int, 16);
        fa_frame_end(a);
    }
    return user;
}

int start(pthread_t *threads)
{
    return pthread_create(&threads[0], NULL, work, NULL) == 0 && pthread_create(&threads[1], NULL, work, NULL) == 0;
}
