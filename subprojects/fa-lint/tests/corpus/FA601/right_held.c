/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

struct list {
    int *items;
    fa_frame_token token;
};

static struct list pending;

int produce(fa_allocator *a)
{
    if (fa_frame_begin(a) != FA_OK)
        return 0;
    pending.items = fa_frame_new_zeroed(a, int, 32);
    int held = fa_frame_hold(a, &pending.token) == FA_OK;
    fa_frame_end(a);
    return held;
}

int consume(fa_allocator *a)
{
    int sum = 0;
    for (int i = 0; i < 32 && pending.items != NULL; i++)
        sum += pending.items[i];
    pending.items = NULL;
    fa_frame_token_release(a, pending.token);
    return sum;
}
