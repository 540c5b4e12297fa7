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

fa_frame_token start(void)
{
    pthread_t thread;
    fa_frame_token token = 0;
    fa_frame_begin(a);
    int *values = fa_frame_new_zeroed(a, int, 16);
    fa_frame_hold(a, &token);
    if (values != NULL && pthread_create(&thread, NULL, work, values) == 0)
        pthread_detach(thread);
    fa_frame_end(a);
    return token;
}
