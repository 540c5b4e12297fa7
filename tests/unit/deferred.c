/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks that others release: when their owner takes them in, and what happens when too many wait. */
#include "capture.h"
#include "figures.h"
#include "worker.h"

#include <sched.h>

enum { BLOCKS = 100, SIZE = 64 };

static fa_allocator *a;
static capture reports;
static worker owner;
static void *blocks[BLOCKS];
static fa_deferred_config config;

static void allocate(void *user)
{
    (void)user;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = fa_pool_alloc(a, SIZE, 16);
        CHECK(blocks[i] != NULL);
    }
}

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
    worker_start(&owner);
    worker_do(&owner, allocate, NULL);
    config = (fa_deferred_config)FA_DEFERRED_CONFIG_INIT;
}

static void configure(int32_t mode)
{
    config.mode = mode;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
}

static void bound_queues(int32_t mode, int32_t policy, uint32_t capacity)
{
    config.full_policy = policy;
    config.capacity = capacity;
    configure(mode);
}

static fa_deferred_stats deferred(void)
{
    fa_deferred_stats stats = FA_DEFERRED_STATS_INIT;
    CHECK_EQ(fa_deferred_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.sent, stats.processed + stats.pending);
    CHECK_EQ(figures(a).deferred_pending, stats.pending);
    return stats;
}

static uint64_t pending(void)
{
    return deferred().pending;
}

