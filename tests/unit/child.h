/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How a forked child tells its parent that it did well: it kills itself, since to a leak checker at its exit, what belongs
 * to threads that it does not have would look lost. */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends a child; `wrong` is what it exits with, 0 if nothing was. */
static inline _Noreturn void child_end(int wrong)
{
    (void)fflush(stdout);
    if (wrong == 0)
        (void)kill(getpid(), SIGKILL);
    _exit(wrong);
}

/* 0 when the child did well, otherwise what it exited with, or -1 when it ended in another way. */
static inline int child_await(pid_t child)
{
    int status = 0;
    if (child <= 0 || waitpid(child, &status, 0) != child)
        return -1;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
