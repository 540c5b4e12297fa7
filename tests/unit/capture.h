/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A diagnostic sink that keeps what it was told. */
#ifndef TESTS_CAPTURE_H
#define TESTS_CAPTURE_H

#include "check.h"

#include <framealloc/framealloc.h>

#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

/* What reports say, also where an emulator or a tool runs the program under its own name. */
__attribute__((constructor)) static void capture_name_thread(void)
{
    (void)prctl(PR_SET_NAME, program_invocation_short_name);
}

typedef struct capture {
    atomic_uint reports;
    fa_diagnostic last;
    char message[256];
    char note[512];
    char help[512];
    char code_text[16];
    unsigned by_code[1000];
} capture;

static inline void capture_copy(char *to, size_t room, const char *from)
{
    (void)snprintf(to, room, "%s", from != NULL ? from : "");
}

static inline void capture_sink(void *user, const fa_diagnostic *diagnostic)
{
    capture *c = user;
    c->last = *diagnostic;
    capture_copy(c->message, sizeof c->message, diagnostic->message);
    capture_copy(c->note, sizeof c->note, diagnostic->note);
    capture_copy(c->help, sizeof c->help, diagnostic->help);
    capture_copy(c->code_text, sizeof c->code_text, diagnostic->code_text);
    if (diagnostic->code >= 0 && diagnostic->code < 1000)
        c->by_code[diagnostic->code]++;
    atomic_fetch_add(&c->reports, 1);
}

static inline void capture_start(capture *c, fa_allocator *a)
{
    memset(c, 0, sizeof *c);
    CHECK_EQ(fa_diagnostic_set_sink(a, capture_sink, c), FA_OK);
}

/* Code of the newest report, 0 if there was none since the last question. */
static inline int32_t capture_code(capture *c)
{
    int32_t code = atomic_load(&c->reports) == 0 ? 0 : c->last.code;
    atomic_store(&c->reports, 0);
    return code;
}

/* For tests that provoke reports without caring for them. */
static inline void capture_nothing(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

static inline void capture_mute(fa_allocator *a)
{
    CHECK_EQ(fa_diagnostic_set_sink(a, capture_nothing, NULL), FA_OK);
}

/* What the process writes to stderr meanwhile. */
typedef struct capture_stderr {
    FILE *file;
    int saved;
} capture_stderr;

static inline void capture_stderr_begin(capture_stderr *c)
{
    (void)fflush(stderr);
    c->file = tmpfile();
    c->saved = dup(STDERR_FILENO);
    REQUIRE(c->file != NULL && c->saved >= 0);
    (void)dup2(fileno(c->file), STDERR_FILENO);
}

static inline void capture_stderr_end(capture_stderr *c, char *text, size_t room)
{
    (void)fflush(stderr);
    (void)dup2(c->saved, STDERR_FILENO);
    (void)close(c->saved);
    rewind(c->file);
    text[fread(text, 1, room - 1, c->file)] = '\0';
    (void)fclose(c->file);
}

#endif
