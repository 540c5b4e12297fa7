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

int main(void)
{
    pthread_t thread;
    a = fa_allocator_create(NULL);
    if (a == NULL || fa_frame_begin(a) != FA_OK)
        return 1;
    int *values = fa_frame_new_zeroed(a, int, 16);
    if (values != NULL && pthread_create(&thread, NULL, work, values) == 0)
        pthread_join(thread, NULL);
    fa_frame_end(a);
    fa_allocator_release(a);
    return 0;
}
