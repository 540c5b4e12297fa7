/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

enum { WORKERS = 3 };

static fa_allocator *a;
static fa_barrier boundary;

enum { LAST = 300 };

struct stage {
    unsigned step;
    int idle;
    float values[16];
};

static void settle(struct stage *stage)
{
    for (int i = 1; i < 16; i++)
        stage->values[i] = (stage->values[i] + stage->values[i - 1]) / 2;
}

static void *work(void *user)
{
    struct stage *stage = user;
    for (;;) {
        unsigned step = stage != NULL ? stage->step++ : 7;
        if (step >= LAST)
            break;
        switch (step % 3) {
        case 0:
            settle(stage);
            break;
        case 1:
            if (stage->idle)
                goto next;
            settle(stage);
            break;
        default:
            fa_barrier_wait(a, boundary); // expect: FA202
            continue;
        }
        fa_barrier_wait(a, boundary); // expect: FA202
next:
        continue;
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[WORKERS];
    a = fa_allocator_create(NULL);
    if (a == NULL || fa_barrier_create(a, "frame", WORKERS + 1, &boundary) != FA_OK)
        return 1;
    for (int i = 0; i < WORKERS; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            return 1;
    for (int frame = 0; frame < 100; frame++)
        fa_barrier_wait(a, boundary);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    fa_allocator_release(a);
    return 0;
}
