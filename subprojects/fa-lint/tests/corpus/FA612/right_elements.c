/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>

enum { SLOTS = 8 };
static void *slots[SLOTS];

static void fill(fa_allocator *a, int first, int step)
{
    for (int i = first; i < SLOTS; i += step)
        slots[i] = fa_pool_alloc(a, 32, 16);
}

static void drain(fa_allocator *a)
{
    for (int i = 0; i < SLOTS; i++)
        fa_release(a, slots[i]);
}

/* Some of them in the frame, the others after it. */
static void in_two_goes(fa_allocator *a, int frames, int blocks, int early)
{
    void *kept[SLOTS];
    for (int frame = 0; frame < frames; frame++) {
        for (int i = 0; i < blocks; i++)
            kept[i] = fa_pool_alloc(a, 64, 16);
        for (int i = 0; i < early; i++)
            fa_release(a, kept[i]);
        for (int i = early; i < blocks; i++)
            fa_release(a, kept[i]);
    }
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    for (int turn = 0; turn < 3; turn++) {
        fill(a, 0, 2);
        fill(a, 1, 2);
        drain(a);
    }
    in_two_goes(a, 3, 6, 2);
    fa_allocator_release(a);
    return 0;
}
