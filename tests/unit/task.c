/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tasks: what they allocate on any thread goes with them, and nothing else does. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"
#include "worker.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

static fa_allocator *a;
static capture reports;

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
}

static void check_nothing_lives(void)
{
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(stats.heap.live_count, 0);
    CHECK_EQ(fa_task_count(a), 0);
}

static fa_task begin(const char *name, fa_task parent)
{
    fa_task task = 0;
    CHECK_EQ(fa_task_begin(a, name, parent, &task), FA_OK);
    CHECK(task != 0);
    return task;
}

static fa_task_stats stats_of(fa_task task)
{
    fa_task_stats stats = FA_TASK_STATS_INIT;
    CHECK_EQ(fa_task_get_stats(a, task, &stats), FA_OK);
    return stats;
}

static void a_task_frees_what_it_allocated(void)
{
    static const size_t sizes[] = {1, 16, 100, 4000, 5000, 30000, 1000000};
    setup();
    fa_task task = begin("load", 0);
    size_t bytes = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t align = 1; align <= 65536; align *= 4) {
            unsigned char *block = fa_task_alloc(a, task, sizes[i], align);
            REQUIRE(block != NULL);
            CHECK(aligned_to(block, align));
            pattern_fill(block, sizes[i], i);
            bytes += sizes[i];
        }
    }
    fa_task_stats stats = stats_of(task);
    CHECK_EQ(stats.live_bytes, bytes);
    CHECK_EQ(stats.peak_bytes, bytes);
    CHECK_EQ(stats.live_count, stats.allocations);
    CHECK(strcmp(stats.name, "load") == 0);
    CHECK_EQ(fa_task_count(a), 1);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void a_block_can_go_early(void)
{
    setup();
    fa_task task = begin(NULL, 0);
    void *blocks[3];
    for (int i = 0; i < 3; i++)
        blocks[i] = fa_task_alloc(a, task, 100, i == 2 ? 4096 : 16);
    CHECK_EQ(fa_task_release(a, task, blocks[1]), FA_OK);
    CHECK_EQ(fa_task_release(a, task, NULL), FA_OK);
    CHECK_EQ(stats_of(task).live_count, 2);
    CHECK_EQ(stats_of(task).live_bytes, 200);
    CHECK_EQ(stats_of(task).peak_bytes, 300);
    CHECK_EQ(fa_task_release(a, task, blocks[2]), FA_OK);
    CHECK_EQ(capture_code(&reports), 0);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void foreign_blocks_are_refused(void)
{
    setup();
    fa_task task = begin("one", 0);
    fa_task other = begin("two", 0);
    char local[128];
    unsigned char *mine = fa_task_alloc(a, task, 100, 16);
    unsigned char *theirs = fa_task_alloc(a, other, 100, 16);
    unsigned char *plain = fa_heap_alloc_zeroed(a, 1000, 16);
    REQUIRE(mine != NULL && theirs != NULL && plain != NULL);
    memset(mine, 0, 100);
    void *wrong[] = {theirs, plain + 64, mine + 16, mine + 3, local + 64, (void *)(uintptr_t)16};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(fa_task_release(a, task, opaque(wrong[i])), FA_ERROR_FOREIGN_POINTER);
        CHECK_EQ(capture_code(&reports), 209);
    }
    CHECK_EQ(fa_task_release(a, task, mine), FA_OK);
    CHECK_EQ(fa_task_release(a, task, opaque(mine)), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(stats_of(other).live_count, 1);
    CHECK_EQ(fa_release(a, plain), FA_OK);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    CHECK_EQ(fa_task_end(a, other), FA_OK);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void tasks_nest(void)
{
    setup();
    fa_task parent = begin("parent", 0);
    fa_task child = begin("child", parent);
    fa_task grandchild = begin("grandchild", child);
    fa_task sibling = begin("sibling", parent);
    CHECK(fa_task_alloc(a, grandchild, 100, 16) != NULL);
    CHECK(fa_task_alloc(a, parent, 100, 16) != NULL);
    CHECK_EQ(stats_of(parent).children, 2);
    CHECK_EQ(stats_of(grandchild).parent, child);
    CHECK_EQ(fa_task_detach(a, sibling), FA_OK);
    CHECK_EQ(fa_task_detach(a, sibling), FA_OK);
    CHECK_EQ(stats_of(parent).children, 1);
    CHECK_EQ(stats_of(sibling).parent, 0);
    CHECK_EQ(fa_task_end(a, parent), FA_OK);
    CHECK_EQ(fa_task_count(a), 1);
    fa_task_stats stats = FA_TASK_STATS_INIT;
    CHECK_EQ(fa_task_get_stats(a, grandchild, &stats), FA_ERROR_STALE);
    CHECK_EQ(fa_task_end(a, child), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&reports), 209);
    CHECK_EQ(fa_task_end(a, sibling), FA_OK);
    check_nothing_lives();
    fa_allocator_release(a);
}

static int order[8];
static int ended;

static void note(void *user)
{
    order[ended++ % 8] = *(int *)user;
}

/* Innermost first; within a task the last given is the first called, while its blocks are still there. */
static void functions_run_in_reverse(void)
{
    setup();
    ended = 0;
    fa_task parent = begin("parent", 0);
    fa_task child = begin("child", parent);
    for (int i = 0; i < 4; i++) {
        fa_task task = i < 2 ? parent : child;
        int *number = fa_task_alloc(a, task, sizeof *number, _Alignof(int));
        REQUIRE(number != NULL);
        *number = i;
        CHECK_EQ(fa_task_on_end(a, task, note, number), FA_OK);
    }
    CHECK_EQ(fa_task_end(a, parent), FA_OK);
    CHECK_EQ(ended, 4);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(order[i], 3 - i);
    check_nothing_lives();
    fa_allocator_release(a);
}

static fa_task dying;
static fa_status seen;

static void use_while_ending(void *user)
{
    (void)user;
    CHECK(fa_task_alloc(a, dying, 10, 16) == NULL);
    seen = fa_last_status();
    fa_task next = begin("next", 0);
    CHECK(fa_task_alloc(a, next, 10, 16) != NULL);
    CHECK_EQ(fa_task_end(a, next), FA_OK);
}

static void functions_find_the_task_ended(void)
{
    setup();
    dying = begin("dying", 0);
    CHECK_EQ(fa_task_on_end(a, dying, use_while_ending, NULL), FA_OK);
    CHECK_EQ(fa_task_end(a, dying), FA_OK);
    CHECK_EQ(seen, FA_ERROR_STALE);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void a_lane_has_a_current_task(void)
{
    fa_task previous = 77;
    setup();
    CHECK_EQ(fa_task_current(a), 0);
    CHECK(fa_task_alloc(a, 0, 100, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STATE);
    fa_task outer = begin("outer", 0);
    fa_task inner = begin("inner", outer);
    CHECK_EQ(fa_task_enter(a, outer, &previous), FA_OK);
    CHECK_EQ(previous, 0);
    CHECK(fa_task_alloc(a, 0, 100, 16) != NULL);
    CHECK_EQ(fa_task_enter(a, inner, &previous), FA_OK);
    CHECK_EQ(previous, outer);
    void *block = fa_task_alloc(a, 0, 100, 16);
    CHECK_EQ(fa_task_release(a, 0, block), FA_OK);
    CHECK_EQ(stats_of(inner).allocations, 1);
    CHECK_EQ(fa_task_enter(a, previous, NULL), FA_OK);
    CHECK_EQ(fa_task_current(a), outer);
    CHECK_EQ(fa_task_end(a, outer), FA_OK);
    CHECK_EQ(fa_task_current(a), 0);
    CHECK(fa_task_alloc(a, 0, 100, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(fa_task_enter(a, outer, NULL), FA_ERROR_STALE);
    check_nothing_lives();
    fa_allocator_release(a);
}

static void fill(void *user)
{
    fa_task *task = user;
    for (size_t i = 1; i <= 500; i++) {
        void *block = fa_task_alloc(a, *task, i, 16);
        CHECK(block != NULL);
        if (i % 3 == 0)
            CHECK_EQ(fa_task_release(a, *task, block), FA_OK);
    }
}

static void end(void *user)
{
    CHECK_EQ(fa_task_end(a, *(fa_task *)user), FA_OK);
}

static void a_task_moves_between_threads(void)
{
    worker workers[2];
    setup();
    fa_task task = begin("moves", 0);
    for (int i = 0; i < 2; i++) {
        worker_start(&workers[i]);
        worker_begin(&workers[i], fill, &task);
    }
    fill(&task);
    for (int i = 0; i < 2; i++)
        worker_finish(&workers[i]);
    CHECK_EQ(stats_of(task).allocations, 1500);
    CHECK_EQ(stats_of(task).live_count, 1002);
    worker_do(&workers[0], end, &task);
    for (int i = 0; i < 2; i++)
        worker_end(&workers[i]);
    check_nothing_lives();
    fa_allocator_release(a);
}

/* A bound that has fa_release() refuse blocks does not keep a task from freeing its own. */
static void a_full_queue_keeps_no_task_from_its_end(void)
{
    worker other;
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = FA_DEFERRED_EXPLICIT;
    config.capacity = 1;
    config.full_policy = FA_QUEUE_FAIL;
    setup();
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
    worker_start(&other);
    fa_task task = begin("elsewhere", 0);
    worker_do(&other, fill, &task);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    check_nothing_lives();
    worker_end(&other);
    fa_allocator_release(a);
}

static void open_tasks_end_with_the_allocator(void)
{
    spy backend;
    spy_start(&backend);
    fa_config config = spy_config(&backend);
    config.debug_mode = 1;
    a = fa_allocator_create(&config);
    if (a == NULL)
        SKIP("built without debug support");
    capture_start(&reports, a);
    ended = 0;
    int number = 5;
    fa_task task = begin("forgotten", 0);
    CHECK(fa_task_alloc(a, task, 1000, 16) != NULL);
    CHECK_EQ(fa_task_on_end(a, task, note, &number), FA_OK);
    (void)begin("below", task);
    fa_allocator_release(a);
    CHECK_EQ(ended, 1);
    CHECK_EQ(reports.by_code[210], 1);
    CHECK_EQ(reports.by_code[506], 0);
    spy_check_clean(&backend);
}

static void a_failing_backend_leaves_nothing_behind(void)
{
    spy backend;
    spy_start(&backend);
    fa_config config = spy_config(&backend);
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_task task = begin("poor", 0);
    backend.fail_all = true;
    CHECK(fa_task_alloc(a, task, 100, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
    CHECK(fa_task_try_alloc(a, task, 1000000, 16) == NULL);
    backend.fail_all = false;
    CHECK_EQ(stats_of(task).allocations, 0);
    CHECK(fa_task_alloc(a, task, 100, 16) != NULL);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    check_nothing_lives();
    fa_allocator_release(a);
    spy_check_clean(&backend);
}

static void nonsense_is_refused(void)
{
    setup();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    capture_mute(other);
    fa_task task = begin("sound", 0);
    fa_task none = 1;
    CHECK_EQ(fa_task_begin(a, NULL, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_task_begin(a, NULL, 12345, &none), FA_ERROR_STALE);
    CHECK_EQ(none, 0);
    CHECK_EQ(fa_task_begin(NULL, NULL, 0, &none), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_task_end(other, task), FA_ERROR_STALE);
    CHECK(fa_task_alloc(other, task, 10, 16) == NULL);
    CHECK_EQ(fa_task_on_end(a, task, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK(fa_task_alloc(a, task, opaque_size(SIZE_MAX), 16) == NULL);
    CHECK(fa_task_alloc(a, task, opaque_size(SIZE_MAX / 2 - 8), 16) == NULL);
    CHECK(fa_task_alloc(a, task, 10, opaque_size(3)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    CHECK_EQ(stats_of(task).allocations, 0);
    CHECK_EQ(fa_task_get_stats(a, task, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    CHECK_EQ(fa_task_end(a, task), FA_ERROR_STALE);
    CHECK_EQ(fa_task_end(a, 0), FA_ERROR_STALE);
    CHECK_EQ(fa_task_count(NULL), 0);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static atomic_bool inside;
static atomic_bool about_to_end;
static atomic_bool left;

static void use_what_the_parent_has(void *user)
{
    enum { PAUSE_MICROSECONDS = 20000 };
    atomic_store(&inside, true);
    while (!atomic_load(&about_to_end))
        (void)sched_yield();
    (void)usleep(PAUSE_MICROSECONDS);
    CHECK(pattern_holds(user, 100, 100, 7));
    atomic_store(&left, true);
}

static void await_inside(void)
{
    while (!atomic_load(&inside))
        (void)sched_yield();
}

/* A child that another thread ends is through before its parent goes. */
static void children_under_way_are_waited_for(void)
{
    worker w;
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1; /* writes over what is freed, where it is built in */
    if (fa_config_check(&config) != FA_OK)
        config.debug_mode = 0;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    fa_task parent = begin("parent", 0);
    fa_task child = begin("child", parent);
    void *block = fa_task_alloc(a, parent, 100, 16);
    pattern_fill(block, 100, 7);
    CHECK_EQ(fa_task_on_end(a, child, use_what_the_parent_has, block), FA_OK);
    worker_start(&w);
    worker_begin(&w, end, &child);
    await_inside();
    atomic_store(&about_to_end, true);
    CHECK_EQ(fa_task_end(a, parent), FA_OK);
    CHECK(atomic_load(&left));
    worker_end(&w);
    check_nothing_lives();
    fa_allocator_release(a);
}

typedef struct pair {
    fa_task parent;
    fa_task child;
    struct pair *other;
    pthread_barrier_t *both;
} pair;

static void end_other_parent(void *user)
{
    pair *p = user;
    (void)pthread_barrier_wait(p->both);
    CHECK_EQ(fa_task_end(a, p->other->parent), FA_OK);
}

static void functions_that_end_what_is_above_others_go_on(void)
{
    worker w;
    pthread_barrier_t both;
    pair pairs[2];
    setup();
    REQUIRE(pthread_barrier_init(&both, NULL, 2) == 0);
    for (int i = 0; i < 2; i++) {
        pairs[i] = (pair){.parent = begin("parent", 0), .other = &pairs[1 - i], .both = &both};
        pairs[i].child = begin("child", pairs[i].parent);
        CHECK_EQ(fa_task_on_end(a, pairs[i].child, end_other_parent, &pairs[i]), FA_OK);
    }
    worker_start(&w);
    worker_begin(&w, end, &pairs[0].child);
    CHECK_EQ(fa_task_end(a, pairs[1].child), FA_OK);
    worker_end(&w);
    (void)pthread_barrier_destroy(&both);
    check_nothing_lives();
    fa_allocator_release(a);
}

static unsigned char *end_of_pages;

/* Nothing can be read behind what the library has asked for. */
static int32_t allocate_guarded(void *user, size_t size, size_t alignment, void **out)
{
    (void)user;
    size_t whole = size + alignment + (size_t)sysconf(_SC_PAGESIZE);
    unsigned char *mapped = mmap(NULL, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return FA_BACKEND_FAILED;
    unsigned char *memory = mapped + (alignment - (uintptr_t)mapped % alignment) % alignment;
    CHECK_EQ(mprotect(memory, size, PROT_READ | PROT_WRITE), 0);
    end_of_pages = alignment == 65536 ? memory + size : end_of_pages;
    *out = memory;
    return FA_BACKEND_DONE;
}

static void keep(void *user, void *memory, size_t size, size_t alignment)
{
    (void)user;
    (void)alignment;
    (void)mprotect(memory, size, PROT_NONE);
}

static bool in_last_page(const unsigned char *block)
{
    return end_of_pages != NULL && block < end_of_pages && block >= end_of_pages - 65536;
}

/* The last bytes of a page are the library's, but what would be a block's header is not all of it. */
static void wild_pointers_are_not_followed(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_CUSTOM;
    config.backend = (fa_backend){allocate_guarded, keep, NULL};
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&reports, a);
    fa_task task = begin("wild", 0);
    const unsigned char *block = NULL;
    for (int i = 0; i < 10000 && !in_last_page(block); i++)
        block = fa_task_alloc(a, task, 900, 16);
    CHECK(in_last_page(block));
    CHECK_EQ(fa_task_release(a, task, opaque(end_of_pages + 16)), FA_ERROR_FOREIGN_POINTER);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    fa_allocator_release(a);
}

enum { DAMAGED_BLOCKS = 5 };

static bool open_damaged(uint32_t flags, fa_task *task, unsigned char **blocks)
{
    setup();
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = flags;
    if (flags != 0 && fa_debug_configure(a, &options) != FA_OK) {
        fa_allocator_release(a);
        return false;
    }
    *task = begin("load", 0);
    for (size_t i = 0; i < DAMAGED_BLOCKS; i++)
        CHECK((blocks[i] = opaque(fa_task_alloc(a, *task, 40, 8))) != NULL);
    return true;
}

/* The others go with the task, and nothing that was overwritten is followed. */
static void damage_in_front(uint32_t flags, size_t first, size_t last)
{
    fa_task task;
    unsigned char *blocks[DAMAGED_BLOCKS];
    if (!open_damaged(flags, &task, blocks))
        return;
    memset(blocks[2] - last, 0xa5, last - first + 1);
    CHECK_EQ(fa_task_release(a, task, blocks[2]), FA_ERROR_CORRUPT);
    CHECK_EQ(reports.last.code, FA_CODE_UNDERFLOW);
    CHECK_EQ(fa_task_release(a, task, blocks[1]), FA_OK);
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    CHECK_EQ(atomic_load(&reports.reports), 2);
    CHECK_EQ(reports.last.code, FA_CODE_UNDERFLOW);
    CHECK_EQ(figures(a).pool.live_count, 1);
    fa_allocator_release(a);
}

static void a_write_in_front_is_named(void)
{
    for (size_t bytes = 1; bytes <= FA_TASK_OVERHEAD; bytes++) {
        damage_in_front(0, 1, bytes);
        damage_in_front(FA_DEBUG_POISON | FA_DEBUG_GUARDS | FA_DEBUG_SITES, 1, bytes);
    }
    for (size_t at = 20; at <= FA_TASK_OVERHEAD; at += 4)
        damage_in_front(0, at - 3, at);
}

/* Links that lead to themselves or into other blocks look like links. */
static void links_that_mislead_are_not_followed(void)
{
    for (int where = 0; where < 2; where++) {
        fa_task task;
        unsigned char *blocks[DAMAGED_BLOCKS];
        REQUIRE(open_damaged(0, &task, blocks));
        void *target = where == 0 ? blocks[1] - FA_TASK_OVERHEAD : blocks[3];
        void *links[2] = {target, target};
        memset(blocks[3], 0x5a, 40);
        memcpy(blocks[1] - FA_TASK_OVERHEAD, links, sizeof links);
        CHECK_EQ(fa_task_release(a, task, opaque(&task)), FA_ERROR_FOREIGN_POINTER);
        CHECK_EQ(fa_task_release(a, task, blocks[1]), FA_ERROR_CORRUPT);
        CHECK(blocks[3][0] == 0x5a && blocks[3][15] == 0x5a);
        CHECK_EQ(fa_task_end(a, task), FA_OK);
        CHECK_EQ(figures(a).pool.live_count, 1);
        fa_allocator_release(a);
    }
}

/* What lies between two damaged blocks cannot be reached, but is counted. */
static void blocks_between_damaged_ones_are_counted(void)
{
    fa_task task;
    unsigned char *blocks[DAMAGED_BLOCKS];
    REQUIRE(open_damaged(0, &task, blocks));
    for (size_t i = 0; i < DAMAGED_BLOCKS; i += 2)
        blocks[i][-1] ^= 1;
    CHECK_EQ(fa_task_end(a, task), FA_OK);
    CHECK_EQ(atomic_load(&reports.reports), 2);
    CHECK(strstr(reports.note, " and that of 3 more, stays until ") != NULL);
    CHECK_EQ(figures(a).pool.live_count, 5);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(a_task_frees_what_it_allocated), CASE(a_block_can_go_early), CASE(foreign_blocks_are_refused),
           CASE(tasks_nest), CASE(functions_run_in_reverse), CASE(functions_find_the_task_ended),
           CASE(a_lane_has_a_current_task), CASE(a_task_moves_between_threads),
           CASE(a_full_queue_keeps_no_task_from_its_end), CASE(open_tasks_end_with_the_allocator),
           CASE(a_failing_backend_leaves_nothing_behind), CASE(nonsense_is_refused),
           CASE(children_under_way_are_waited_for), CASE(functions_that_end_what_is_above_others_go_on),
           CASE(wild_pointers_are_not_followed),
           CASE(a_write_in_front_is_named), CASE(links_that_mislead_are_not_followed),
           CASE(blocks_between_damaged_ones_are_counted))
