/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

static void on_budget(void *user, const fa_budget_event *event)
{
    (void)event;
    ++*(int *)user;
}

void watch(fa_allocator *a)
{
    FA_FRAME(a) {
        int *count = fa_frame_new_zeroed(a, int, 1);
        if (count != NULL)
            fa_budget_set_listener(a, on_budget, count); // expect: FA703
    }
}
