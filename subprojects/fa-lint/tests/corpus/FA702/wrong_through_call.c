/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <ucontext.h>

static ucontext_t here, scheduler;

static void yield(void)
{
    swapcontext(&here, &scheduler);
}

struct path {
    int *cells;
    int count;
};

int walk(fa_allocator *a)
{
    struct path path = {fa_frame_new(a, int, 32), 32};
    if (path.cells == NULL)
        return 0;
    path.cells[0] = 1;
    yield();
    return path.cells[0]; // expect: FA702
}
