/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <pthread.h>

struct task {
    void (*run)(struct task *task);
    unsigned *data;
    struct task *next;
};

struct pool {
    pthread_t threads[2];
    struct task *tasks;
};

static void square(struct task *task)
{
    task->data[0] *= task->data[0];
}

static void *worker(void *user)
{
    for (struct task *task = user; task != NULL; task = task->next)
        task->run(task);
    return NULL;
}

static struct task *build(fa_allocator *a, unsigned n)
{
    struct task *first = NULL;
    for (unsigned i = 0; i < n; i++) {
        struct task *task = fa_frame_new(a, struct task, 1);
        if (task == NULL)
            break;
        *task = (struct task){square, fa_frame_new_zeroed(a, unsigned, 8), first};
        first = task;
    }
    return first;
}

static int launch(struct pool *pool, struct task *tasks)
{
    if (tasks == NULL)
        return 0;
    return pthread_create(&pool->threads[0], NULL, worker, tasks) == 0;
}

int frame(fa_allocator *a, struct pool *pool, unsigned n)
{
    int started = 0;
    if (fa_frame_begin(a) != FA_OK)
        return -1;
    switch (n) {
    case 0:
        break;
    default:
        started = launch(pool, build(a, n)); // expect: FA201
    }
    fa_frame_end(a);
    return started;
}
