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

static void work(uv_work_t *request)
{
    *(int *)request->data = 1;
}

int start(fa_allocator *a, uv_loop_t *loop, uv_work_t *request)
{
    if (fa_frame_begin(a) != FA_OK)
        return -1;
    request->data = fa_frame_new(a, int, 1); // expect: FA601
    int status = uv_queue_work(loop, request, work, NULL); // expect: FA703
    fa_frame_end(a);
    return status;
}
