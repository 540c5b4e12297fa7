/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

void pool_submit(FA_KEPT void (*run)(void *), FA_KEPT void *user);

static fa_allocator *a;

static void run(void *user)
{
    int *sum = user, *values = fa_frame_new_zeroed(a, int, 8); // expect: FA701
    if (values != NULL)
        *sum += values[0];
}

void submit(int *sum)
{
    pool_submit(run, sum);
}
