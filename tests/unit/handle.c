/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "child.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

static fa_handle_stats stats_of(fa_allocator *a)
{
    fa_handle_stats stats = FA_HANDLE_STATS_INIT;
    CHECK_EQ(fa_handle_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.live_count, stats.allocations - stats.frees);
    CHECK(stats.peak_bytes >= stats.live_bytes && stats.reserved_bytes >= stats.live_bytes);
    CHECK(stats.fragmentation >= 0 && stats.fragmentation <= 1);
    return stats;
}

static fa_handle filled(fa_allocator *a, size_t size, size_t align)
{
    fa_handle handle = 0;
    if (CHECK_EQ(fa_handle_alloc(a, size, align, &handle), FA_OK))
        pattern_fill(fa_handle_resolve(a, handle), size, (unsigned)handle);
    return handle;
}

static bool intact(fa_allocator *a, fa_handle handle, size_t size)
{
    return pattern_holds(fa_handle_resolve(a, handle), size, size, (unsigned)handle);
}

static void handles_resolve_until_freed(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    const size_t sizes[] = {0, 1, 16, 100, 5000, 65536, 65537, 1000000};
    fa_handle handles[8];
    for (int i = 0; i < 8; i++) {
        handles[i] = filled(a, sizes[i], (size_t)1 << i);
        CHECK(aligned_to(fa_handle_resolve(a, handles[i]), (size_t)1 << i));
        CHECK_EQ(fa_handle_size(a, handles[i]), sizes[i] == 0 ? 1 : sizes[i]);
        CHECK_EQ(fa_handle_valid(a, handles[i]), 1);
    }
    fa_handle strict = filled(a, 100, 1 << 16);
    CHECK(aligned_to(fa_handle_resolve(a, strict), 1 << 16));
    CHECK_EQ(stats_of(a).live_count, 9);
    CHECK_EQ(stats_of(a).regions, 1);
    for (int i = 0; i < 8; i++) {
        CHECK(intact(a, handles[i], sizes[i]));
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
        CHECK_EQ(fa_handle_valid(a, handles[i]), 0);
    }
    CHECK_EQ(fa_handle_free(a, strict), FA_OK);
    CHECK_EQ(stats_of(a).live_bytes, 0);
    CHECK_EQ(stats_of(a).reserved_bytes, 0);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_handle zeroed;
    CHECK_EQ(fa_handle_alloc_zeroed(a, 100, 8, &zeroed), FA_OK);
    const unsigned char *bytes = fa_handle_resolve(a, zeroed);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(bytes[i], 0);
    fa_allocator_release(a);
}

enum { MANY = 4000 };

/* Every second block goes: half of the regions must be won back, and all content must survive. */
static void defragmentation_compacts(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    static fa_handle handles[MANY];
    for (int i = 0; i < MANY; i++)
        handles[i] = filled(a, 100 + (size_t)(i * 37 % 900), (size_t)16 << i % 4);
    for (int i = 0; i < MANY; i += 2)
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
    fa_handle_stats before = stats_of(a);
    fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
    CHECK_EQ(fa_handle_defragment(a, &done), FA_OK);
    fa_handle_stats after = stats_of(a);
    CHECK_EQ(done.finished, 1);
    CHECK(done.moved > 0 && done.moved_bytes > done.moved * 100);
    CHECK_EQ(done.pinned, 0);
    CHECK_EQ(after.moved, done.moved);
    CHECK_EQ(after.moved_bytes, done.moved_bytes);
    CHECK_EQ(before.reserved_bytes - after.reserved_bytes, (uint64_t)(before.regions - after.regions) << 18);
    CHECK(done.released_bytes >= before.reserved_bytes - after.reserved_bytes);
    CHECK(after.regions * 10 <= before.regions * 6);
    CHECK(after.fragmentation < 0.2 && before.fragmentation > 0.5);
    CHECK_EQ(after.live_bytes, before.live_bytes);
    for (int i = 1; i < MANY; i += 2) {
        CHECK(intact(a, handles[i], 100 + (size_t)(i * 37 % 900)));
        CHECK(aligned_to(fa_handle_resolve(a, handles[i]), (size_t)16 << i % 4));
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
    }
    CHECK_EQ(stats_of(a).reserved_bytes, 0);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
}

