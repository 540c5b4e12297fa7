/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* fork() in a program whose threads allocate: the child goes on. */
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, CHILD_FINE = 42 };

static fa_allocator *a;
static atomic_bool finished;

static void *keep_busy(void *user)
{
    while (!atomic_load(&finished)) {
        (void)fa_frame_begin(a);
        CHECK(fa_frame_alloc(a, 200000, 16) != NULL);
        CHECK_EQ(fa_release(a, fa_alloc(a, FA_INTENT_AUTO, 100, 16)), FA_OK);
        CHECK_EQ(fa_release(a, fa_alloc(a, FA_INTENT_AUTO, 300000, 16)), FA_OK);
        (void)fa_frame_end(a);
        CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    }
    return user;
}

static void *allocate_in_child(void *user)
{
    return fa_release(a, fa_pool_alloc(a, 100, 16)) == FA_OK ? user : NULL;
}

static bool child_works(unsigned char *inherited)
{
    pthread_t thread;
    void *result = NULL;
    bool good = pattern_holds(inherited, 5000, 5000, 3) && fa_release(a, inherited) == FA_OK;
    for (int i = 0; i < 20 && good; i++) {
        good = fa_frame_begin(a) == FA_OK && fa_frame_alloc(a, 300000, 16) != NULL && fa_frame_end(a) == FA_OK;
        good = good && fa_release(a, fa_alloc(a, FA_INTENT_AUTO, (size_t)10 << i % 16, 16)) == FA_OK;
    }
    good = good && fa_allocator_trim(a, NULL) == FA_OK;
    good = good && pthread_create(&thread, NULL, allocate_in_child, &result) == 0;
    return good && pthread_join(thread, &result) == 0 && result != NULL;
}

static void fork_once(void)
{
    int status = 0;
    unsigned char *block = fa_alloc(a, FA_INTENT_AUTO, 5000, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 5000, 3);
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(20);
        _exit(child_works(block) ? CHILD_FINE : 1);
    }
    REQUIRE(child > 0);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), CHILD_FINE);
    CHECK(pattern_holds(block, 5000, 5000, 3));
    CHECK_EQ(fa_release(a, block), FA_OK);
}

static void child_goes_on_allocating(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    SKIP("sanitizers do not let the child of a threaded process start threads");
#elif defined(TESTS_EMULATED)
    SKIP("qemu-user ends in an assertion when the child of a threaded process starts threads");
#endif
    pthread_t threads[THREADS];
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    atomic_store(&finished, false);
    for (int i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, keep_busy, NULL) == 0);
    for (size_t i = scaled(60); i > 0 && atomic_load(&check_failures) == 0; i--)
        fork_once();
    atomic_store(&finished, true);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    fa_allocator_release(a);
}

static void a_frame_goes_on_in_both(void)
{
    int status = 0;
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 1000, 16);
    REQUIRE(block != NULL);
    pattern_fill(block, 1000, 4);
    pid_t child = fork();
    if (child == 0)
        _exit(pattern_holds(block, 1000, 1000, 4) && fa_frame_alloc(a, 100, 16) != NULL &&
                      fa_frame_end(a) == FA_OK && fa_frame_begin(a) == FA_OK
                  ? CHILD_FINE
                  : 1);
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(WEXITSTATUS(status), CHILD_FINE);
    CHECK(pattern_holds(block, 1000, 1000, 4));
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(child_goes_on_allocating), CASE(a_frame_goes_on_in_both))
