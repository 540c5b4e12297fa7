/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Every entry point that gives memory, with every kind of bad input. */
#include "capture.h"
#include "figures.h"

/* Each entry in one shape; count is 1 where the function has none. */
typedef void *(*entry)(fa_allocator *a, size_t count, size_t size, size_t align);

typedef struct entry_point {
    const char *name;
    entry call;
    bool counts;   /* takes a count */
    bool releases; /* what it gives goes back with fa_release() */
} entry_point;

#define ENTRY(name, expression)                                                                                       \
    static void *name(fa_allocator *a, size_t count, size_t size, size_t align)                                       \
    {                                                                                                                 \
        (void)count;                                                                                                  \
        return expression;                                                                                            \
    }

/* Where forms with several blocks put them. */
static void *taken[8];

/* The last of three arrays. */
static void *take_arrays(fa_allocator *a, size_t count, size_t size, size_t align)
{
    fa_soa_field fields[] = {{1, 1, NULL}, {0, 64, NULL}, {size, align, NULL}};
    return fa_frame_alloc_soa(a, count, fields, 3) == FA_OK ? fields[2].array : NULL;
}

ENTRY(frame, fa_frame_alloc(a, size, align))
ENTRY(frame_try, fa_frame_try_alloc(a, size, align))
ENTRY(frame_zeroed, fa_frame_alloc_zeroed(a, size, align))
ENTRY(frame_array, fa_frame_alloc_array(a, count, size, align))
ENTRY(frame_array_zeroed, fa_frame_alloc_array_zeroed(a, count, size, align))
ENTRY(frame_ahead_0, fa_frame_alloc_ahead(a, 0, size, align))
ENTRY(frame_ahead_7, fa_frame_alloc_ahead(a, 7, size, align))
ENTRY(frame_batch, fa_frame_alloc_batch(a, taken, count, size, align) == FA_OK ? taken[0] : NULL)
ENTRY(frame_2, fa_frame_alloc_2(a, size, align, taken) == FA_OK ? taken[0] : NULL)
ENTRY(frame_4, fa_frame_alloc_4(a, size, align, taken) == FA_OK ? taken[1] : NULL)
ENTRY(frame_8, fa_frame_alloc_8(a, size, align, taken) == FA_OK ? taken[7] : NULL)
ENTRY(frame_soa, take_arrays(a, count, size, align))
ENTRY(frame_realloc, fa_frame_realloc(a, NULL, 0, size, align))
ENTRY(pool, fa_pool_alloc(a, size, align))
ENTRY(pool_try, fa_pool_try_alloc(a, size, align))
ENTRY(pool_zeroed, fa_pool_alloc_zeroed(a, size, align))
ENTRY(pool_array, fa_pool_alloc_array(a, count, size, align))
ENTRY(heap, fa_heap_alloc(a, size, align))
ENTRY(heap_try, fa_heap_try_alloc(a, size, align))
ENTRY(heap_zeroed, fa_heap_alloc_zeroed(a, size, align))
ENTRY(heap_array, fa_heap_alloc_array(a, count, size, align))
ENTRY(scratch, fa_scratch_alloc(a, size, align))
ENTRY(reallocated, fa_realloc(a, NULL, size, align))
ENTRY(intent_auto, fa_alloc(a, FA_INTENT_AUTO, size, align))
ENTRY(intent_frame, fa_alloc(a, FA_INTENT_FRAME, size, align))
ENTRY(intent_pool, fa_alloc(a, FA_INTENT_POOL, size, align))
ENTRY(intent_heap, fa_alloc(a, FA_INTENT_HEAP, size, align))
ENTRY(intent_scratch, fa_alloc(a, FA_INTENT_SCRATCH, size, align))
ENTRY(zeroed_auto, fa_alloc_zeroed(a, FA_INTENT_AUTO, size, align))
ENTRY(zeroed_frame, fa_alloc_zeroed(a, FA_INTENT_FRAME, size, align))
ENTRY(array_auto, fa_alloc_array(a, FA_INTENT_AUTO, count, size, align))
ENTRY(array_frame, fa_alloc_array(a, FA_INTENT_FRAME, count, size, align))
ENTRY(array_scratch, fa_alloc_array(a, FA_INTENT_SCRATCH, count, size, align))

#define POINT(name, counts, releases) {#name, name, counts, releases}