static void release(size_t from, size_t count)
{
    for (size_t i = from; i < from + count; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
}

static void teardown(void)
{
    worker_end(&owner);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

static void begin_frame(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void end_frame(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

/* More than lie ready, so that the lane has to look for some. */
static void use_many(void *user)
{
    size_t *size = user;
    static void *many[2000];
    for (size_t i = 0; i < 2000; i++) {
        many[i] = fa_pool_alloc(a, *size, 16);
        CHECK(many[i] != NULL);
    }
    for (size_t i = 0; i < 2000; i++)
        CHECK_EQ(fa_release(a, many[i]), FA_OK);
}

static void use_one(void *user)
{
    void *block = fa_alloc(a, *(int32_t *)user, 300, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
}

static void process(void *user)
{
    uint64_t *most = user;
    CHECK_EQ(fa_deferred_process(a, *most, most), FA_OK);
}

static size_t other_size = 512;

static void a_refill_takes_them_in(void)
{
    setup();
    release(0, BLOCKS);
    CHECK_EQ(pending(), BLOCKS);
    worker_do(&owner, begin_frame, NULL);
    worker_do(&owner, end_frame, NULL);
    CHECK_EQ(pending(), BLOCKS);
    worker_do(&owner, use_many, &other_size);
    CHECK_EQ(pending(), 0);
    CHECK_EQ(deferred().batches, 1);
    CHECK_EQ(deferred().largest_batch, BLOCKS);
    teardown();
}

static void the_begin_of_a_frame_takes_them_in(void)
{
    setup();
    configure(FA_DEFERRED_FRAME_BEGIN);
    release(0, BLOCKS / 2);
    worker_do(&owner, use_many, &other_size);
    CHECK_EQ(pending(), BLOCKS / 2);
    worker_do(&owner, begin_frame, NULL);
    CHECK_EQ(pending(), 0);
    release(BLOCKS / 2, BLOCKS / 2);
    worker_do(&owner, end_frame, NULL);
    CHECK_EQ(pending(), BLOCKS / 2);
    teardown();
}

static void the_end_of_a_frame_takes_them_in(void)
{
    setup();
    configure(FA_DEFERRED_FRAME_END);
    release(0, BLOCKS / 2);
    worker_do(&owner, use_many, &other_size);
    worker_do(&owner, begin_frame, NULL);
    CHECK_EQ(pending(), BLOCKS / 2);
    worker_do(&owner, end_frame, NULL);
    CHECK_EQ(pending(), 0);
    teardown();
}

static void each_allocation_takes_a_few_in(void)
{
    int32_t intent = FA_INTENT_POOL;
    setup();
    config.per_allocation = 3;
    configure(FA_DEFERRED_INCREMENTAL);
    release(0, BLOCKS);
    worker_do(&owner, use_one, &intent);
    CHECK_EQ(pending(), BLOCKS - 3);
    intent = FA_INTENT_HEAP;
    worker_do(&owner, use_one, &intent);
    CHECK_EQ(pending(), BLOCKS - 6);
    configure(FA_DEFERRED_ON_REFILL);
    intent = FA_INTENT_POOL;
    worker_do(&owner, use_one, &intent);
    CHECK_EQ(pending(), BLOCKS - 6);
    teardown();
}

static void they_wait_until_they_are_asked_for(void)
{
    uint64_t most = 10;
    setup();
    configure(FA_DEFERRED_EXPLICIT);
    release(0, BLOCKS);
    worker_do(&owner, use_many, &other_size);
    worker_do(&owner, begin_frame, NULL);
    worker_do(&owner, end_frame, NULL);
    CHECK_EQ(pending(), BLOCKS);
    worker_do(&owner, process, &most);
    CHECK_EQ(most, 10);
    CHECK_EQ(pending(), BLOCKS - 10);
    most = 0;
    worker_do(&owner, process, &most);
    CHECK_EQ(most, 0);
    most = UINT64_MAX;
    worker_do(&owner, process, &most);
    CHECK_EQ(most, BLOCKS - 10);
    CHECK_EQ(pending(), 0);
    teardown();
}

/* From the stack, which is taken whole, as well as from channels. */
static void a_few_at_a_time_come_off_the_stack(void)
{
    setup();
    configure(FA_DEFERRED_EXPLICIT);
    uint64_t most = 7;
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    release(0, 20); /* a thread without a lane */
    CHECK_EQ(pending(), 20);
    for (uint64_t left = 20; left > 0; left -= most) {
        most = 7;
        worker_do(&owner, process, &most);
        CHECK(most == 7 || most == left);
        REQUIRE(most != 0);
    }
    CHECK_EQ(pending(), 0);
    teardown();
}

static void they_may_stay_for_ever(void)
{
    setup();
    configure(FA_DEFERRED_NEVER);
    release(0, BLOCKS);
    worker_do(&owner, use_many, &other_size);
    CHECK_EQ(pending(), BLOCKS);
    CHECK_EQ(fa_deferred_process(a, 1, NULL), FA_ERROR_DISABLED);
    worker_end(&owner);
    CHECK_EQ(pending(), 0);
    worker_start(&owner);
    teardown();
}

static void trimming_takes_them_in_whatever_the_mode(void)
{
    for (int32_t mode = FA_DEFERRED_ON_REFILL; mode <= FA_DEFERRED_NEVER; mode++) {
        setup();
        configure(mode);
        release(0, BLOCKS);
        CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
        CHECK_EQ(pending(), 0);
        teardown();
    }
}

static void a_full_queue_can_refuse(void)
{
    uint64_t most = 1;
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_FAIL, 8);
    release(0, 8);
    CHECK_EQ(fa_release(a, blocks[8]), FA_ERROR_FULL);
    CHECK_EQ(figures(a).pool.live_count, BLOCKS - 8);
    CHECK(fa_usable_size(a, blocks[8]) >= SIZE);
    worker_do(&owner, process, &most);
    CHECK_EQ(fa_release(a, blocks[8]), FA_OK);
    CHECK_EQ(fa_release(a, blocks[9]), FA_ERROR_FULL);
    CHECK_EQ(deferred().refused, 2);
    CHECK_EQ(deferred().peak_pending, 8);
    teardown();
}

static void a_full_queue_can_grow(void)
{
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_GROW, 8);
    release(0, 20);
    CHECK_EQ(deferred().grown, 2);
    CHECK_EQ(pending(), 20);
    teardown();
}

/* The owner sleeps: whoever finds the queue full takes it in for him. */
static void a_full_queue_can_be_taken_in_at_once(void)
{
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_PROCESS, 8);
    release(0, 20);
    CHECK_EQ(deferred().immediate, 2);
    CHECK_EQ(pending(), 4);
    CHECK_EQ(deferred().handed_over, 0);
    teardown();
}

static atomic_bool inside;
static atomic_bool may_leave;

static void stay(void *user)
{
    (void)user;
    atomic_store(&inside, true);
    while (!atomic_load(&may_leave))
        (void)sched_yield();
}

static void stay_inside(void *user)
{
    begin_frame(user);
    CHECK_EQ(fa_frame_cleanup(a, stay, NULL), FA_OK);
    end_frame(user);
}

static bool among(const void *block, size_t from, size_t count)
{
    bool found = false;
    for (size_t i = from; i < from + count; i++)
        found = found || blocks[i] == block;
    return found;
}

/* Blocks of the owner's pages that this thread gets from the allocator. */
static void check_handed_over(size_t from, size_t count)
{
    CHECK_EQ(deferred().handed_over, count);
    for (size_t i = 0; i < count; i++) {
        void *block = fa_pool_alloc(a, SIZE, 16);
        CHECK(among(block, from, count));
    }
    CHECK_EQ(figures(a).pool.live_count, BLOCKS - 8);
    CHECK_EQ(pending(), 8);
}

static void what_a_busy_owner_cannot_get_goes_to_the_allocator(void)
{
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_PROCESS, 8);
    atomic_store(&inside, false);
    atomic_store(&may_leave, false);
    worker_begin(&owner, stay_inside, NULL);
    while (!atomic_load(&inside))
        (void)sched_yield();
    release(0, 12);
    check_handed_over(8, 4);
    atomic_store(&may_leave, true);
    teardown();
}

static void the_oldest_can_go_to_the_allocator(void)
{
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_DROP_OLDEST, 8);
    release(0, 12);
    check_handed_over(0, 4);
    teardown();
}

