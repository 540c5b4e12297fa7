/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static void finished(void *user)
{
    *(int *)user = 1;
}

int *run(fa_allocator *a, fa_task task)
{
    if (fa_frame_begin(a) != FA_OK)
        return NULL;
    int *flag = fa_frame_new_zeroed(a, int, 1);
    if (flag != NULL)
        fa_task_on_end(a, task, finished, flag); // expect: FA703
    fa_frame_end(a);
    return NULL;
}
