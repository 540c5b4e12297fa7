/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Runs each fast path as often as the argument says, in a function of its own, for instructions.py to count. */
#include <framealloc/framealloc.h>

#include <stdio.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline, noipa))
#if defined(__clang__)
#undef NOINLINE
#define NOINLINE __attribute__((noinline))
#endif

static void must(int condition)
{
    if (!condition) {
        fputs("instructions: a call failed\n", stderr);
        exit(1);
    }
}

/* Keeps a result alive without a call or a store. */
static inline void keep(void *value)
{
    __asm__ volatile("" : : "r"(value));
}

static NOINLINE void op_loop(fa_allocator *a, long n)
{
    for (long i = 0; i < n; i++)
        keep(a);
}

static NOINLINE void op_frame_alloc(fa_allocator *a, long n)
{
    for (long i = 0; i < n; i++)
        keep(fa_frame_alloc(a, 64, 16));
}

static NOINLINE void op_frame_alloc_ahead(fa_allocator *a, long n)
{
    for (long i = 0; i < n; i++)
        keep(fa_frame_alloc_ahead(a, 1, 64, 16));
}

static NOINLINE void op_frame_alloc_array(fa_allocator *a, long n)
{
    for (long i = 0; i < n; i++)
        keep(fa_frame_alloc_array(a, 10, 64, 16));
}

/* Under a tag and in a phase: nothing per allocation. */
static NOINLINE void op_frame_alloc_tagged(fa_allocator *a, long n)
{
    must(fa_tag_push_name(a, "instructions") == FA_OK);
    must(fa_phase_begin(a, "instructions") == FA_OK);
    for (long i = 0; i < n; i++)
        keep(fa_frame_alloc(a, 64, 16));
    must(fa_phase_end(a) == FA_OK);
    must(fa_tag_pop(a) == FA_OK);
}

/* Under a limit that is far: now and then a stretch of 16 KiB is charged. */
static NOINLINE void op_frame_alloc_budgeted(fa_allocator *a, long n)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = (uint64_t)1 << 40;
    must(fa_budget_set_tag(a, fa_tag_get(a, "budgeted"), &budget) == FA_OK);
    must(fa_tag_push_name(a, "budgeted") == FA_OK);
    for (long i = 0; i < n; i++)
        keep(fa_frame_alloc(a, 64, 16));
    must(fa_tag_pop(a) == FA_OK);
}

static NOINLINE void take_window(fa_window *window, long n)
{
    for (long i = 0; i < n; i++)
        keep(fa_window_alloc(window, 64, 16));
}

static NOINLINE void op_window_alloc(fa_allocator *a, long n)
{
    fa_window window;
    must(fa_window_open(a, &window, 0) == FA_OK);
    take_window(&window, n);
    must(fa_window_close(&window) == FA_OK);
}

static NOINLINE void op_frame_begin_end(fa_allocator *a, long n)
{
    for (long i = 0; i < n; i++) {
        (void)fa_frame_begin(a);
        (void)fa_frame_end(a);
    }
}

static void ignore_report(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

/* Between two snapshots. The one that is due at the first frame fails, and the next is due in weeks. */
static NOINLINE void op_frame_begin_end_snapshots(fa_allocator *a, long n)
{
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = "/nonexistent";
    config.request_file = NULL;
    config.interval_ms = UINT32_MAX;
    must(fa_diagnostic_set_sink(a, ignore_report, NULL) == FA_OK);
    must(fa_snapshot_configure(a, &config) == FA_OK);
    for (long i = 0; i < n; i++) {
        (void)fa_frame_begin(a);
        (void)fa_frame_end(a);
    }
    must(fa_snapshot_configure(a, NULL) == FA_OK);
}

static NOINLINE void op_pool_pair(fa_allocator *a, long n)
{
    for (long i = 0; i < n; i++) {
        void *block = fa_pool_alloc(a, 64, 16);
        keep(block);
        (void)fa_release(a, block);
    }
}

static NOINLINE void pair_magazine(fa_magazine *magazine, long n)
{
    for (long i = 0; i < n; i++) {
        void *block = fa_magazine_take(magazine);
        keep(block);
        (void)fa_magazine_give(magazine, block);
    }
}

static NOINLINE void op_magazine_pair(fa_allocator *a, long n)
{
    fa_magazine magazine;
    must(fa_magazine_open(a, &magazine, 64, 16) == FA_OK);
    pair_magazine(&magazine, n);
    must(fa_magazine_close(&magazine) == FA_OK);
}

static NOINLINE void pair_heap(fa_allocator *a, long n, size_t size)
{
    for (long i = 0; i < n; i++) {
        void *block = fa_heap_alloc(a, size, 16);
        keep(block);
        (void)fa_release(a, block);
    }
}

static NOINLINE void op_heap_pair_8KiB(fa_allocator *a, long n)
{
    pair_heap(a, n, 8 * 1024);
}

static NOINLINE void op_heap_pair_100KiB(fa_allocator *a, long n)
{
    pair_heap(a, n, 100 * 1024);
}

static void run(fa_allocator *a, long n)
{
    op_loop(a, n);
    op_frame_begin_end(a, n);
    op_frame_begin_end_snapshots(a, n);
    must(fa_frame_begin(a) == FA_OK);
    op_frame_alloc(a, n);
    op_frame_alloc_ahead(a, n);
    op_frame_alloc_array(a, n);
    op_frame_alloc_tagged(a, n);
    op_frame_alloc_budgeted(a, n);
    op_window_alloc(a, n);
    must(fa_frame_end(a) == FA_OK);
    op_pool_pair(a, n);
    op_magazine_pair(a, n);
    op_heap_pair_8KiB(a, n);
    op_heap_pair_100KiB(a, n);
}

int main(int argc, char **argv)
{
    long n = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    must(n > 0);
    /* Chunks that hold everything: the difference of two counts must be fast paths alone. */
    fa_config config = FA_CONFIG_INIT;
    config.frame_chunk_min = config.frame_chunk_max = (size_t)4 << 20;
    fa_allocator *a = fa_allocator_create(&config);
    must(a != NULL);
    run(a, n);
    fa_allocator_release(a);
    return 0;
}
