/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <ucontext.h>

static ucontext_t here, scheduler;

int step(fa_allocator *a)
{
    int *cells = fa_frame_new_zeroed(a, int, 16);
    if (cells == NULL)
        return 0;
    swapcontext(&here, &scheduler);
    return cells[0]; // expect: FA702
}
