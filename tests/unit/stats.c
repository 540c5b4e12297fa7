/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

typedef struct newer_stats {
    fa_stats stats;
    unsigned char tail[64];
} newer_stats;

static fa_allocator *a;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
}

enum { BLOCKS = 64 };
static void *blocks[BLOCKS];

static void random_step(dice *d, fa_intent_stats *expected)
{
    size_t i = dice_below(d, BLOCKS);
    if (blocks[i] != NULL) {
        expected->frees++;
        expected->live_bytes -= fa_usable_size(a, blocks[i]);
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
        blocks[i] = NULL;
    } else {
        int32_t intent = dice_below(d, 2) ? FA_INTENT_POOL : FA_INTENT_HEAP;
        blocks[i] = fa_alloc(a, intent, 1 + dice_size(d, 12), 16);
        expected->allocations++;
        expected->live_bytes += fa_usable_size(a, blocks[i]);
    }
}

static void figures_follow_every_operation(void)
{
    dice d = {dice_seed()};
    fa_intent_stats expected = {0, 0, 0, 0, 0};
    setup();
    memset(blocks, 0, sizeof blocks);
    for (int i = 0; i < 5000; i++) {
        random_step(&d, &expected);
        fa_stats stats = figures(a);
        check_adds_up(&stats);
        CHECK_EQ(stats.pool.allocations + stats.heap.allocations, expected.allocations);
        CHECK_EQ(stats.pool.frees + stats.heap.frees, expected.frees);
        CHECK_EQ(stats.pool.live_bytes + stats.heap.live_bytes, expected.live_bytes);
    }
    fa_allocator_release(a);
}

static void pool_peak_is_exact_in_one_class(void)
{
    setup();
    void *held[500];
    for (size_t i = 0; i < 500; i++)
        REQUIRE((held[i] = fa_pool_alloc(a, 64, 16)) != NULL);
    CHECK_EQ(figures(a).pool.peak_bytes, 500 * 64);
    for (size_t i = 0; i < 500; i++)
        CHECK_EQ(fa_release(a, held[i]), FA_OK);
    for (size_t i = 0; i < 300; i++)
        REQUIRE((held[i] = fa_pool_alloc(a, 64, 16)) != NULL);
    CHECK_EQ(figures(a).pool.peak_bytes, 500 * 64);
    CHECK_EQ(figures(a).pool.live_bytes, 300 * 64);
    for (size_t i = 0; i < 300; i++)
        CHECK_EQ(fa_release(a, held[i]), FA_OK);
    for (size_t i = 0; i < 500; i++)
        REQUIRE((held[i] = fa_pool_alloc(a, 64, 16)) != NULL);
    void *one_more = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(figures(a).pool.peak_bytes, 501 * 64);
    CHECK(one_more != NULL);
    fa_allocator_release(a);
}

static void heap_peak_is_exact_for_one_size(void)
{
    setup();
    void *held[10];
    for (size_t i = 0; i < 10; i++)
        REQUIRE((held[i] = fa_heap_alloc(a, 1 << 20, 16)) != NULL);
    uint64_t peak = 10 * fa_usable_size(a, held[0]);
    CHECK_EQ(figures(a).heap.peak_bytes, peak);
    for (size_t i = 0; i < 10; i++)
        CHECK_EQ(fa_release(a, held[i]), FA_OK);
    CHECK_EQ(figures(a).heap.peak_bytes, peak);
    CHECK_EQ(figures(a).heap.live_bytes, 0);
    fa_allocator_release(a);
}

static void frame_peak_is_the_largest_frame(void)
{
    const size_t sizes[] = {1600, 160000, 16};
    setup();
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, sizes[i], 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(lane_figures(a).last_frame_bytes, sizes[i]);
        CHECK_EQ(lane_figures(a).frame_number, i + 1);
    }
    CHECK_EQ(figures(a).frame.peak_bytes, 160000);
    CHECK_EQ(figures(a).frame.allocations, 3);
    CHECK_EQ(figures(a).frame.frees, 3);
    fa_allocator_release(a);
}

static void *work_on_a_lane(void *user)
{
    size_t index = *(size_t *)user;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t i = 0; i < 10 * (index + 1); i++) {
        CHECK(fa_frame_alloc(a, 100, 16) != NULL);
        CHECK(fa_pool_alloc(a, 100, 16) != NULL);
        CHECK(fa_heap_alloc(a, 5000, 16) != NULL);
        CHECK(fa_scratch_alloc(a, 100, 16) != NULL);
    }
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    return NULL;
}

static void add(fa_intent_stats *sum, const fa_intent_stats *part)
{
    sum->live_bytes += part->live_bytes;
    sum->live_count += part->live_count;
    sum->peak_bytes += part->peak_bytes;
    sum->allocations += part->allocations;
    sum->frees += part->frees;
}

