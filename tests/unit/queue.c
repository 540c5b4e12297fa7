/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Queues of blocks that others release: their bounds, their warnings, and who takes in what piles up. */
#include "capture.h"
#include "figures.h"
#include "worker.h"

enum { MANY = 65536 };

static fa_allocator *a;
static capture reports;
static void *blocks[MANY];
static size_t count;
static fa_deferred_config config;

static void setup(const fa_config *chosen)
{
    a = fa_allocator_create(chosen);
    CHECK(a != NULL);
    capture_start(&reports, a);
    config = (fa_deferred_config)FA_DEFERRED_CONFIG_INIT;
}

static void configure(void)
{
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
}

static void allocate(size_t wanted, size_t size)
{
    for (count = 0; count < wanted; count++)
        CHECK((blocks[count] = fa_pool_alloc(a, size, 16)) != NULL);
}

static uint64_t pending(void)
{
    return figures(a).deferred_pending;
}

typedef struct range {
    size_t from;
    size_t to;
    size_t refused;
} range;

static void release_range(void *user)
{
    range *r = user;
    for (size_t i = r->from; i < r->to; i++)
        r->refused += fa_release(a, blocks[i]) != FA_OK;
}

/* On another thread, while this one sleeps outside the library. Returns how many were refused. */
static size_t release_elsewhere(size_t from, size_t to)
{
    range r = {from, to, 0};
    worker w;
    worker_start(&w);
    worker_do(&w, release_range, &r);
    worker_end(&w);
    return r.refused;
}

static void take_in(uint64_t most)
{
    CHECK_EQ(fa_deferred_process(a, most, NULL), FA_OK);
}

static void a_pile_is_reported_again_after_half_of_it_went(void)
{
    setup(NULL);
    config.mode = FA_DEFERRED_EXPLICIT;
    config.warning_threshold = 10;
    configure();
    allocate(20, 64);
    CHECK_EQ(release_elsewhere(0, 10), 0);
    CHECK_EQ(reports.by_code[204], 1);
    take_in(4);
    CHECK_EQ(release_elsewhere(10, 14), 0);
    CHECK_EQ(reports.by_code[204], 1);
    take_in(5);
    CHECK_EQ(release_elsewhere(14, 19), 0);
    CHECK_EQ(reports.by_code[204], 2);
    CHECK_EQ(pending(), 10);
    fa_allocator_release(a);
}

static void every_single_block_can_be_a_pile(void)
{
    setup(NULL);
    config.mode = FA_DEFERRED_EXPLICIT;
    config.warning_threshold = 1;
    configure();
    allocate(5, 64);
    for (size_t i = 0; i < 5; i++) {
        CHECK_EQ(release_elsewhere(i, i + 1), 0);
        take_in(UINT64_MAX);
    }
    CHECK_EQ(reports.by_code[204], 5);
    fa_allocator_release(a);
}

static void what_has_grown_does_not_bind_another_policy(void)
{
    setup(NULL);
    config.mode = FA_DEFERRED_EXPLICIT;
    config.capacity = 10;
    configure();
    allocate(600, 64);
    CHECK_EQ(release_elsewhere(0, 500), 0);
    take_in(UINT64_MAX);
    config.full_policy = FA_QUEUE_FAIL;
    configure();
    CHECK_EQ(release_elsewhere(500, 600), 90);
    CHECK_EQ(pending(), 10);
    config.full_policy = FA_QUEUE_GROW;
    configure();
    CHECK_EQ(release_elsewhere(510, 600), 0);
    fa_allocator_release(a);
}

/* With a queue as without: the owner uses frames only, or sleeps. */
static void check_memory_stays_flat(uint32_t threshold)
{
    enum { BLOCKS = 20000, SIZE = 1024, PRESSURE = 256 * 1024, STACK = 64 * 1024 };
    setup(NULL);
    config.warning_threshold = threshold;
    configure();
    allocate(BLOCKS, SIZE);
    CHECK_EQ(release_elsewhere(0, BLOCKS), 0);
    CHECK(pending() <= (PRESSURE + STACK) / SIZE);
    CHECK(figures(a).pages < 100);
    fa_allocator_release(a);
}

static void who_releases_takes_in_for_who_sleeps(void)
{
    check_memory_stays_flat(0);
    check_memory_stays_flat(UINT32_MAX);
}

static void *take_from_pool(void)
{
    return fa_pool_try_alloc(a, 256, 16);
}

static void *take_from_heap(void)
{
    return fa_heap_try_alloc(a, 300000, 16);
}

static void *take_from_frame(void)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *block = fa_frame_try_alloc(a, 1000, 16);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return block;
}

static void fill_the_limit(int32_t mode)
{
    fa_config limited = FA_CONFIG_INIT;
    limited.memory_limit = 4 << 20;
    setup(&limited);
    config.mode = mode;
    configure();
    for (count = 0; count < MANY && (blocks[count] = fa_pool_try_alloc(a, 64, 16)) != NULL; count++) {
    }
    CHECK(count < MANY);
}

static void *(*const takers[])(void) = {take_from_pool, take_from_heap, take_from_frame};

/* The first request already, whatever it wants the memory for. */
static void blocks_that_wait_are_taken_in_before_a_request_fails(void)
{
    static const int32_t modes[] = {FA_DEFERRED_ON_REFILL, FA_DEFERRED_EXPLICIT, FA_DEFERRED_FRAME_END};
    for (size_t i = 0; i < 9; i++) {
        fill_the_limit(modes[i % 3]);
        CHECK(takers[i / 3]() == NULL);
        CHECK_EQ(release_elsewhere(0, count), 0);
        CHECK(takers[i / 3]() != NULL);
        fa_allocator_release(a);
    }
}

static void unless_they_never_are(void)
{
    for (size_t i = 0; i < 3; i++) {
        fill_the_limit(FA_DEFERRED_NEVER);
        CHECK_EQ(release_elsewhere(0, count), 0);
        CHECK(takers[i]() == NULL);
        CHECK_EQ(pending(), count);
        fa_allocator_release(a);
    }
}

CHECK_MAIN(CASE(a_pile_is_reported_again_after_half_of_it_went), CASE(every_single_block_can_be_a_pile),
           CASE(what_has_grown_does_not_bind_another_policy), CASE(who_releases_takes_in_for_who_sleeps),
           CASE(blocks_that_wait_are_taken_in_before_a_request_fails), CASE(unless_they_never_are))
