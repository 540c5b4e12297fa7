/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Free blocks in the hands of the allocator: whichever lane gets one, its page stays its owner's. */
#include "lanes.h"

enum { BLOCKS = 4000, SIZE = 64 };

static void *blocks_of_home[BLOCKS];
static void *own[BLOCKS];

static void configure(int32_t mode, uint32_t capacity, int32_t policy)
{
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = mode;
    config.capacity = capacity;
    config.full_policy = policy;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
}

/* Many blocks of one lane, released on the other: all but one of them are in the stock afterwards. */
static void fill_stock(void)
{
    configure(FA_DEFERRED_EXPLICIT, 1, FA_QUEUE_DROP_OLDEST);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK((blocks_of_home[i] = fa_pool_alloc(a, SIZE, 16)) != NULL);
    go_to(away);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, blocks_of_home[i]), FA_OK);
}

static bool came_from_home(const void *block)
{
    bool found = false;
    for (size_t i = 0; i < BLOCKS; i++)
        found = found || blocks_of_home[i] == block;
    return found;
}

static void take_one_from_stock(void)
{
    void *block = fa_pool_alloc(a, SIZE, 16);
    CHECK(came_from_home(block));
    CHECK_EQ(fa_release(a, block), FA_OK);
}

static void check_all_home(void)
{
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK_EQ(stats.pages, 0);
}

static void check_nobody_has_one_twice(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        go_to(i % 2 == 0 ? home : away);
        CHECK((own[i] = fa_pool_alloc(a, SIZE, 16)) != NULL);
        pattern_fill(own[i], SIZE, i);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(pattern_holds(own[i], SIZE, SIZE, i));
        CHECK_EQ(fa_release(a, own[i]), FA_OK);
    }
}

static void who_had_some_gives_them_back(void)
{
    setup();
    fill_stock();
    take_one_from_stock();
    check_all_home();
    check_nobody_has_one_twice();
    fa_allocator_release(a);
}

/* The trimming lane is done before the other one lets go of its blocks. */
static void trimming_reaches_those_on_another_lane(void)
{
    setup();
    fill_stock();
    take_one_from_stock();
    go_to(home);
    check_all_home();
    fa_allocator_release(a);
}

static void limit(uint64_t bytes)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = bytes;
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &budget), FA_OK);
}

static size_t take_until_refused(void)
{
    size_t count = 0;
    while (count < BLOCKS && (own[count] = fa_pool_try_alloc(a, SIZE, 16)) != NULL)
        count++;
    return count;
}

/* Blocks of the stock would count for the lane that they came from. */
static void a_budget_bounds_what_its_lane_has(void)
{
    setup();
    fill_stock();
    limit(100000);
    CHECK_EQ(take_until_refused(), 100000 / SIZE);
    CHECK_EQ(lane_figures(a).pool.live_count, 100000 / SIZE);
    fa_allocator_release(a);
}

/* What others released is no reason to refuse the lane that it came from. */
static void blocks_that_wait_come_home_before_a_budget_refuses(void)
{
    setup();
    fill_stock();
    go_to(home);
    limit(200000);
    CHECK_EQ(take_until_refused(), 200000 / SIZE);
    CHECK_EQ(lane_figures(a).pool.live_count, 200000 / SIZE);
    fa_allocator_release(a);
}

static uint64_t pending_after_a_few(int32_t mode, uint64_t budget)
{
    setup();
    configure(mode, 0, FA_QUEUE_GROW);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK((blocks_of_home[i] = fa_pool_alloc(a, SIZE, 16)) != NULL);
    limit(budget);
    go_to(away);
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, blocks_of_home[i]), FA_OK);
    go_to(home);
    for (size_t i = 0; i < 10; i++)
        own[i] = fa_pool_try_alloc(a, SIZE, 16);
    uint64_t pending = figures(a).deferred_pending;
    fa_allocator_release(a);
    return pending;
}

static void a_budget_leaves_the_mode_in_force(void)
{
    CHECK_EQ(pending_after_a_few(FA_DEFERRED_NEVER, 100000), BLOCKS);
    CHECK_EQ(pending_after_a_few(FA_DEFERRED_EXPLICIT, 2 * BLOCKS * SIZE), BLOCKS);
    CHECK_EQ(pending_after_a_few(FA_DEFERRED_EXPLICIT, 100000), 0);
}

CHECK_MAIN(CASE(who_had_some_gives_them_back), CASE(trimming_reaches_those_on_another_lane),
           CASE(a_budget_bounds_what_its_lane_has), CASE(blocks_that_wait_come_home_before_a_budget_refuses),
           CASE(a_budget_leaves_the_mode_in_force))
