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

static fa_allocator *a;
static int ticks;

static void on_timer(uv_timer_t *timer)
{
    char *text = fa_frame_printf(a, NULL, "tick %d", ticks++); // expect: FA701
    if (text != NULL)
        *(char *)timer->data = text[0];
}

int start(uv_timer_t *timer)
{
    return uv_timer_start(timer, on_timer, 0, 16);
}
