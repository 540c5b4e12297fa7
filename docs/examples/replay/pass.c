/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#define _GNU_SOURCE
#include "pass.h"

#include "message.h"
#include "player.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NOT_TRACED 77
#define SYSCALL_STOP (SIGTRAP | 0x80)

uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

struct pass *pass_make(uint32_t frames)
{
    size_t series = frames * (sizeof(uint64_t) + sizeof(struct memory_sample));
    struct pass *pass = bulk_shared(sizeof *pass + series);
    pass->samples = (struct memory_sample *)(pass + 1);
    pass->frame_ns = (uint64_t *)(pass->samples + frames);
    return pass;
}

static void run_in_child(struct pass *pass, const struct program *program, enum allocator allocator)
{
    if (allocator == ALLOCATOR_FRAMEALLOC)
        run_framealloc(program, pass);
    else
        run_malloc(program, pass);
    pass->finished = true;
    _exit(0);
}

static void start(struct pass *pass, enum watch watch)
{
    pass->watch = watch;
    pass->finished = false;
    pass->after_loading = false;
}

static int wait_for(pid_t child)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            fail("a child process is lost: %s", strerror(errno));
    return status;
}

static bool went_well(const struct pass *pass, const struct program *program, int status)
{
    if (pass->finished)
        return true;
    if (WIFSIGNALED(status))
        complain("%s: the replay was ended by a signal: %s", program->name, strsignal(WTERMSIG(status)));
    return false;
}

bool pass_run(struct pass *pass, const struct program *program, enum allocator allocator, enum watch watch)
{
    start(pass, watch);
    pid_t child = fork();
    if (child < 0)
        fail("no child process: %s", strerror(errno));
    if (child == 0)
        run_in_child(pass, program, allocator);
    return went_well(pass, program, wait_for(child));
}

static void run_traced(struct pass *pass, const struct program *program, enum allocator allocator)
{
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit(EXIT_NOT_TRACED);
    raise(SIGSTOP);
    run_in_child(pass, program, allocator);
}

/* Reading the clock is the program's own doing, where it is a system call at all. */
static bool is_counted_entry(pid_t child)
{
    struct __ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    return info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr != SYS_clock_gettime;
}

/* Lets the child go on to its next stop. A signal that stopped it is delivered. */
static int next_stop(pid_t child, int status)
{
    int signal = WSTOPSIG(status);
    bool deliver = signal != SYSCALL_STOP && signal != SIGSTOP && signal != SIGTRAP;
    ptrace(PTRACE_SYSCALL, child, NULL, deliver ? signal : 0);
    return wait_for(child);
}

uint64_t pass_system_calls(struct pass *pass, const struct program *program, enum allocator allocator)
{
    start(pass, WATCH_TOTAL);
    pid_t child = fork();
    if (child < 0)
        return SYSTEM_CALLS_UNKNOWN;
    if (child == 0)
        run_traced(pass, program, allocator);
    int status = wait_for(child);
    if (WIFSTOPPED(status))
        ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    uint64_t calls = 0;
    while (WIFSTOPPED(status)) {
        if (WSTOPSIG(status) == SYSCALL_STOP && pass->after_loading)
            calls += is_counted_entry(child);
        status = next_stop(child, status);
    }
    return pass->finished ? calls : SYSTEM_CALLS_UNKNOWN;
}