/* Nobody has asked for them when the memory is wanted back. */
static void trimming_sends_home_what_the_allocator_holds(void)
{
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_DROP_OLDEST, 1);
    release(0, BLOCKS);
    CHECK_EQ(deferred().handed_over, BLOCKS - 1);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(pending(), 0);
    CHECK_EQ(figures(a).pages, 0);
    teardown();
}

static fa_status last_release;

static void release_nine(void *user)
{
    (void)user;
    for (size_t i = 0; i < 9; i++)
        last_release = fa_release(a, blocks[i]);
}

static void await_full(void)
{
    while (figures(a).deferred_pending < 8)
        (void)sched_yield();
}

static void a_full_queue_can_have_others_wait(void)
{
    uint64_t most = 1;
    worker other;
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_BLOCK, 8);
    worker_start(&other);
    worker_begin(&other, release_nine, NULL);
    await_full();
    CHECK_EQ(pending(), 8);
    CHECK(worker_busy(&other));
    worker_do(&owner, process, &most);
    worker_finish(&other);
    CHECK_EQ(last_release, FA_OK);
    CHECK_EQ(pending(), 8);
    CHECK_EQ(deferred().waits, 1);
    CHECK(deferred().wait_ns > 0);
    CHECK_EQ(deferred().wait_ns, deferred().longest_wait_ns);
    worker_end(&other);
    teardown();
}

typedef struct pair {
    void *mine[BLOCKS];
    struct pair *other;
    pthread_barrier_t *ready;
    atomic_int *done;
} pair;

static void swap_and_release(void *user)
{
    pair *p = user;
    for (size_t i = 0; i < BLOCKS; i++)
        p->mine[i] = fa_pool_alloc(a, SIZE, 16);
    (void)pthread_barrier_wait(p->ready);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, p->other->mine[i]), FA_OK);
    atomic_fetch_add(p->done, 1);
    while (atomic_load(p->done) != 2)
        CHECK_EQ(fa_deferred_process(a, UINT64_MAX, NULL), FA_OK);
}

/* Neither looks at its own queue, until it has released all, but while it waits for the other. */
static void two_that_wait_for_each_other_go_on(void)
{
    static pair pairs[2];
    atomic_int done = 0;
    pthread_barrier_t ready;
    worker other;
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_BLOCK, 1);
    REQUIRE(pthread_barrier_init(&ready, NULL, 2) == 0);
    worker_start(&other);
    for (int i = 0; i < 2; i++)
        pairs[i] = (pair){.other = &pairs[1 - i], .ready = &ready, .done = &done};
    worker_begin(&owner, swap_and_release, &pairs[0]);
    worker_begin(&other, swap_and_release, &pairs[1]);
    worker_finish(&owner);
    worker_finish(&other);
    CHECK_EQ(figures(a).pool.live_count, BLOCKS);
    worker_end(&other);
    (void)pthread_barrier_destroy(&ready);
    teardown();
}

