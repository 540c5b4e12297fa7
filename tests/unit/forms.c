/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

enum { MANY = 5000 };

static fa_allocator *a;
static capture heard;
static void *blocks[MANY];

static void setup_with(const fa_config *config)
{
    a = fa_allocator_create(config);
    CHECK(a != NULL);
    capture_start(&heard, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void setup(void)
{
    setup_with(NULL);
}

/* Fills every block before it looks at any. */
static void check_apart(void *const *which, size_t count, size_t size, size_t align)
{
    for (size_t i = 0; i < count; i++) {
        CHECK(aligned_to(which[i], align) && aligned_to(which[i], 16));
        pattern_fill(which[i], size, i);
    }
    for (size_t i = 0; i < count; i++)
        CHECK(pattern_holds(which[i], size, size, i));
}

static void batches_of_every_shape(void)
{
    const size_t counts[] = {1, 2, 3, 17, 1000, MANY};
    const size_t sizes[] = {1, 15, 16, 17, 64, 1000};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t j = 0; j < sizeof sizes / sizeof *sizes; j++) {
            for (size_t align = 1; align <= 256; align *= 4) {
                setup();
                CHECK_EQ(fa_frame_alloc_batch(a, blocks, counts[i], sizes[j], align), FA_OK);
                check_apart(blocks, counts[i], sizes[j], align);
                fa_stats stats = figures(a);
                CHECK_EQ(stats.frame.allocations, counts[i]);
                CHECK_EQ(stats.frame.live_count, counts[i]);
                CHECK_EQ(fa_frame_end(a), FA_OK);
                CHECK_EQ(figures(a).frame.frees, counts[i]);
                fa_allocator_release(a);
            }
        }
    }
}

typedef fa_status (*few)(fa_allocator *a, size_t size, size_t align, void **blocks);

static const few few_forms[] = {fa_frame_alloc_2, fa_frame_alloc_4, fa_frame_alloc_8};

static void few_of_every_shape(void)
{
    setup();
    uint64_t counted = 0;
    for (size_t form = 0; form < 3; form++) {
        size_t count = (size_t)2 << form;
        for (size_t size = 0; size < 3000; size += 1 + size / 3) {
            for (size_t align = 1; align <= 4096; align *= 2) {
                void *got[9] = {NULL};
                CHECK_EQ(few_forms[form](a, size, align, got), FA_OK);
                check_apart(got, count, size, align);
                CHECK(got[count] == NULL);
                for (size_t i = 1; i < count; i++)
                    CHECK(got[i] != got[i - 1]);
                counted += count;
            }
        }
    }
    CHECK_EQ(figures(a).frame.allocations, counted);
    CHECK_EQ(figures(a).frame.live_count, counted);
    fa_allocator_release(a);
}

static void they_take_no_more_than_single_blocks(void)
{
    setup();
    CHECK_EQ(fa_frame_alloc_8(a, 33, 16, blocks), FA_OK);
    CHECK_EQ(fa_frame_used(a), 8 * 48);
    CHECK_EQ(fa_frame_alloc_batch(a, blocks, 100, 0, 1), FA_OK);
    CHECK_EQ(fa_frame_used(a), 8 * 48 + 100 * 16);
    CHECK_EQ(fa_frame_give_back(a, blocks[99], 0), 1);
    CHECK_EQ(figures(a).frame.live_count, 107);
    CHECK_EQ(fa_frame_used(a), 8 * 48 + 99 * 16);
    fa_allocator_release(a);
}

/* All refusals are the same for batches and the forms that have a count in their name. */
static void refused(size_t count, size_t size, size_t align, fa_status expected)
{
    size_t used = fa_frame_used(a);
    fa_stats before = figures(a);
    memset(blocks, 0x5A, 16 * sizeof *blocks);
    CHECK_EQ(fa_frame_alloc_batch(a, blocks, count, opaque_size(size), opaque_size(align)), expected);
    CHECK_EQ(fa_last_status(), expected);
    for (size_t form = 0; count == 8 && form < 3; form++)
        CHECK_EQ(few_forms[form](a, opaque_size(size), opaque_size(align), blocks), expected);
    CHECK(all_bytes(blocks, 16 * sizeof *blocks, 0x5A));
    CHECK_EQ(fa_frame_used(a), used);
    fa_stats after = figures(a);
    CHECK(same_charges(&before, &after));
}

