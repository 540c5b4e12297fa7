/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

static fa_allocator *a;

static void step(int i)
{
    void *block = fa_heap_alloc(a, 5000 + (size_t)i, 16);
    fa_release(a, block);
}

static void *work(void *user) // expect: FA203
{
    for (int i = 0; i < 10; i++)
        step(i);
    return user;
}

int main(void)
{
    pthread_t thread;

    a = fa_allocator_create(NULL);
    if (a == NULL || pthread_create(&thread, NULL, work, NULL) != 0)
        return 1;
    pthread_join(thread, NULL);
    fa_allocator_release(a);
    return 0;
}