/* Both lanes are this thread's, so nobody else could ever make room. */
static void nobody_waits_for_a_lane_of_his_own(void)
{
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_BLOCK, 1);
    fa_lane *lane = fa_lane_create(a, "fiber");
    fa_lane *previous = NULL;
    CHECK_EQ(fa_lane_bind(a, lane, &previous), FA_OK);
    void *mine[4];
    for (int i = 0; i < 4; i++)
        mine[i] = fa_pool_alloc(a, SIZE, 16);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(fa_release(a, mine[i]), FA_OK);
    CHECK_EQ(figures(a).pool.live_count, BLOCKS);
    teardown();
}

static void the_end_wakes_who_waits(void)
{
    worker other;
    setup();
    bound_queues(FA_DEFERRED_EXPLICIT, FA_QUEUE_BLOCK, 8);
    worker_start(&other);
    worker_begin(&other, release_nine, NULL);
    await_full();
    fa_allocator_release(a);
    worker_finish(&other);
    CHECK_EQ(last_release, FA_ERROR_INVALID_ALLOCATOR);
    worker_end(&other);
    worker_end(&owner);
}

static void a_pile_is_reported_once(void)
{
    uint64_t most = 60;
    setup();
    config.warning_threshold = 40;
    configure(FA_DEFERRED_EXPLICIT);
    release(0, 39);
    CHECK_EQ(capture_code(&reports), 0);
    release(39, 1);
    CHECK_EQ(capture_code(&reports), 204);
    CHECK(strstr(reports.note, "40 blocks wait for lane \"") != NULL);
    release(40, 20);
    CHECK_EQ(capture_code(&reports), 0);
    worker_do(&owner, process, &most);
    CHECK_EQ(most, 60);
    release(60, 40);
    CHECK_EQ(capture_code(&reports), 204);
    CHECK_EQ(deferred().warnings, 2);
    CHECK_EQ(deferred().peak_pending, 60);
    teardown();
}

static void check_refused(int32_t mode, int32_t policy, uint32_t per_allocation, uint32_t capacity)
{
    fa_deferred_config bad = FA_DEFERRED_CONFIG_INIT;
    bad.mode = mode;
    bad.full_policy = policy;
    bad.per_allocation = per_allocation;
    bad.capacity = capacity;
    CHECK_EQ(fa_deferred_configure(a, &bad), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&reports), 903);
}

static void nonsense_is_refused(void)
{
    setup();
    check_refused(-1, FA_QUEUE_GROW, 1, 0);
    check_refused(6, FA_QUEUE_GROW, 1, 0);
    check_refused(FA_DEFERRED_ON_REFILL, -1, 1, 0);
    check_refused(FA_DEFERRED_ON_REFILL, 5, 1, 0);
    check_refused(FA_DEFERRED_INCREMENTAL, FA_QUEUE_GROW, 0, 0);
    check_refused(FA_DEFERRED_NEVER, FA_QUEUE_BLOCK, 1, 8);
    fa_deferred_config read = FA_DEFERRED_CONFIG_INIT;
    read.mode = 77;
    CHECK_EQ(fa_deferred_get_config(a, &read), FA_OK);
    CHECK_EQ(read.mode, FA_DEFERRED_ON_REFILL);
    read.struct_size = 3;
    CHECK_EQ(fa_deferred_configure(a, &read), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_deferred_configure(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_deferred_get_stats(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_deferred_configure(NULL, &config), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_deferred_process(NULL, 1, NULL), FA_ERROR_INVALID_ALLOCATOR);
    teardown();
}

CHECK_MAIN(CASE(a_refill_takes_them_in), CASE(the_begin_of_a_frame_takes_them_in), CASE(the_end_of_a_frame_takes_them_in),
           CASE(each_allocation_takes_a_few_in), CASE(they_wait_until_they_are_asked_for),
           CASE(a_few_at_a_time_come_off_the_stack), CASE(they_may_stay_for_ever),
           CASE(trimming_takes_them_in_whatever_the_mode), CASE(a_full_queue_can_refuse), CASE(a_full_queue_can_grow),
           CASE(a_full_queue_can_be_taken_in_at_once), CASE(what_a_busy_owner_cannot_get_goes_to_the_allocator),
           CASE(the_oldest_can_go_to_the_allocator), CASE(trimming_sends_home_what_the_allocator_holds),
           CASE(a_full_queue_can_have_others_wait), CASE(two_that_wait_for_each_other_go_on),
           CASE(nobody_waits_for_a_lane_of_his_own), CASE(the_end_wakes_who_waits), CASE(a_pile_is_reported_once),
           CASE(nonsense_is_refused))
