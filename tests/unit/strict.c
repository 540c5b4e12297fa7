/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

static void an_error(fa_allocator *a)
{
    (void)fa_frame_end(a);
}

static void a_warning(fa_allocator *a)
{
    (void)fa_frame_begin(a);
    (void)fa_phase_begin(a, "left open");
    (void)fa_frame_end(a);
}

static void make_without_a_report(fa_allocator *a)
{
    CHECK(fa_frame_try_alloc(a, 16, 16) == NULL);
}

/* Runs in a child what may stop it; whether it was stopped by abort(), and what it wrote. */
static bool stops(void (*mistake)(fa_allocator *), void (*prepare)(fa_allocator *), char *text, size_t room)
{
    capture_stderr saved = {NULL, -1};
    int result = 0;
    capture_stderr_begin(&saved);
    pid_t child = fork();
    if (child == 0) {
        fa_allocator *a = fa_allocator_create(NULL);
        (void)signal(SIGABRT, SIG_DFL);
        if (prepare != NULL)
            prepare(a);
        mistake(a);
        (void)kill(getpid(), SIGKILL);
    }
    CHECK(child > 0 && waitpid(child, &result, 0) == child);
    capture_stderr_end(&saved, text, room);
    CHECK(WIFSIGNALED(result));
    CHECK(WTERMSIG(result) == SIGABRT || WTERMSIG(result) == SIGKILL);
    return WTERMSIG(result) == SIGABRT;
}

static void at_errors(fa_allocator *a)
{
    CHECK_EQ(fa_strict_set(a, FA_STRICT_ERROR), FA_OK);
}

static void at_warnings(fa_allocator *a)
{
    CHECK_EQ(fa_strict_set(a, FA_STRICT_WARNING), FA_OK);
}

static void levels_stop(void)
{
    char text[4096];
    CHECK(!stops(an_error, NULL, text, sizeof text));
    CHECK(strstr(text, "[FA005]") != NULL);
    CHECK(stops(an_error, at_errors, text, sizeof text));
    CHECK(strstr(text, "[framealloc][FA005] error: frame ended that was not begun\n") != NULL);
    CHECK(strstr(text, "[framealloc] strict mode stops the program at FA005\n") != NULL);
    CHECK(!stops(a_warning, at_errors, text, sizeof text));
    CHECK(stops(a_warning, at_warnings, text, sizeof text));
    CHECK(stops(an_error, at_warnings, text, sizeof text));
    CHECK(!stops(make_without_a_report, at_warnings, text, sizeof text));
}

static void mute(fa_allocator *a)
{
    at_errors(a);
    capture_mute(a);
}

/* Nobody stops without a word. */
static void the_reason_is_always_written(void)
{
    char text[4096];
    CHECK(stops(an_error, mute, text, sizeof text));
    CHECK(strstr(text, "[FA005]") != NULL);
}

static void in_environment(const char *value, bool at_error, bool at_warning)
{
    char text[4096];
    CHECK_EQ(setenv("FRAMEALLOC_STRICT", value, 1), 0);
    CHECK_EQ(stops(an_error, NULL, text, sizeof text), at_error);
    CHECK_EQ(stops(a_warning, NULL, text, sizeof text), at_warning);
    CHECK_EQ(unsetenv("FRAMEALLOC_STRICT"), 0);
}

static void the_environment_chooses(void)
{
    char text[4096];
    in_environment("warn", false, false);
    in_environment("error", true, false);
    in_environment("warning", true, true);
    in_environment("", false, false);
    in_environment("bogus", false, false);
    CHECK_EQ(setenv("FRAMEALLOC_STRICT", "bogus", 1), 0);
    CHECK(!stops(make_without_a_report, NULL, text, sizeof text));
    CHECK(strstr(text, "[framealloc][FA906] warning: environment variable not understood\n"
                       "  note: FRAMEALLOC_STRICT is \"bogus\", and takes warn, error or warning") != NULL);
    CHECK_EQ(unsetenv("FRAMEALLOC_STRICT"), 0);
}

static void leniently(fa_allocator *a)
{
    FA_STRICT_SCOPE(a, FA_STRICT_OFF);
    an_error(a);
}

static void strictly(fa_allocator *a)
{
    FA_STRICT_SCOPE(a, FA_STRICT_WARNING);
    a_warning(a);
}

static void after_a_scope(fa_allocator *a)
{
    leniently(a);
    an_error(a);
}

static void scopes_are_of_their_lane(void)
{
    char text[4096];
    CHECK(!stops(leniently, at_errors, text, sizeof text));
    CHECK(stops(strictly, NULL, text, sizeof text));
    CHECK(stops(after_a_scope, at_errors, text, sizeof text));
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_strict_level(a), FA_STRICT_OFF);
    for (int i = 0; i < FA_STRICT_DEPTH; i++)
        CHECK_EQ(fa_strict_begin(a, i % 2 == 0 ? FA_STRICT_WARNING : FA_STRICT_OFF), FA_OK);
    CHECK_EQ(fa_strict_begin(a, FA_STRICT_OFF), FA_ERROR_DEPTH);
    for (int i = FA_STRICT_DEPTH; i > 0; i--) {
        CHECK_EQ(fa_strict_level(a), i % 2 == 1 ? FA_STRICT_WARNING : FA_STRICT_OFF);
        CHECK_EQ(fa_strict_end(a), FA_OK);
    }
    CHECK_EQ(fa_strict_end(a), FA_ERROR_UNBALANCED);
    fa_allocator_release(a);
}

static void bad_levels_are_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    CHECK_EQ(fa_strict_set(a, 3), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_strict_set(a, -1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_strict_begin(a, 3), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_strict_level(a), FA_STRICT_OFF);
    CHECK_EQ(fa_strict_set(NULL, FA_STRICT_ERROR), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_strict_begin(NULL, FA_STRICT_ERROR), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_strict_end(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_strict_level(NULL), FA_STRICT_OFF);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(levels_stop), CASE(the_reason_is_always_written), CASE(the_environment_chooses),
           CASE(scopes_are_of_their_lane), CASE(bad_levels_are_refused))
