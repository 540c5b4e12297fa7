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

struct list {
    unsigned *items;
    unsigned count;
};

static int grow(struct list *list)
{
    list->items = fa_frame_new(a, unsigned, list->count + 1);
    if (list->items == NULL)
        return 0;
    list->items[list->count++] = 1;
    return 1;
}

static void *second(void *user)
{
    unsigned turn = 0;
    for (;;) {
        struct list list = {NULL, 0};
        if (quit)
            break;
        if (fa_frame_begin(a) != FA_OK)
            goto out;
        for (unsigned i = 0; i < turn % 7; i++)
            if (!grow(&list))
                break;
        turn += list.count;
        fa_frame_end(a); // expect: FA205
        if (turn > 100)
            turn = 0;
    }
out:;
    return user;
}

int start(pthread_t *threads)
{
    return pthread_create(&threads[0], NULL, simulate, NULL) == 0 && pthread_create(&threads[1], NULL, second, NULL) == 0;
}
