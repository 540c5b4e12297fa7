/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct job {
    int kind;
    unsigned *cells;
    struct job *next;
};

struct board {
    struct job *queue;
    unsigned done;
};

typedef void *(*taker)(fa_allocator *, size_t, size_t);

static void *grab(taker take, fa_allocator *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return take(a, count * size, 16);
}

static void push(struct board *board, struct job *job)
{
    job->next = board->queue;
    board->queue = job;
}

static struct job *prepare(fa_allocator *a, int kind)
{
    struct job *job = grab(fa_heap_alloc, a, 1, sizeof *job);
    if (job == NULL)
        goto out;
    job->kind = kind;
    job->next = NULL;
    switch (kind) {
    case 0:
        job->cells = grab(fa_pool_alloc, a, 8, sizeof *job->cells);
        break;
    case 1:
    case 2:
        job->cells = fa_frame_new(a, unsigned, 8); // expect: FA601
        break;
    default:
        job->cells = NULL;
    }
out:
    return job;
}

static void run(struct board *board)
{
    for (struct job *job = board->queue; job != NULL; job = job->next)
        for (int i = 0; i < 8 && job->cells != NULL; i++)
            board->done += job->cells[i];
}

int main(void)
{
    struct board board = {NULL, 0};
    fa_allocator *a = fa_allocator_create(NULL);
    for (int frame = 0; frame < 3; frame++) {
        if (fa_frame_begin(a) != FA_OK)
            continue;
        struct job *job = prepare(a, 1);
        if (job != NULL)
            push(&board, job);
        run(&board); // expect: FA601
        fa_frame_end(a);
    }
    fa_allocator_release(a);
    return (int)board.done;
}