static void pinned_blocks_stay(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_handle handles[200];
    for (int i = 0; i < 200; i++)
        handles[i] = filled(a, 4000, 16);
    void *pinned[200] = {0};
    for (int i = 150; i < 200; i += 10)
        pinned[i] = fa_handle_pin(a, handles[i]);
    for (int i = 0; i < 150; i++)
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
    CHECK_EQ(stats_of(a).pinned, 5);
    fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
    CHECK_EQ(fa_handle_defragment(a, &done), FA_OK);
    CHECK_EQ(done.pinned, 5);
    CHECK(done.moved > 0);
    for (int i = 150; i < 200; i++) {
        CHECK(intact(a, handles[i], 4000));
        if (pinned[i] == NULL)
            continue;
        CHECK(fa_handle_resolve(a, handles[i]) == pinned[i]);
        CHECK_EQ(fa_handle_moves(a, handles[i]), 0);
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_ERROR_PINNED);
        CHECK(fa_handle_pin(a, handles[i]) == pinned[i]);
        CHECK_EQ(fa_handle_unpin(a, handles[i]), FA_OK);
        CHECK_EQ(fa_handle_unpin(a, handles[i]), FA_OK);
        CHECK_EQ(fa_handle_unpin(a, handles[i]), FA_ERROR_UNBALANCED);
    }
    uint64_t moved = done.moved;
    CHECK_EQ(fa_handle_defragment(a, &done), FA_OK);
    CHECK_EQ(done.pinned, 0);
    CHECK(moved > 0);
    for (int i = 150; i < 200; i++)
        CHECK(intact(a, handles[i], 4000));
    fa_allocator_release(a);
}

static void steps_are_bounded(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_handle handles[1000];
    for (int i = 0; i < 1000; i++)
        handles[i] = filled(a, 2000, 16);
    for (int i = 0; i < 1000; i++) {
        if (i % 3 != 0)
            CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
    }
    fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
    int steps = 0;
    uint64_t moved = 0;
    do {
        CHECK_EQ(fa_handle_defragment_step(a, 10000, 0, &done), FA_OK);
        CHECK(done.moved_bytes <= 12000);
        moved += done.moved;
        /* Blocks may come and go between steps. */
        fa_handle extra = filled(a, 300, 16);
        CHECK_EQ(fa_handle_free(a, handles[steps * 3]), FA_OK);
        handles[steps * 3] = extra;
        CHECK(intact(a, extra, 300));
        steps++;
    } while (!done.finished && steps < 300);
    CHECK(steps > 10 && steps < 300);
    CHECK_EQ(stats_of(a).moved, moved);
    for (int i = steps * 3; i < 1000; i += 3)
        CHECK(intact(a, handles[i], 2000));
    CHECK_EQ(fa_handle_defragment_step(a, 0, 1, &done), FA_OK);
    CHECK(done.moved <= 1);
    fa_allocator_release(a);
}

typedef struct told {
    fa_allocator *allocator;
    unsigned calls;
    fa_handle victim;
} told;

static void relocated(void *user, fa_handle handle, const void *before, void *after, size_t size)
{
    told *t = user;
    t->calls++;
    CHECK(before != after);
    CHECK_EQ(size, 500);
    CHECK(handle == t->victim || fa_handle_moves(t->allocator, handle) >= 1);
    CHECK_EQ(fa_handle_defragment(t->allocator, NULL), FA_ERROR_BUSY);
    if (t->victim != 0 && fa_handle_valid(t->allocator, t->victim))
        CHECK_EQ(fa_handle_free(t->allocator, t->victim), FA_OK);
    fa_handle extra;
    if (CHECK_EQ(fa_handle_alloc(t->allocator, 40, 16, &extra), FA_OK))
        CHECK_EQ(fa_handle_free(t->allocator, extra), FA_OK);
}

static void relocation_is_told(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_handle handles[600];
    for (int i = 0; i < 600; i++)
        handles[i] = filled(a, 500, 16);
    told t = {a, 0, handles[599]};
    CHECK_EQ(fa_handle_set_relocated(a, relocated, &t), FA_OK);
    for (int i = 0; i < 600; i += 2)
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
    fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
    CHECK_EQ(fa_handle_defragment(a, &done), FA_OK);
    CHECK_EQ(t.calls, done.moved);
    CHECK(t.calls > 64);
    CHECK_EQ(fa_handle_valid(a, handles[599]), 0);
    for (int i = 1; i < 599; i += 2)
        CHECK(intact(a, handles[i], 500));
    CHECK_EQ(fa_handle_set_relocated(a, NULL, NULL), FA_OK);
    fa_allocator_release(a);
}

