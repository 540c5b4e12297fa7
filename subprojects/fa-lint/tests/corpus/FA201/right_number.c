/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <string.h>

static void *work(void *user)
{
    return user;
}

int start(fa_allocator *a)
{
    static int numbers[4];
    pthread_t thread;
    int *copy = fa_frame_new_zeroed(a, int, 4);
    if (copy == NULL)
        return 0;
    memcpy(numbers, copy, sizeof numbers);
    return pthread_create(&thread, NULL, work, numbers) == 0;
}