static void impossible_batches(void)
{
    setup();
    CHECK(fa_frame_alloc(a, 10, 16) != NULL);
    refused(8, SIZE_MAX, 16, FA_ERROR_SIZE);
    refused(8, SIZE_MAX - 15, 16, FA_ERROR_SIZE);
    refused(8, SIZE_MAX / 2, 16, FA_ERROR_SIZE);
    refused(8, (size_t)1 << 62, 16, FA_ERROR_SIZE);
    refused(SIZE_MAX, 1, 16, FA_ERROR_SIZE);
    refused(SIZE_MAX / 16 + 2, 16, 16, FA_ERROR_SIZE);
    refused(SIZE_MAX / 4096 + 2, 1, 4096, FA_ERROR_SIZE);
    refused((size_t)1 << 60, 1, 16, FA_ERROR_SIZE);
    refused(8, 64, 0, FA_ERROR_ALIGNMENT);
    refused(8, 64, 3, FA_ERROR_ALIGNMENT);
    refused(8, 64, 24, FA_ERROR_ALIGNMENT);
    refused(8, 64, (size_t)FA_ALIGN_MAX * 2, FA_ERROR_ALIGNMENT);
    refused(8, SIZE_MAX, SIZE_MAX, FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    refused(8, 64, 16, FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&heard), 1);
    fa_allocator_release(a);
}

