/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The steady state: no system call, and no byte more after a million frames. */
#include "clock.h"
#include "figures.h"
#include "resident.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static fa_allocator *a;
static void *kept[8];

/* One frame of a small game: frame memory, frames in flight, a few pool and heap blocks, undone work, cleanups. */
static void one_frame(size_t number)
{
    (void)fa_frame_begin(a);
    for (size_t i = 0; i < 8; i++)
        memset(fa_frame_alloc(a, (size_t)64 << i, 16), 1, 8);
    memset(fa_frame_alloc_ahead(a, 1, 4096, 16), 1, 8);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    memset(fa_frame_alloc(a, 2048, 16), 1, 8);
    (void)fa_frame_rollback(a, checkpoint);
    size_t slot = number % 8;
    (void)fa_release(a, kept[slot]);
    kept[slot] = fa_alloc(a, FA_INTENT_AUTO, slot < 6 ? (size_t)32 << slot : 100000, 16);
    (void)fa_frame_end(a);
}

/* The kernel counts resident pages in batches per processor; a leak of one byte a frame is twice as much. */
enum { SLACK_PAGES = 120 };

static bool stayed_flat(size_t before)
{
    return !RESIDENT_IS_OURS || (before > 0 && resident_pages() <= before + SLACK_PAGES);
}

static void a_million_frames_stay_flat(void)
{
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    size_t frames = scaled(1000000);
    for (size_t i = 0; i < 1000; i++)
        one_frame(i);
    size_t resident = resident_pages();
    uint64_t reserved = figures(a).reserved_bytes;
    for (size_t i = 0; i < frames; i++)
        one_frame(i);
    CHECK(stayed_flat(resident));
    CHECK_EQ(figures(a).reserved_bytes, reserved);
    fa_allocator_release(a);
}

/* From here on every system call but write() and exit_group() ends the process. */
static bool forbid_system_calls(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 231, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
#if !defined(__x86_64__)
    rules[1].k = 94;
#endif
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

enum { CHILD_FINE = 42, CHILD_UNABLE = 43 };

static int status_of_child(bool misbehave)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        a = fa_allocator_create(NULL);
        memset(kept, 0, sizeof kept);
        for (size_t i = 0; i < 1000; i++)
            one_frame(i);
        if (!forbid_system_calls())
            _exit(CHILD_UNABLE);
        if (misbehave)
            (void)getppid();
        for (size_t i = 0; i < 100000; i++)
            one_frame(i);
        _exit(CHILD_FINE);
    }
    return child > 0 && waitpid(child, &status, 0) == child ? status : -1;
}

static void steady_frames_make_no_system_call(void)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    SKIP("sanitizers make system calls of their own");
#endif
    if (getenv("FRAMEALLOC_STRESS_SCALE") != NULL)
        SKIP("a slow tool that makes system calls of its own is at work");
    int trap = status_of_child(true);
    if (WIFEXITED(trap))
        SKIP("this kernel cannot forbid system calls");
    int status = status_of_child(false);
    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), CHILD_FINE);
}

CHECK_MAIN(CASE(a_million_frames_stay_flat), CASE(steady_frames_make_no_system_call))
