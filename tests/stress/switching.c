/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Debug mode goes on and off, looks at everything and is forked, while threads run frames and pass blocks round. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 2, CHILD_FINE = 42 };

static fa_allocator *a;
static capture heard;
static atomic_bool stop;
static atomic_int running;

static void switch_to(uint32_t flags)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = flags;
    options.pages_kept_bytes = 1 << 20;
    CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
}

static bool supported(void)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = FA_DEBUG_GUARDS;
    return fa_debug_configure(a, &options) == FA_OK && fa_debug_configure(a, NULL) == FA_OK;
}

static void *work(void *user)
{
    size_t seed = (size_t)(uintptr_t)user;
    atomic_fetch_add(&running, 1);
    for (size_t round = seed; !atomic_load(&stop); round++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        unsigned char *first = fa_frame_alloc(a, 48 + round % 64, 64);
        pattern_fill(first, 48, round);
        for (size_t i = 0; i < 8; i++)
            memset(fa_frame_alloc(a, 48 + i * 16, 16), 1, 48 + i * 16);
        void *block = fa_pool_alloc(a, 40, 16);
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK(pattern_holds(first, 48, 48, round));
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    return NULL;
}

static void start(pthread_t *threads)
{
    atomic_store(&stop, false);
    atomic_store(&running, 0);
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work, (void *)(i * 17)) == 0);
    while (atomic_load(&running) < THREADS)
        (void)sched_yield();
}

static void finish(pthread_t *threads)
{
    atomic_store(&stop, true);
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
}

static void yield_for_a_while(size_t times)
{
    while (times-- > 0)
        (void)sched_yield();
}

#define SETUP()                                                                                                       \
    do {                                                                                                              \
        a = fa_allocator_create(NULL);                                                                                \
        REQUIRE(a != NULL);                                                                                           \
        capture_start(&heard, a);                                                                                     \
        if (!supported()) {                                                                                           \
            fa_allocator_release(a);                                                                                  \
            SKIP("built without debug mode");                                                                         \
        }                                                                                                             \
    } while (0)

static unsigned damages_found(void)
{
    return heard.by_code[507] + heard.by_code[508] + heard.by_code[509];
}

static void check_nothing_was_found(void)
{
    CHECK_EQ(atomic_load(&heard.reports), 0);
    if (atomic_load(&heard.reports) != 0)
        printf("# FA%03d: %s\n", (int)heard.last.code, heard.note);
}

/* Each allocator is switched on once: lanes that run then have never heard of it. */
static void on_beside_frames(void)
{
    pthread_t threads[THREADS];
    for (size_t round = scaled(60); round > 0; round--) {
        SETUP();
        start(threads);
        yield_for_a_while(round % 16);
        switch_to(FA_DEBUG_POISON | FA_DEBUG_GUARDS);
        yield_for_a_while(20);
        finish(threads);
        fa_allocator_release(a);
        check_nothing_was_found();
    }
}

static void on_and_off_beside_frames(void)
{
    pthread_t threads[THREADS];
    SETUP();
    start(threads);
    for (size_t round = scaled(1500); round > 0; round--) {
        switch_to(round % 3 == 0 ? FA_DEBUG_POISON | FA_DEBUG_GUARDS | FA_DEBUG_QUARANTINE : FA_DEBUG_POISON | FA_DEBUG_GUARDS);
        yield_for_a_while(round % 8);
        switch_to(0);
        yield_for_a_while(round % 3);
    }
    finish(threads);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    fa_debug_stats stats = FA_DEBUG_STATS_INIT;
    CHECK_EQ(fa_debug_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.live_blocks, 0);
    CHECK_EQ(stats.live_bytes, 0);
    fa_allocator_release(a);
    check_nothing_was_found();
}

/* Pages that just lost their access are looked at no more. */
static void looked_at_beside_frames(void)
{
    pthread_t threads[THREADS];
    SETUP();
    start(threads);
    for (size_t round = scaled(400); round > 0; round--) {
        uint64_t found = 1;
        switch_to(FA_DEBUG_POISON | FA_DEBUG_GUARDS | FA_DEBUG_PAGES | FA_DEBUG_QUARANTINE | FA_DEBUG_ESCAPES);
        for (size_t looks = 0; looks < 5; looks++) {
            CHECK_EQ(fa_debug_check(a, &found), FA_OK);
            CHECK_EQ(found, 0);
            (void)sched_yield();
        }
        if (round % 4 == 0)
            switch_to(0);
    }
    finish(threads);
    fa_allocator_release(a);
    CHECK_EQ(damages_found(), 0);
}

/* In the child, the other threads' frames stay in the middle of what they did, and what they had taken leaks. */
static void fork_once(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(60);
        uint64_t found = 1;
        bool good = fa_debug_check(a, &found) == FA_OK && found == 0;
        fa_allocator_release(a);
        _exit(good && damages_found() == 0 ? CHILD_FINE : 1);
    }
    REQUIRE(child > 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), CHILD_FINE);
}

static void forked_beside_frames(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    SKIP("sanitizers do not let the child of a threaded process go on");
#elif defined(TESTS_EMULATED)
    SKIP("qemu-user ends in an assertion when the child of a threaded process goes on");
#endif
    pthread_t threads[THREADS];
    SETUP();
    switch_to(FA_DEBUG_POISON | FA_DEBUG_GUARDS);
    start(threads);
    for (size_t i = scaled(150); i > 0 && atomic_load(&check_failures) == 0; i--)
        fork_once();
    finish(threads);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(on_beside_frames), CASE(on_and_off_beside_frames), CASE(looked_at_beside_frames),
           CASE(forked_beside_frames))
