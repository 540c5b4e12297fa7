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

static fa_barrier barrier;

void frame(void)
{
    pthread_t thread;
    if (fa_frame_begin(a) != FA_OK)
        return;
    int *values = fa_frame_new_zeroed(a, int, 16);
    if (values != NULL && pthread_create(&thread, NULL, work, values) == 0)
        pthread_detach(thread);
    fa_barrier_wait(a, barrier);
    fa_frame_end(a);
}
