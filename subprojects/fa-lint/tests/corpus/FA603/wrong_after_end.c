/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void *work(void *user)
{
    for (int i = 0; i < 10; i++) {
        if (fa_frame_begin(a) != FA_OK)
            return user;
        (void)fa_frame_new(a, int, 8);
        fa_frame_end(a);
        (void)fa_frame_new(a, int, 8); // expect: FA603
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    a = fa_allocator_create(NULL);
    if (pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    fa_allocator_release(a);
    return 0;
}