static const entry_point entry_points[] = {
    POINT(frame, false, false),        POINT(frame_try, false, false),    POINT(frame_zeroed, false, false),
    POINT(frame_array, true, false),   POINT(frame_array_zeroed, true, false), POINT(frame_ahead_0, false, false),
    POINT(frame_ahead_7, false, false), POINT(frame_realloc, false, false), POINT(pool, false, true),
    POINT(frame_batch, false, false),  POINT(frame_2, false, false),      POINT(frame_4, false, false),
    POINT(frame_8, false, false),      POINT(frame_soa, true, false),
    POINT(pool_try, false, true),      POINT(pool_zeroed, false, true),   POINT(pool_array, true, true),
    POINT(heap, false, true),          POINT(heap_try, false, true),      POINT(heap_zeroed, false, true),
    POINT(heap_array, true, true),     POINT(scratch, false, false),      POINT(reallocated, false, true),
    POINT(intent_auto, false, true),   POINT(intent_frame, false, false), POINT(intent_pool, false, true),
    POINT(intent_heap, false, true),   POINT(intent_scratch, false, false), POINT(zeroed_auto, false, true),
    POINT(zeroed_frame, false, false), POINT(array_auto, true, true),     POINT(array_frame, true, false),
    POINT(array_scratch, true, false),
};

enum { ENTRY_POINTS = sizeof entry_points / sizeof *entry_points };

static fa_allocator *a;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void refuse(const entry_point *point, fa_allocator *whose, size_t count, size_t size, size_t align,
                   fa_status expected)
{
    fa_clear_last_status();
    void *block = point->call(whose, opaque_size(count), opaque_size(size), opaque_size(align));
    fa_status status = fa_last_status();
    if (!CHECK(block == NULL) || !CHECK_EQ(status, expected))
        printf("# by %s, count %zu, size %zu, alignment %zu\n", point->name, count, size, align);
}

static void accept(const entry_point *point, size_t size, size_t align)
{
    unsigned char *block = point->call(a, 1, opaque_size(size), opaque_size(align));
    if (!CHECK(block != NULL) || !CHECK(aligned_to(block, align)))
        printf("# by %s, size %zu, alignment %zu\n", point->name, size, align);
    if (block == NULL)
        return;
    memset(block, 1, size);
    CHECK_EQ(fa_release(a, opaque(block)) == FA_OK, point->releases);
}

static void size_zero_is_a_block(void)
{
    setup();
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        const entry_point *point = &entry_points[i];
        void *first = point->call(a, 1, 0, 16);
        void *second = point->call(a, 1, 0, 16);
        if (!CHECK(first != NULL && second != NULL && first != second))
            printf("# by %s\n", point->name);
        if (point->counts)
            CHECK(point->call(a, 0, 100, 16) != NULL);
    }
    fa_allocator_release(a);
}

static void impossible_sizes(void)
{
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 14, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - 4096,
                            SIZE_MAX - 65536, SIZE_MAX / 2 + 1};
    setup();
    fa_stats before = figures(a);
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++)
            refuse(&entry_points[i], a, 1, sizes[j], 16, FA_ERROR_SIZE);
    }
    fa_stats after = figures(a);
    CHECK(same_charges(&before, &after));
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

static void size_and_alignment_overflow_together(void)
{
    setup();
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        for (size_t align = 16; align <= FA_ALIGN_MAX; align *= 4)
            refuse(&entry_points[i], a, 1, SIZE_MAX - align + 1, align, FA_ERROR_SIZE);
    }
    fa_allocator_release(a);
}

static void count_times_size_overflows(void)
{
    const size_t pairs[][2] = {{SIZE_MAX, 2}, {2, SIZE_MAX}, {SIZE_MAX / 2 + 1, 2}, {(size_t)1 << 32, (size_t)1 << 32},
                               {SIZE_MAX, SIZE_MAX}, {SIZE_MAX / 3 + 2, 3}};
    setup();
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        for (size_t j = 0; entry_points[i].counts && j < sizeof pairs / sizeof *pairs; j++)
            refuse(&entry_points[i], a, pairs[j][0], pairs[j][1], 16, FA_ERROR_SIZE);
    }
    fa_allocator_release(a);
}

static void impossible_alignments(void)
{
    const size_t aligns[] = {0, 3, 5, 6, 7, 24, 48, 4095, 4097, (size_t)1 << 31, (size_t)1 << 40, (size_t)1 << 63,
                             SIZE_MAX};
    setup();
    fa_stats before = figures(a);
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        for (size_t j = 0; j < sizeof aligns / sizeof *aligns; j++)
            refuse(&entry_points[i], a, 1, 64, aligns[j], FA_ERROR_ALIGNMENT);
    }
    fa_stats after = figures(a);
    CHECK(same_charges(&before, &after));
    fa_allocator_release(a);
}

static void possible_alignments(void)
{
    setup();
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        for (size_t align = 1; align <= (size_t)2 << 20; align *= 2)
            accept(&entry_points[i], 100, align);
    }
    fa_allocator_release(a);
}