static void misuse_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *b = fa_allocator_create(NULL);
    REQUIRE(a != NULL && b != NULL);
    capture c;
    capture_start(&c, a);
    fa_handle handle = filled(a, 100, 16);
    fa_handle other = filled(b, 100, 16);
    const fa_handle wrong[] = {0, other, handle ^ (uint64_t)1 << 40, handle + 1, UINT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)capture_code(&c);
        CHECK(fa_handle_resolve(a, wrong[i]) == NULL);
        CHECK(i != 0 || capture_code(&c) == 401);
        CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
        CHECK(fa_handle_pin(a, wrong[i]) == NULL);
        CHECK_EQ(fa_handle_unpin(a, wrong[i]), FA_ERROR_STALE);
        CHECK_EQ(fa_handle_free(a, wrong[i]), FA_ERROR_STALE);
        CHECK_EQ(fa_handle_size(a, wrong[i]), 0);
    }
    CHECK_EQ(fa_handle_unpin(a, handle), FA_ERROR_UNBALANCED);
    CHECK(fa_handle_pin(a, handle) != NULL);
    (void)capture_code(&c);
    CHECK_EQ(fa_handle_free(a, handle), FA_ERROR_PINNED);
    CHECK_EQ(capture_code(&c), 403);
    CHECK_EQ(fa_handle_unpin(a, handle), FA_OK);
    CHECK_EQ(fa_handle_free(a, handle), FA_OK);
    CHECK_EQ(fa_handle_free(a, handle), FA_ERROR_STALE);
    fa_handle again = filled(a, 100, 16);
    CHECK(again != handle);
    CHECK(fa_handle_resolve(a, handle) == NULL);
    fa_handle none = 7;
    CHECK_EQ(fa_handle_alloc(a, SIZE_MAX, 16, &none), FA_ERROR_SIZE);
    CHECK_EQ(none, 0);
    CHECK_EQ(fa_handle_alloc(a, 16, 3, &none), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_handle_alloc(a, 16, 0, &none), FA_ERROR_ALIGNMENT);
    CHECK_EQ(fa_handle_alloc(a, 16, 16, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_handle_alloc(NULL, 16, 16, &none), FA_ERROR_INVALID_ALLOCATOR);
    CHECK(fa_handle_resolve(NULL, handle) == NULL);
    CHECK_EQ(fa_handle_valid(NULL, handle), 0);
    fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
    CHECK_EQ(fa_handle_defragment(a, NULL), FA_OK);
    CHECK_EQ(fa_handle_defragment(NULL, &done), FA_ERROR_INVALID_ALLOCATOR);
    done.struct_size = 8;
    CHECK_EQ(fa_handle_defragment(a, &done), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_handle_get_stats(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
    fa_allocator_release(b);
}

static void a_failing_backend_leaves_nothing(void)
{
    for (size_t fail_at = 1; fail_at < 8; fail_at++) {
        spy s;
        spy_start(&s);
        s.fail_at = fail_at;
        fa_config config = spy_config(&s);
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        capture_mute(a);
        uint64_t live = 0;
        for (int i = 0; i < 30; i++) {
            fa_handle handle;
            size_t size = i % 5 == 0 ? 200000 : 30000;
            live += fa_handle_alloc(a, size, 16, &handle) == FA_OK ? size : 0;
            CHECK_EQ(stats_of(a).live_bytes, live);
        }
        CHECK_EQ(fa_handle_defragment(a, NULL), FA_OK);
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void stores_are_no_leaks(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("no debug support in this build");
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    fa_handle kept = filled(a, 100, 16);
    fa_handle gone = filled(a, 100, 16);
    (void)filled(a, 100000, 16);
    unsigned char *stale = fa_handle_resolve(a, gone);
    CHECK_EQ(fa_handle_free(a, gone), FA_OK);
    CHECK_EQ(stale[99], 0xCD);
    CHECK(intact(a, kept, 100));
    /* What a block that slides down leaves behind, but for the head of the hole. */
    fa_handle first = filled(a, 512, 16);
    fa_handle second = filled(a, 512, 16);
    CHECK_EQ(fa_handle_free(a, first), FA_OK);
    stale = fa_handle_resolve(a, second);
    CHECK_EQ(fa_handle_defragment(a, NULL), FA_OK);
    CHECK(fa_handle_resolve(a, second) != stale);
    CHECK(all_bytes(stale + 400, 112, 0xCD));
    CHECK(intact(a, second, 512));
    fa_allocator_release(a);
    CHECK_EQ(c.by_code[506], 0);
}

static int child_status = -1;

/* Forks in the middle of a defragmentation: the child must not wait for a thread that it does not have. */
static void fork_once(void *user, fa_handle handle, const void *before, void *after, size_t size)
{
    (void)before;
    (void)after;
    (void)size;
    if (child_status != -1)
        return;
    pid_t child = fork();
    if (child == 0)
        child_end(fa_handle_defragment(user, NULL) == FA_OK && fa_handle_free(user, handle) == FA_OK ? 0 : 1);
    child_status = child_await(child);
}

static void forked_children_go_on(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_handle hole = filled(a, 100, 16);
    fa_handle kept = filled(a, 100, 16);
    CHECK_EQ(fa_handle_free(a, hole), FA_OK);
    CHECK_EQ(fa_handle_set_relocated(a, fork_once, a), FA_OK);
    CHECK_EQ(fa_handle_defragment(a, NULL), FA_OK);
    CHECK_EQ(child_status, 0);
    CHECK(intact(a, kept, 100));
    fa_allocator_release(a);
}

static void regions_come_and_go_with_their_blocks(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_handle handles[300];
    for (int i = 0; i < 300; i++)
        handles[i] = filled(a, 60000, 16);
    CHECK_EQ(stats_of(a).regions, 75);
    for (int i = 0; i < 300; i++)
        CHECK_EQ(fa_handle_free(a, handles[i]), FA_OK);
    CHECK_EQ(stats_of(a).regions, 0);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
}

enum { SHARED_HANDLES = 64, ROUNDS = 3000 };

typedef struct crowd {
    fa_allocator *allocator;
    fa_handle pinned[SHARED_HANDLES]; /* never freed while the threads run */
    atomic_int stop;
} crowd;

static void *use_handles(void *user)
{
    crowd *c = user;
    fa_handle own[16] = {0};
    for (unsigned i = 0; i < ROUNDS; i++) {
        fa_handle shared = c->pinned[i % SHARED_HANDLES];
        unsigned char *bytes = fa_handle_pin(c->allocator, shared);
        if (CHECK(bytes != NULL)) {
            CHECK(pattern_holds(bytes, 64, 64, (unsigned)shared));
            CHECK_EQ(fa_handle_unpin(c->allocator, shared), FA_OK);
        }
        CHECK(fa_handle_resolve(c->allocator, shared) != NULL);
        fa_handle *mine = &own[i % 16];
        if (*mine != 0)
            CHECK_EQ(fa_handle_free(c->allocator, *mine), FA_OK);
        CHECK_EQ(fa_handle_alloc(c->allocator, 16 + i % 3000, 16, mine), FA_OK);
    }
    for (int i = 0; i < 16; i++)
        CHECK_EQ(fa_handle_free(c->allocator, own[i]), FA_OK);
    return NULL;
}

static void *compact(void *user)
{
    crowd *c = user;
    while (!atomic_load(&c->stop))
        (void)fa_handle_defragment_step(c->allocator, 20000, 0, NULL);
    return NULL;
}

static void threads_work_during_steps(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    static crowd c;
    c.allocator = a;
    for (int i = 0; i < SHARED_HANDLES; i++) {
        fa_handle hole = filled(a, 3000, 16);
        c.pinned[i] = filled(a, 64, 16);
        CHECK_EQ(fa_handle_free(a, hole), FA_OK);
    }
    pthread_t users[3];
    pthread_t compactor;
    REQUIRE(pthread_create(&compactor, NULL, compact, &c) == 0);
    /* However threads are scheduled, there is something to move. */
    while (stats_of(a).moved == 0)
        (void)sched_yield();
    for (int i = 0; i < 3; i++)
        REQUIRE(pthread_create(&users[i], NULL, use_handles, &c) == 0);
    for (int i = 0; i < 3; i++)
        (void)pthread_join(users[i], NULL);
    atomic_store(&c.stop, 1);
    (void)pthread_join(compactor, NULL);
    for (int i = 0; i < SHARED_HANDLES; i++)
        CHECK(intact(a, c.pinned[i], 64));
    CHECK_EQ(stats_of(a).live_count, SHARED_HANDLES);
    CHECK(stats_of(a).moved > 0);
    CHECK_EQ(stats_of(a).pinned, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(handles_resolve_until_freed), CASE(defragmentation_compacts), CASE(pinned_blocks_stay),
           CASE(steps_are_bounded), CASE(relocation_is_told), CASE(misuse_is_refused),
           CASE(a_failing_backend_leaves_nothing), CASE(stores_are_no_leaks),
           CASE(forked_children_go_on), CASE(regions_come_and_go_with_their_blocks), CASE(threads_work_during_steps))
