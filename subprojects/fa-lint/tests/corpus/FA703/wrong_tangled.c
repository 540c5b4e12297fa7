/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

typedef struct uv_loop_s uv_loop_t;
typedef struct uv_work_s {
    void *data;
} uv_work_t;
typedef struct uv_timer_s {
    void *data;
} uv_timer_t;
int uv_queue_work(uv_loop_t *loop, uv_work_t *request, void (*work)(uv_work_t *), void (*after)(uv_work_t *, int));
int uv_timer_start(uv_timer_t *timer, void (*callback)(uv_timer_t *), unsigned long long timeout, unsigned long long repeat);
int uv_run(uv_loop_t *loop, int mode);

struct load {
    uv_work_t work;
    const char *path;
    struct load *next;
};

struct loader {
    uv_loop_t *loop;
    struct load loads[4];
    int count;
};

static void run_load(uv_work_t *work)
{
    struct load *load = (struct load *)work;
    work->data = (void *)(size_t)load->path[0];
}

static struct load *next_load(struct loader *loader)
{
    return loader->count < 4 ? &loader->loads[loader->count++] : NULL;
}

static const char *full_path(fa_allocator *a, const char *name)
{
    return fa_frame_printf(a, NULL, "assets/%s", name);
}

int load_all(fa_allocator *a, struct loader *loader, const char *const *names)
{
    int started = 0;
    if (fa_frame_begin(a) != FA_OK)
        return -1;
    for (; *names != NULL; names++) {
        struct load *load = next_load(loader);
        if (load == NULL)
            break;
        load->path = full_path(a, *names); // expect: FA601
        if (load->path == NULL)
            goto out;
        uv_queue_work(loader->loop, &load->work, run_load, NULL); // expect: FA703
        started++;
    }
out:
    fa_frame_end(a);
    return started;
}
