/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Lanes that no thread is on: what comes back to them is taken in, and whoever wants one meanwhile waits for it. */
#include "capture.h"
#include "child.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

enum { BLOCKS = 3000, ROUNDS = 3000 };

enum { GATE_OPEN, GATE_CLOSED, GATE_ENTERED };

static fa_allocator *a;
static spy backend;
static void *blocks[BLOCKS];
static _Atomic int gate;
static atomic_bool finished;

/* A thread that gives memory back waits at a closed gate. */
static void deallocate_at_gate(void *user, void *memory, size_t size, size_t alignment)
{
    int closed = GATE_CLOSED;
    if (atomic_compare_exchange_strong(&gate, &closed, GATE_ENTERED)) {
        while (atomic_load(&gate) == GATE_ENTERED)
            (void)sched_yield();
    }
    spy_deallocate(user, memory, size, alignment);
}

static void setup(void)
{
    spy_start(&backend);
    fa_config config = spy_config(&backend);
    config.backend.deallocate = deallocate_at_gate;
    atomic_store(&gate, GATE_OPEN);
    a = fa_allocator_create(&config);
    CHECK(a != NULL);
    capture_mute(a);
}

static void teardown(void)
{
    fa_allocator_release(a);
    spy_check_clean(&backend);
}

static void allocate_blocks(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = fa_alloc(a, FA_INTENT_AUTO, 16 + i % 2000, 16);
        CHECK(blocks[i] != NULL);
    }
}

static void release_blocks(void)
{
    for (size_t i = 0; i < BLOCKS; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
}

/* Uses memory on the lane, among it a chunk that is cached afterwards. */
static void use_lane(fa_lane *lane)
{
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 100000, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
}

static void *trim(void *user)
{
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    return user;
}

static void await_gate(void)
{
    double deadline = clock_seconds() + 20;
    while (atomic_load(&gate) != GATE_ENTERED && CHECK(clock_seconds() < deadline))
        (void)sched_yield();
}

/* Starts a thread that trims, and returns when it is at the gate with the lane in hand. */
static pthread_t start_trimming(void)
{
    pthread_t thread;
    atomic_store(&gate, GATE_CLOSED);
    CHECK_EQ(pthread_create(&thread, NULL, trim, NULL), 0);
    await_gate();
    return thread;
}

static void *open_gate_later(void *opened)
{
    (void)nanosleep(&(struct timespec){0, 20000000}, NULL);
    atomic_store((atomic_bool *)opened, true);
    atomic_store(&gate, GATE_OPEN);
    return NULL;
}

static void *release_elsewhere(void *user)
{
    release_blocks();
    return user;
}

static void unbound_lanes_take_in_what_others_release(void)
{
    setup();
    fa_lane *lane = fa_lane_create(a, "idle");
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    allocate_blocks();
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    CHECK(fa_lane_current(a) != lane);
    release_blocks();
    fa_stats stats = figures(a);
    CHECK(stats.deferred_frees >= BLOCKS);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK_EQ(fa_lane_release(a, lane), FA_OK);
    teardown();
}

/* The blocks come while a thread is on the lane, which then goes without looking. */
static void a_lane_that_is_unbound_takes_in_what_came(void)
{
    setup();
    fa_lane *lane = fa_lane_create(a, "idle");
    pthread_t thread;
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    allocate_blocks();
    REQUIRE(pthread_create(&thread, NULL, release_elsewhere, NULL) == 0);
    (void)pthread_join(thread, NULL);
    CHECK(figures(a).deferred_pending > 0);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    CHECK_EQ(figures(a).deferred_pending, 0);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(backend.live_bytes, 0);
    teardown();
}

static void *release_and_trim(void *user)
{
    (void)release_elsewhere(NULL);
    CHECK(figures(a).deferred_pending < BLOCKS / 2);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).deferred_pending, 0);
    CHECK_EQ(backend.live_bytes, 0);
    return user;
}

/* It is on its lane all the time, but not inside a call. */
static void what_belongs_to_a_thread_that_sleeps_is_taken_in(void)
{
    setup();
    allocate_blocks();
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, release_and_trim, NULL) == 0);
    (void)pthread_join(thread, NULL);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_lane_count(a), 2);
    teardown();
}

static void *trim_meanwhile(void *user)
{
    while (!atomic_load(&finished))
        CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    return user;
}

/* The lane of a busy thread is taken from under it again and again; it never notices. */
static void a_busy_thread_is_trimmed_between_its_calls(void)
{
    setup();
    atomic_store(&finished, false);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, trim_meanwhile, NULL) == 0);
    for (int round = 0; round < ROUNDS; round++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        unsigned char *framed = fa_frame_alloc(a, 300, 16);
        unsigned char *block = fa_pool_alloc(a, 300, 16);
        REQUIRE(framed != NULL && block != NULL);
        pattern_fill(framed, 300, 1);
        pattern_fill(block, 300, 2);
        CHECK(pattern_holds(framed, 300, 300, 1));
        CHECK(pattern_holds(block, 300, 300, 2));
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    atomic_store(&finished, true);
    (void)pthread_join(thread, NULL);
    CHECK_EQ(figures(a).pool.allocations, ROUNDS);
    CHECK_EQ(figures(a).pool.live_count, 0);
    teardown();
}