static void nothing_to_take_and_nowhere_to_put_it(void)
{
    setup();
    CHECK_EQ(fa_frame_alloc_batch(a, NULL, 0, 64, 16), FA_OK);
    CHECK_EQ(fa_frame_alloc_soa(a, 10, NULL, 0), FA_OK);
    CHECK_EQ(fa_frame_alloc_batch(a, NULL, 1, 64, 16), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&heard), 903);
    for (size_t form = 0; form < 3; form++)
        CHECK_EQ(few_forms[form](a, 64, 16, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_frame_alloc_soa(a, 10, NULL, 1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(figures(a).frame.allocations, 0);
    CHECK_EQ(fa_frame_used(a), 0);
    fa_allocator_release(a);
}

static void cache_lines_are_not_shared(void)
{
    setup();
    for (size_t size = 0; size < 700; size++) {
        CHECK(fa_frame_alloc(a, 1, 1) != NULL);
        unsigned char *lines = fa_frame_alloc_cache_line(a, size);
        unsigned char *next = fa_frame_alloc(a, 1, 1);
        REQUIRE(lines != NULL && next != NULL);
        memset(lines, 1, size);
        CHECK(aligned_to(lines, FA_CACHE_LINE));
        CHECK((uintptr_t)next / FA_CACHE_LINE > ((uintptr_t)lines + (size == 0 ? 0 : size - 1)) / FA_CACHE_LINE);
    }
    CHECK_EQ(figures(a).frame.allocations, 2100);
    const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 62, SIZE_MAX - 63, SIZE_MAX - 64, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(fa_frame_alloc_cache_line(a, opaque_size(sizes[i])) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    }
    fa_allocator_release(a);
}

static void typed_cache_lines(void)
{
    setup();
    uint64_t *words = fa_frame_new_cache_line(a, uint64_t, 9);
    REQUIRE(words != NULL);
    CHECK(aligned_to(words, FA_CACHE_LINE));
    CHECK_EQ(fa_frame_used(a) % FA_CACHE_LINE, 0);
    CHECK(fa_frame_used(a) >= 128);
    CHECK(fa_frame_new_cache_line(a, uint64_t, opaque_size(SIZE_MAX / 4)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_frame_new_cache_line(a, uint64_t, 0) != NULL);
    fa_allocator_release(a);
}

static void arrays_lie_apart(void)
{
    for (size_t count = 0; count < 3000; count += 1 + count * 2) {
        setup();
        fa_soa_field fields[] = {{12, 4, NULL}, {1, 1, NULL}, {64, 64, NULL},
                                 {0, 8, NULL},  {3, 4096, NULL}, {8, 8, NULL}};
        CHECK(fa_frame_alloc(a, 1, 1) != NULL);
        CHECK_EQ(fa_frame_alloc_soa(a, count, fields, 6), FA_OK);
        for (size_t i = 0; i < 6; i++) {
            REQUIRE(fields[i].array != NULL);
            CHECK(aligned_to(fields[i].array, fields[i].align) && aligned_to(fields[i].array, 16));
            CHECK(i == 0 || fields[i].array > fields[i - 1].array);
            pattern_fill(fields[i].array, count * fields[i].size, i);
        }
        void *after = fa_frame_alloc(a, 64, 16);
        REQUIRE(after != NULL);
        memset(after, 0xEE, 64);
        for (size_t i = 0; i < 6; i++)
            CHECK(pattern_holds(fields[i].array, count * fields[i].size, count * fields[i].size, i));
        CHECK_EQ(figures(a).frame.allocations, 3);
        fa_allocator_release(a);
    }
}

static void arrays_refused(size_t count, fa_soa_field first, fa_soa_field second, fa_status expected)
{
    size_t used = fa_frame_used(a);
    fa_stats before = figures(a);
    fa_soa_field fields[] = {first, second};
    CHECK_EQ(fa_frame_alloc_soa(a, opaque_size(count), fields, 2), expected);
    CHECK_EQ(fa_last_status(), expected);
    CHECK(fields[0].array == first.array && fields[1].array == second.array);
    CHECK_EQ(fa_frame_used(a), used);
    fa_stats after = figures(a);
    CHECK(same_charges(&before, &after));
}

static void impossible_arrays(void)
{
    char mark;
    fa_soa_field good = {8, 8, &mark};
    setup();
    arrays_refused(10, good, (fa_soa_field){8, 0, &mark}, FA_ERROR_ALIGNMENT);
    arrays_refused(10, good, (fa_soa_field){8, 12, NULL}, FA_ERROR_ALIGNMENT);
    arrays_refused(10, (fa_soa_field){8, SIZE_MAX, NULL}, good, FA_ERROR_ALIGNMENT);
    arrays_refused(10, (fa_soa_field){SIZE_MAX, 8, NULL}, good, FA_ERROR_SIZE);
    arrays_refused(SIZE_MAX, good, good, FA_ERROR_SIZE);
    arrays_refused(SIZE_MAX / 8 + 2, good, good, FA_ERROR_SIZE);
    arrays_refused(1, (fa_soa_field){SIZE_MAX / 3, 8, NULL}, (fa_soa_field){SIZE_MAX / 3, 8, NULL}, FA_ERROR_SIZE);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    arrays_refused(10, good, good, FA_ERROR_NO_FRAME);
    fa_allocator_release(a);
}

static void typed_arrays(void)
{
    double *xs = NULL;
    unsigned char *flags = NULL;
    struct { uint32_t id; char name[9]; } *names = NULL;
    setup();
    CHECK_EQ(fa_frame_new_soa(a, 100, &xs, &flags, &names), FA_OK);
    REQUIRE(xs != NULL && flags != NULL && names != NULL);
    pattern_fill(xs, 100 * sizeof *xs, 1);
    pattern_fill(flags, 100, 2);
    pattern_fill(names, 100 * sizeof *names, 3);
    CHECK(pattern_holds(xs, 100 * sizeof *xs, 100 * sizeof *xs, 1));
    CHECK(pattern_holds(flags, 100, 100, 2));
    CHECK_EQ(figures(a).frame.allocations, 1);
    double *kept = xs;
    CHECK_EQ(fa_frame_new_soa(a, opaque_size(SIZE_MAX), &xs), FA_ERROR_SIZE);
    CHECK(xs == kept);
    char *c[8] = {NULL};
    CHECK_EQ(fa_frame_new_soa(a, 5, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6], &c[7]), FA_OK);
    for (size_t i = 0; i < 8; i++)
        CHECK(c[i] == c[0] + 16 * i);
    fa_allocator_release(a);
}

static void the_cap_leaves_nothing_behind(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 8000;
    fa_soa_field fields[] = {{8, 8, NULL}, {4, 4, NULL}};
    setup_with(&config);
    CHECK(fa_frame_alloc(a, 800, 16) != NULL);
    refused(1000, 64, 16, FA_ERROR_FRAME_CAP);
    CHECK_EQ(capture_code(&heard), 3);
    CHECK_EQ(fa_frame_alloc_8(a, 1000, 16, blocks), FA_ERROR_FRAME_CAP);
    CHECK_EQ(fa_frame_alloc_soa(a, 1000, fields, 2), FA_ERROR_FRAME_CAP);
    CHECK(fa_frame_alloc_cache_line(a, 7200) == NULL);
    CHECK_EQ(fa_frame_used(a), 800);
    CHECK_EQ(figures(a).frame.allocations, 1);
    CHECK_EQ(fa_frame_alloc_batch(a, blocks, 450, 16, 16), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), 0);
    fa_allocator_release(a);
}

static void backend_failures_leave_nothing_behind(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_soa_field fields[] = {{8, 8, NULL}, {4, 4, NULL}};
    setup_with(&config);
    s.fail_all = true;
    refused(MANY, 4000, 64, FA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(fa_frame_alloc_soa(a, 10000000, fields, 2), FA_ERROR_OUT_OF_MEMORY);
    CHECK(fa_frame_alloc_cache_line(a, 100000000) == NULL);
    CHECK_EQ(fa_frame_used(a), 0);
    s.fail_all = false;
    CHECK_EQ(fa_frame_alloc_batch(a, blocks, MANY, 4000, 64), FA_OK);
    check_apart(blocks, MANY, 4000, 64);
    CHECK_EQ(figures(a).frame.live_count, MANY);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

CHECK_MAIN(CASE(batches_of_every_shape), CASE(few_of_every_shape), CASE(they_take_no_more_than_single_blocks),
           CASE(impossible_batches), CASE(nothing_to_take_and_nowhere_to_put_it), CASE(cache_lines_are_not_shared),
           CASE(typed_cache_lines), CASE(arrays_lie_apart), CASE(impossible_arrays), CASE(typed_arrays),
           CASE(the_cap_leaves_nothing_behind), CASE(backend_failures_leave_nothing_behind))