static void check_sum(const fa_intent_stats *sum, const fa_intent_stats *whole)
{
    CHECK(same_intent(sum, whole));
    CHECK_EQ(sum->peak_bytes, whole->peak_bytes);
}

static void lanes_add_up_to_the_allocator(void)
{
    setup();
    for (size_t i = 0; i < 4; i++) {
        CHECK_EQ(fa_lane_bind(a, fa_lane_create(a, "worker"), NULL), FA_OK);
        (void)work_on_a_lane(&i);
    }
    fa_stats whole = figures(a);
    fa_stats sum = FA_STATS_INIT;
    CHECK_EQ(whole.lanes, 4);
    for (uint32_t i = 0; i < fa_lane_count(a); i++) {
        fa_lane_stats lane = FA_LANE_STATS_INIT;
        CHECK_EQ(fa_lane_get_stats(a, fa_lane_at(a, i), &lane), FA_OK);
        CHECK(lane.pool.allocations > 0);
        add(&sum.frame, &lane.frame);
        add(&sum.pool, &lane.pool);
        add(&sum.heap, &lane.heap);
        add(&sum.scratch, &lane.scratch);
        sum.pages += lane.pages;
        sum.chunks += lane.chunks;
        sum.chunk_bytes += lane.chunk_bytes;
        sum.refills += lane.refills;
    }
    check_sum(&sum.frame, &whole.frame);
    check_sum(&sum.pool, &whole.pool);
    check_sum(&sum.heap, &whole.heap);
    check_sum(&sum.scratch, &whole.scratch);
    CHECK_EQ(sum.pages, whole.pages);
    CHECK_EQ(sum.chunks, whole.chunks);
    CHECK_EQ(sum.chunk_bytes, whole.chunk_bytes);
    CHECK_EQ(sum.refills, whole.refills);
    CHECK(whole.refills > 0);
    fa_allocator_release(a);
}

static void fragmentation_is_the_empty_share(void)
{
    setup();
    void *held[640];
    for (size_t i = 0; i < 640; i++)
        REQUIRE((held[i] = fa_pool_alloc(a, 1024, 16)) != NULL);
    fa_stats stats = figures(a);
    CHECK(stats.page_bytes >= 640 * 1024);
    double expected = 1.0 - (double)(stats.pool.live_bytes) / (double)stats.page_bytes;
    CHECK(stats.fragmentation > expected - 0.001 && stats.fragmentation < expected + 0.001);
    for (size_t i = 1; i < 640; i++)
        CHECK_EQ(fa_release(a, held[i]), FA_OK);
    CHECK(figures(a).fragmentation > 0.9);
    fa_allocator_release(a);
}

static void switched_off_means_disabled(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.statistics = 0;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_stats stats = FA_STATS_INIT;
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    CHECK(fa_pool_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_allocator_stats(a, &stats), FA_ERROR_DISABLED);
    CHECK_EQ(fa_lane_get_stats(a, NULL, &lane), FA_ERROR_DISABLED);
    fa_allocator_release(a);
}

static void struct_sizes(void)
{
    setup();
    capture_mute(a);
    fa_stats small = FA_STATS_INIT;
    small.struct_size = 16;
    CHECK_EQ(fa_allocator_stats(a, &small), FA_ERROR_STRUCT_SIZE);
    fa_lane_stats small_lane = FA_LANE_STATS_INIT;
    small_lane.struct_size = 0;
    CHECK_EQ(fa_lane_get_stats(a, NULL, &small_lane), FA_ERROR_STRUCT_SIZE);
    newer_stats newer = {.stats = FA_STATS_INIT};
    memset(newer.tail, 0xAA, sizeof newer.tail);
    newer.stats.struct_size = (uint32_t)sizeof newer;
    CHECK_EQ(fa_allocator_stats(a, &newer.stats), FA_OK);
    CHECK_EQ(newer.stats.struct_size, sizeof newer);
    CHECK_EQ(newer.tail[0] | newer.tail[63], 0);
    CHECK_EQ(fa_allocator_stats(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_lane_get_stats(a, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_stats stats = FA_STATS_INIT;
    CHECK_EQ(fa_allocator_stats(NULL, &stats), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(figures_follow_every_operation), CASE(pool_peak_is_exact_in_one_class),
           CASE(heap_peak_is_exact_for_one_size), CASE(frame_peak_is_the_largest_frame),
           CASE(lanes_add_up_to_the_allocator), CASE(fragmentation_is_the_empty_share),
           CASE(switched_off_means_disabled), CASE(struct_sizes))