static void trimming_leaves_what_unbound_lanes_use(void)
{
    setup();
    fa_lane *lane = fa_lane_create(a, "idle");
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *framed = fa_frame_alloc(a, 5000, 16);
    unsigned char *scratch = fa_scratch_alloc(a, 5000, 16);
    unsigned char *block = fa_pool_alloc(a, 500, 16);
    REQUIRE(framed != NULL && scratch != NULL && block != NULL);
    pattern_fill(framed, 5000, 1);
    pattern_fill(scratch, 5000, 2);
    pattern_fill(block, 500, 3);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(fa_frame_used(a), 5008);
    CHECK(pattern_holds(framed, 5000, 5000, 1));
    CHECK(pattern_holds(scratch, 5000, 5000, 2));
    CHECK(pattern_holds(block, 500, 500, 3));
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    teardown();
}

/* The scope began in a chunk that held nothing. */
static void trimming_leaves_open_scratch_scopes(void)
{
    setup();
    fa_scratch_scope scope = FA_SCRATCH_SCOPE_INIT;
    CHECK(fa_scratch_alloc(a, 1000, 16) != NULL);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_scratch_scope_begin(a, &scope), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK(fa_scratch_alloc(a, 1000, 16) != NULL);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_OK);
    CHECK_EQ(fa_scratch_used(a), 0);
    unsigned char *block = fa_scratch_alloc(a, 1000, 16);
    REQUIRE(block != NULL);
    memset(block, 1, 1000);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(backend.live_bytes, 0);
    teardown();
}

/* What a caller does to a lane that another thread has in hand for a moment succeeds, and not before that is over. */
static void check_waits(fa_status (*act)(fa_lane *lane))
{
    setup();
    fa_lane *lane = fa_lane_create(a, "idle");
    use_lane(lane);
    pthread_t opener;
    pthread_t trimmer = start_trimming();
    atomic_bool opened = false;
    REQUIRE(pthread_create(&opener, NULL, open_gate_later, &opened) == 0);
    CHECK_EQ(act(lane), FA_OK);
    CHECK(atomic_load(&opened));
    (void)pthread_join(opener, NULL);
    (void)pthread_join(trimmer, NULL);
    teardown();
}

static fa_status bind(fa_lane *lane)
{
    return fa_lane_bind(a, lane, NULL);
}

static fa_status release_twice(fa_lane *lane)
{
    fa_status status = fa_lane_release(a, lane);
    CHECK_EQ(fa_lane_release(a, lane), FA_ERROR_STALE);
    return status;
}

static fa_status limit(fa_lane *lane)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 1000000;
    return fa_budget_set_lane(a, lane, FA_INTENT_FRAME, &budget);
}

static fa_status trim_too(fa_lane *lane)
{
    (void)lane;
    return fa_allocator_trim(a, NULL);
}

static void binding_waits_for_a_trim(void)
{
    check_waits(bind);
}

static void releasing_waits_for_a_trim(void)
{
    check_waits(release_twice);
}

static void budgets_wait_for_a_trim(void)
{
    check_waits(limit);
}

static void a_trim_waits_for_another(void)
{
    check_waits(trim_too);
}

/* Enough for the lane to give whole spans of pages back while it takes them in. */
static void *release_large_blocks(void *lane)
{
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    atomic_store(&gate, GATE_CLOSED);
    release_blocks();
    atomic_store(&gate, GATE_OPEN);
    return NULL;
}

static void a_released_lane_stays_released_while_tended(void)
{
    setup();
    atomic_bool opened = false;
    fa_lane *lane = fa_lane_create(a, "idle");
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    for (size_t i = 0; i < BLOCKS; i++)
        blocks[i] = fa_alloc(a, FA_INTENT_HEAP, 8000, 16);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    CHECK_EQ(fa_lane_release(a, lane), FA_OK);
    pthread_t opener;
    pthread_t releaser;
    REQUIRE(pthread_create(&releaser, NULL, release_large_blocks, fa_lane_create(a, "other")) == 0);
    await_gate();
    REQUIRE(pthread_create(&opener, NULL, open_gate_later, &opened) == 0);
    CHECK_EQ(fa_lane_release(a, lane), FA_ERROR_STALE);
    CHECK(atomic_load(&opened));
    (void)pthread_join(opener, NULL);
    (void)pthread_join(releaser, NULL);
    teardown();
}

static fa_lane *wanted;
static fa_status answers[3];

static void want_lane_from_within(void *user, void *memory, size_t size, size_t alignment)
{
    fa_lane *lane = wanted;
    wanted = NULL;
    if (lane != NULL) {
        answers[0] = fa_lane_bind(a, lane, NULL);
        answers[1] = fa_lane_release(a, lane);
        answers[2] = fa_allocator_trim(a, NULL);
    }
    spy_deallocate(user, memory, size, alignment);
}