static void null_allocator(void)
{
    for (size_t i = 0; i < ENTRY_POINTS; i++)
        refuse(&entry_points[i], NULL, 1, 64, 16, FA_ERROR_INVALID_ALLOCATOR);
}

static void released_allocator(void)
{
    setup();
    fa_allocator_release(a);
    for (size_t i = 0; i < ENTRY_POINTS; i++)
        refuse(&entry_points[i], a, 1, 64, 16, FA_ERROR_INVALID_ALLOCATOR);
}

static int32_t never(void *user)
{
    (void)user;
    CHECK(false);
    return 0;
}

static void check_texts_refuse(fa_allocator *gone)
{
    const char *const parts[] = {"a", "b"};
    CHECK(fa_frame_printf(gone, NULL, "%d", 1) == NULL);
    CHECK(fa_frame_text(gone, "a", 1) == NULL);
    CHECK(fa_frame_strdup(gone, "a") == NULL);
    CHECK(fa_frame_join(gone, parts, 2, NULL, NULL) == NULL);
    CHECK(fa_frame_alloc_cache_line(gone, 64) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
}

static void check_other_functions_refuse(fa_allocator *gone)
{
    static char local[16];
    fa_frame_token token = 0;
    fa_subframe scope = 0;
    fa_config config = FA_CONFIG_INIT;
    fa_stats stats = FA_STATS_INIT;
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    size_t total = 0;
    const fa_status answers[] = {
        fa_frame_begin(gone),           fa_frame_end(gone),
        fa_frame_warm(gone, 1),         fa_frame_hold(gone, &token),
        fa_frame_rollback(gone, 1),     fa_frame_commit(gone, 1),
        fa_release(gone, opaque(local)), fa_scratch_reset(gone),
        fa_allocator_trim(gone, NULL),  fa_allocator_config(gone, &config),
        fa_allocator_stats(gone, &stats), fa_lane_get_stats(gone, NULL, &lane),
        fa_heap_blocks(gone, NULL, 0, &total), fa_lane_bind(gone, NULL, NULL),
        fa_diagnostic_set_sink(gone, NULL, NULL), fa_subframe_begin(gone, &scope),
        fa_subframe_end(gone, 1, NULL, NULL), fa_frame_speculate(gone, never, NULL, NULL),
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        if (!CHECK_EQ(answers[i], FA_ERROR_INVALID_ALLOCATOR))
            printf("# function %zu of the list\n", i);
    }
    CHECK_EQ(fa_frame_active(gone), 0);
    CHECK_EQ(fa_frame_number(gone), 0);
    CHECK_EQ(fa_frame_used(gone), 0);
    CHECK_EQ(fa_frame_remaining(gone), 0);
    CHECK(fa_frame_epoch(gone) == NULL);
    CHECK_EQ(fa_frame_checkpoint(gone), 0);
    check_texts_refuse(gone);
    CHECK_EQ(fa_usable_size(gone, local), 0);
    CHECK_EQ(fa_owns(gone, local), 0);
    CHECK_EQ(fa_scratch_used(gone), 0);
    CHECK(fa_lane_create(gone, NULL) == NULL);
    CHECK(fa_lane_current(gone) == NULL);
    CHECK_EQ(fa_allocator_references(gone), 0);
}

static void no_allocator_for_the_other_functions(void)
{
    check_other_functions_refuse(NULL);
    setup();
    fa_allocator_release(a);
    check_other_functions_refuse(a);
}

static void no_frame(void)
{
    setup();
    CHECK_EQ(fa_frame_end(a), FA_OK);
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        const entry_point *point = &entry_points[i];
        bool framed = strstr(point->name, "frame") != NULL;
        if (framed)
            refuse(point, a, 1, 64, 16, FA_ERROR_NO_FRAME);
        else
            accept(point, 64, 16);
    }
    CHECK_EQ(figures(a).frame.allocations, 0);
    fa_allocator_release(a);
}

static void bad_size_without_a_frame(void)
{
    setup();
    CHECK_EQ(fa_frame_end(a), FA_OK);
    for (size_t i = 0; i < ENTRY_POINTS; i++) {
        CHECK(entry_points[i].call(a, 1, opaque_size(SIZE_MAX), 16) == NULL);
        CHECK(entry_points[i].call(a, 1, 16, opaque_size(3)) == NULL);
    }
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(size_zero_is_a_block), CASE(impossible_sizes), CASE(size_and_alignment_overflow_together),
           CASE(count_times_size_overflows), CASE(impossible_alignments), CASE(possible_alignments),
           CASE(null_allocator), CASE(released_allocator), CASE(no_allocator_for_the_other_functions), CASE(no_frame),
           CASE(bad_size_without_a_frame))
