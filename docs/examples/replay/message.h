/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the program says on stderr, and how it ends. */
#ifndef REPLAY_MESSAGE_H
#define REPLAY_MESSAGE_H

#define EXIT_MISMATCH 1 /* A replay went wrong: a block changed, or an allocator refused. */
#define EXIT_INPUT 2    /* Wrong usage, or a file that cannot be used. */

/* One line on stderr, after the name of the program. */
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);

/* The same, and the process ends with EXIT_MISMATCH, children without running the parent's exit handlers. */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

/* A line that overwrites itself, only where a person is looking. */
__attribute__((format(printf, 1, 2))) void progress(const char *format, ...);
void progress_clear(void);

#endif
