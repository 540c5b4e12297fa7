/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

struct order {
    float *samples;
    int count;
};

static void *mix(void *user)
{
    struct order *order = user;
    order->samples[0] = 0;
    return NULL;
}

void render(fa_allocator *a, struct order *order, pthread_t *thread)
{
    if (fa_frame_begin(a) != FA_OK)
        return;
    order->samples = fa_frame_new(a, float, 256); // expect: FA601
    order->count = 256;
    pthread_create(thread, NULL, mix, order); // expect: FA201
    fa_frame_end(a);
}
