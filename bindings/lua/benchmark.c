/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Three jobs of benchmark.lua in C: what a compiled loop of LuaJIT is compared with. */
#include <framealloc/framealloc.h>

#include <stdio.h>
#include <time.h>

enum { ROUNDS = 2000, BLOCKS = 1000, ELEMENTS = 100000, UNITS = 10000 };

typedef struct unit {
    float x, y;
    int32_t health;
} unit;

static double now(void)
{
    struct timespec time;
    (void)timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int blocks(fa_allocator *a)
{
    fa_window window;
    if (fa_window_open(a, &window, (size_t)1 << 20) != FA_OK)
        return 0;
    for (int i = 1; i <= BLOCKS; i++) {
        volatile int32_t *block = fa_window_alloc(&window, 64, 16);
        if (block == NULL)
            return 0;
        *block = i;
    }
    return fa_window_close(&window) == FA_OK;
}

static int floats(fa_allocator *a)
{
    volatile float *p = fa_frame_alloc_array(a, ELEMENTS, sizeof *p, FA_ALIGN_DEFAULT);
    double sum = 0;
    if (p == NULL)
        return 0;
    for (int i = 0; i < ELEMENTS; i++)
        p[i] = (float)i;
    for (int i = 0; i < ELEMENTS; i++)
        sum += (double)p[i];
    return sum > 0;
}

static int units(fa_allocator *a)
{
    volatile unit *all = fa_frame_alloc_array_zeroed(a, UNITS, sizeof *all, FA_ALIGN_DEFAULT);
    if (all == NULL)
        return 0;
    for (int i = 0; i < UNITS; i++)
        all[i].x = all[i].y + (float)i;
    return all[1].x > 0;
}

static void measure(fa_allocator *a, const char *name, int (*job)(fa_allocator *))
{
    double best = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double start = now();
        (void)fa_frame_begin(a);
        if (!job(a))
            fprintf(stderr, "%s failed\n", name);
        (void)fa_frame_end(a);
        double spent = now() - start;
        best = best == 0 || spent < best ? spent : best;
    }
    printf("%-36s %-26s %10.1f us\n", name, "C", best);
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    measure(a, "1000 blocks of 16 floats, written", blocks);
    measure(a, "100000 floats, filled and added up", floats);
    measure(a, "10000 structs, a field each", units);
    fa_allocator_release(a);
    return 0;
}
