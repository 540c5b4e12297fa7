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

static fa_allocator *a;

static void decode(uv_work_t *request)
{
    int *pixels = fa_frame_new(a, int, 64); // expect: FA701
    if (pixels != NULL)
        *(int *)request->data = pixels[0] = 1;
}

int start(uv_loop_t *loop, uv_work_t *request)
{
    return uv_queue_work(loop, request, decode, NULL);
}
