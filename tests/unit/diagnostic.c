/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

#include <stdlib.h>
#include <unistd.h>

static void report_says_all(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK(fa_frame_alloc(a, 4711, 16) == NULL);
    CHECK_EQ(atomic_load(&c.reports), 1);
    CHECK_EQ(c.last.struct_size, sizeof(fa_diagnostic));
    CHECK_EQ(c.last.severity, FA_SEVERITY_ERROR);
    CHECK_EQ(c.last.code, 1);
    CHECK_EQ(c.last.status, FA_ERROR_NO_FRAME);
    CHECK_EQ(c.last.frame_number, 1);
    CHECK_EQ(c.last.occurrences, 1);
    CHECK(strlen(c.message) > 0 && strlen(c.help) > 0);
    CHECK(strstr(c.note, "4711") != NULL);
    fa_allocator_release(a);
}

static void repeated_reports_thin_out(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(c.by_code[5], 8 + 3);
    CHECK_EQ(c.last.occurrences, 64);
    CHECK(fa_frame_alloc(a, 1, 1) == NULL);
    CHECK_EQ(c.by_code[1], 1);
    fa_allocator_release(a);
}

static void sinks_belong_to_one_allocator(void)
{
    capture first, second;
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *b = fa_allocator_create(NULL);
    REQUIRE(a != NULL && b != NULL);
    capture_start(&first, a);
    capture_start(&second, b);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(first.by_code[5], 1);
    CHECK_EQ(second.by_code[5], 0);
    CHECK_EQ(fa_diagnostic_set_sink(NULL, capture_sink, &first), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
    fa_allocator_release(b);
}

static void use_the_allocator(void *user, const fa_diagnostic *diagnostic)
{
    fa_allocator *a = user;
    (void)diagnostic;
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void sink_may_use_the_allocator(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_diagnostic_set_sink(a, use_the_allocator, a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_frame_active(a), 1);
    CHECK_EQ(fa_diagnostic_set_sink(a, NULL, NULL), FA_OK);
    fa_allocator_release(a);
}

/* What a mistake writes to stderr. */
static void stderr_of_a_mistake(char *text, size_t room)
{
    FILE *file = tmpfile();
    int saved = dup(STDERR_FILENO);
    REQUIRE(file != NULL && saved >= 0);
    (void)fflush(stderr);
    (void)dup2(fileno(file), STDERR_FILENO);
    fa_allocator *a = fa_allocator_create(NULL);
    CHECK(fa_frame_alloc(a, 64, 16) == NULL);
    fa_allocator_release(a);
    (void)fflush(stderr);
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);
    rewind(file);
    text[fread(text, 1, room - 1, file)] = '\0';
    (void)fclose(file);
}

static void text_on_stderr(void)
{
    char text[2048] = "";
    stderr_of_a_mistake(text, sizeof text);
    CHECK(strncmp(text, "[framealloc][FA001] error: ", 27) == 0);
    CHECK(strstr(text, "\n  note: ") != NULL);
    CHECK(strstr(text, "\n  help: ") != NULL);
    CHECK(strstr(text, "64") != NULL);
}

CHECK_MAIN(CASE(report_says_all), CASE(repeated_reports_thin_out), CASE(sinks_belong_to_one_allocator),
           CASE(sink_may_use_the_allocator), CASE(text_on_stderr))
