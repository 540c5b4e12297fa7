/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

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

struct request {
    uv_work_t work;
    fa_allocator *allocator;
    int width, height;
    unsigned *result;
};

static unsigned *room(fa_allocator *a, int width, int height)
{
    return fa_frame_new(a, unsigned, (size_t)(width * height));
}

static void scale(uv_work_t *work)
{
    struct request *request = (struct request *)work;
    int width = request->width, height = request->height;
    while (width > 1 && height > 1) {
        unsigned *level = room(request->allocator, width, height); // expect: FA701
        if (level == NULL)
            goto out;
        for (int i = 0; i < width * height; i++)
            level[i] = (unsigned)i;
        request->result[0] += level[0];
        width /= 2;
        height /= 2;
    }
out:
    request->width = width;
}

static void done(uv_work_t *work, int status)
{
    struct request *request = (struct request *)work;
    request->height = status;
}

int scale_later(uv_loop_t *loop, struct request *request)
{
    return uv_queue_work(loop, &request->work, scale, done);
}
