/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void *work(void *user)
{
    FA_FRAME(a) {
        (void)fa_frame_new(a, int, 16);
    }
    return user;
}

int main(void)
{
    pthread_t thread;
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 1 << 20;
    a = fa_allocator_create(&config);
    if (a == NULL || pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    fa_allocator_release(a);
    return 0;
}
