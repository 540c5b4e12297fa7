/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <threads.h>

static int count(void *user)
{
    return ((int *)user)[0];
}

void begin_count(fa_allocator *a)
{
    thrd_t thread;
    int *cells = fa_frame_new_zeroed(a, int, 4);
    if (cells != NULL && thrd_create(&thread, count, cells) == thrd_success) // expect: FA201
        thrd_detach(thread);
}