static void a_backend_does_not_wait_for_itself(void)
{
    spy_start(&backend);
    fa_config config = spy_config(&backend);
    config.backend.deallocate = want_lane_from_within;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_lane *lane = fa_lane_create(a, "idle");
    use_lane(lane);
    wanted = lane;
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(answers[0], FA_ERROR_BUSY);
    CHECK_EQ(answers[1], FA_ERROR_BUSY);
    CHECK_EQ(answers[2], FA_OK);
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    teardown();
}

static void *trim_and_release(void *user)
{
    while (!atomic_load(&finished)) {
        void *block = atomic_exchange((_Atomic(void *) *)user, NULL);
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    }
    return NULL;
}

static void hop(fa_lane *lane, _Atomic(void *) *gift)
{
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 20000, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_release(a, atomic_exchange(gift, fa_pool_alloc(a, 100, 16))), FA_OK);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
}

static void a_busy_fiber_is_never_refused(void)
{
    setup();
    _Atomic(void *) gift = NULL;
    pthread_t threads[2];
    fa_lane *lanes[2] = {fa_lane_create(a, "first"), fa_lane_create(a, "second")};
    atomic_store(&finished, false);
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&threads[i], NULL, trim_and_release, &gift) == 0);
    for (size_t i = 0; i < scaled(ROUNDS) && atomic_load(&check_failures) == 0; i++)
        hop(lanes[i % 2], &gift);
    atomic_store(&finished, true);
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(fa_release(a, atomic_load(&gift)), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.deferred_pending, 0);
    CHECK_EQ(stats.reserved_bytes, 0);
    teardown();
}

/* Runs the check in a child, where a wait that never ends is cut short. */
static void check_in_child(bool (*check)(fa_lane *lane), fa_lane *lane)
{
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(20);
        atomic_store(&gate, GATE_OPEN);
        child_end(check(lane) ? 0 : 1);
    }
    CHECK_EQ(child_await(child), 0);
}

static bool lost(fa_lane *lane)
{
    return fa_lane_bind(a, lane, NULL) == FA_ERROR_BUSY && fa_lane_release(a, lane) == FA_ERROR_BUSY &&
           fa_lane_current(a) != lane && fa_allocator_trim(a, NULL) == FA_OK;
}

static void a_lane_tended_across_a_fork_is_lost_to_the_child(void)
{
    setup();
    fa_lane *lane = fa_lane_create(a, "idle");
    use_lane(lane);
    pthread_t trimmer = start_trimming();
    check_in_child(lost, lane);
    atomic_store(&gate, GATE_OPEN);
    (void)pthread_join(trimmer, NULL);
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    teardown();
}

static bool releases_blocks_of_lost_lane(fa_lane *lane)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        if (fa_release(a, blocks[i]) != FA_OK)
            return false;
    }
    fa_stats stats = figures(a);
    return lost(lane) && stats.pool.live_count + stats.heap.live_count == 0;
}

static void *allocate_and_stay(void *lane)
{
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    allocate_blocks();
    atomic_store(&gate, GATE_ENTERED);
    while (atomic_load(&gate) == GATE_ENTERED)
        (void)sched_yield();
    release_blocks();
    return NULL;
}

static void blocks_of_a_lost_lane_can_be_released(void)
{
    setup();
    fa_lane *lane = fa_lane_create(a, "lost");
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, allocate_and_stay, lane) == 0);
    await_gate();
    check_in_child(releases_blocks_of_lost_lane, lane);
    atomic_store(&gate, GATE_OPEN);
    (void)pthread_join(thread, NULL);
    teardown();
}

static bool binds_unbound_lane(fa_lane *lane)
{
    return fa_allocator_trim(a, NULL) == FA_OK && fa_lane_bind(a, lane, NULL) == FA_OK && fa_frame_end(a) == FA_OK;
}

static void an_unbound_lane_goes_on_in_the_child(void)
{
    setup();
    fa_lane *lane = fa_lane_create(a, "idle");
    CHECK_EQ(fa_lane_bind(a, lane, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_lane_bind(a, NULL, NULL), FA_OK);
    check_in_child(binds_unbound_lane, lane);
    teardown();
}

CHECK_MAIN(CASE(unbound_lanes_take_in_what_others_release), CASE(a_lane_that_is_unbound_takes_in_what_came),
           CASE(what_belongs_to_a_thread_that_sleeps_is_taken_in), CASE(a_busy_thread_is_trimmed_between_its_calls),
           CASE(trimming_leaves_what_unbound_lanes_use), CASE(trimming_leaves_open_scratch_scopes),
           CASE(binding_waits_for_a_trim), CASE(releasing_waits_for_a_trim), CASE(budgets_wait_for_a_trim),
           CASE(a_trim_waits_for_another), CASE(a_released_lane_stays_released_while_tended),
           CASE(a_backend_does_not_wait_for_itself), CASE(a_busy_fiber_is_never_refused),
           CASE(a_lane_tended_across_a_fork_is_lost_to_the_child), CASE(blocks_of_a_lost_lane_can_be_released),
           CASE(an_unbound_lane_goes_on_in_the_child))
