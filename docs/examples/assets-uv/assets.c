/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Files are loaded by libuv's threads while a frame loop runs on the main one. Each load is a task: its buffers are
 * allocated wherever it happens to run, and go together when it ends. What is to stay is copied to the heap first.
 *
 *     assets FILE...
 */
#include <framealloc/framealloc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

enum { PIECE = 16 * 1024, FRAME_MILLISECONDS = 2, LEAST_FRAMES = 10 };

typedef struct piece {
    struct piece *next;
    ssize_t length;
    char bytes[];
} piece;

typedef struct load {
    uv_work_t work;
    const char *path;
    fa_task task;
    piece *first, **last;
    size_t size;
    unsigned pieces;
    char *asset; /* the whole file, in the heap */
    int failed;
} load;

static fa_allocator *a;
static uv_loop_t loop;
static uv_timer_t clock_of_frames;
static unsigned frames, frames_meanwhile, running;
static uint64_t peak_of_tasks, lines_seen;
static load *loads;
static unsigned load_count;

/* On a thread of libuv. Every piece belongs to the task, and so does the record that says so. */
static int read_piece(load *l, FILE *file)
{
    piece *p = fa_task_alloc(a, l->task, sizeof *p + PIECE, _Alignof(piece));
    if (p == NULL)
        return 0;
    p->next = NULL;
    p->length = (ssize_t)fread(p->bytes, 1, PIECE, file);
    if (p->length == 0)
        return fa_task_release(a, l->task, p) == FA_OK && !ferror(file);
    *l->last = p;
    l->last = &p->next;
    l->size += (size_t)p->length;
    l->pieces++;
    return 1;
}

static void read_file(uv_work_t *work)
{
    load *l = work->data;
    FILE *file = fopen(l->path, "rb");
    l->failed = file == NULL;
    while (!l->failed && !feof(file))
        l->failed = !read_piece(l, file);
    if (file != NULL)
        fclose(file);
}

static int keep(load *l)
{
    size_t offset = 0;
    l->asset = fa_heap_alloc(a, l->size, 1);
    if (l->asset == NULL)
        return 0;
    for (const piece *p = l->first; p != NULL; p = p->next) {
        memcpy(l->asset + offset, p->bytes, (size_t)p->length);
        offset += (size_t)p->length;
    }
    return offset == l->size;
}

/* Back on the main thread, which ends a task that ran on another. */
static void finish(uv_work_t *work, int status)
{
    load *l = work->data;
    fa_task_stats stats = FA_TASK_STATS_INIT;
    if (fa_task_get_stats(a, l->task, &stats) == FA_OK)
        peak_of_tasks += stats.peak_bytes;
    l->failed = l->failed || status != 0 || !keep(l);
    l->failed = fa_task_end(a, l->task) != FA_OK || l->failed;
    running--;
}

/* Counts the lines of what is there by now, with a copy in the frame to work on. */
static void run_frame(uv_timer_t *timer)
{
    if (fa_frame_begin(a) != FA_OK)
        exit(1);
    const load *l = &loads[frames % load_count];
    char *copy = l->asset == NULL ? NULL : fa_frame_alloc(a, l->size, 16);
    if (copy != NULL) {
        memcpy(copy, l->asset, l->size);
        for (size_t i = 0; i < l->size; i++)
            lines_seen += copy[i] == '\n';
    }
    if (fa_frame_end(a) != FA_OK)
        exit(1);
    frames_meanwhile += running != 0;
    if (++frames >= LEAST_FRAMES && running == 0)
        uv_close((uv_handle_t *)timer, NULL);
}

static int begin_load(load *l, const char *path)
{
    l->path = path;
    l->last = &l->first;
    l->work.data = l;
    running++;
    return fa_task_begin(a, path, 0, &l->task) == FA_OK && uv_queue_work(&loop, &l->work, read_file, finish) == 0;
}

/* Reads the file once more, in one go. */
static int check(const load *l)
{
    struct stat info;
    FILE *file = l->failed ? NULL : fopen(l->path, "rb");
    if (file == NULL)
        return 0;
    char *copy = malloc(l->size + 1);
    int same = copy != NULL && fread(copy, 1, l->size + 1, file) == l->size && memcmp(copy, l->asset, l->size) == 0;
    free(copy);
    fclose(file);
    return same && stat(l->path, &info) == 0 && (size_t)info.st_size == l->size;
}

static int report(void)
{
    size_t bytes = 0;
    unsigned pieces = 0, right = 0;
    for (unsigned i = 0; i < load_count; i++) {
        bytes += loads[i].size;
        pieces += loads[i].pieces;
        right += (unsigned)check(&loads[i]);
        if (!check(&loads[i]))
            fprintf(stderr, "assets: %s was not read\n", loads[i].path);
    }
    printf("%u of %u files, %zu bytes in %u pieces, while %u frames ran; %u frames saw %llu lines\n", right, load_count,
           bytes, pieces, frames_meanwhile, frames, (unsigned long long)lines_seen);
    printf("the peaks of the tasks add up to %llu bytes, %u tasks are left\n", (unsigned long long)peak_of_tasks, fa_task_count(a));
    return right == load_count && fa_task_count(a) == 0;
}

/* Every byte that was allocated has gone back. */
static int clean_up(void)
{
    fa_stats stats = FA_STATS_INIT;
    for (unsigned i = 0; i < load_count; i++)
        (void)fa_release(a, loads[i].asset);
    free(loads);
    if (fa_allocator_stats(a, &stats) != FA_OK)
        return 1;
    printf("left in use: %llu pool and %llu heap bytes\n", (unsigned long long)stats.pool.live_bytes,
           (unsigned long long)stats.heap.live_bytes);
    return stats.pool.live_bytes == 0 && stats.heap.live_bytes == 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: assets FILE...\n");
        return 2;
    }
    load_count = (unsigned)argc - 1;
    loads = calloc(load_count, sizeof *loads);
    a = fa_allocator_create(NULL);
    if (loads == NULL || a == NULL || uv_loop_init(&loop) != 0 || uv_timer_init(&loop, &clock_of_frames) != 0)
        return 1;
    int ok = 1;
    for (unsigned i = 0; i < load_count; i++)
        ok = ok && begin_load(&loads[i], argv[i + 1]);
    if (!ok || uv_timer_start(&clock_of_frames, run_frame, 0, FRAME_MILLISECONDS) != 0)
        return 1;
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    uv_library_shutdown();
    ok = report();
    ok = clean_up() && ok;
    return fa_allocator_destroy(a, 0) == FA_OK && ok ? 0 : 1;
}
