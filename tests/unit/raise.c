/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

static void own_messages(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    fa_message message = FA_MESSAGE(FA_SEVERITY_WARNING, "GAME042", "particles spill over");
    message.note = "1,200 of 1,000";
    message.help = "raise the number in settings.ini";
    CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    CHECK_TEXT(c.code_text, "GAME042");
    CHECK_TEXT(c.message, "particles spill over");
    CHECK_TEXT(c.note, "1,200 of 1,000 (on thread \"unit-raise\", before its first frame)");
    CHECK_TEXT(c.help, "raise the number in settings.ini");
    CHECK_EQ(c.last.severity, FA_SEVERITY_WARNING);
    CHECK_EQ(c.last.code, 0);
    CHECK_EQ(c.last.occurrences, 1);
    for (int i = 0; i < 20; i++)
        CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    CHECK_EQ(c.by_code[0], 8 + 1);
    CHECK_EQ(fa_diagnostic_count(a, 0), 21);
    message = (fa_message)FA_MESSAGE(FA_SEVERITY_NOTE, "UI1", "another code counts by itself");
    CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    CHECK_EQ(c.last.occurrences, 1);
    CHECK_TEXT(c.note, "on thread \"unit-raise\", before its first frame");
    fa_allocator_release(a);
}

static void bad_messages_are_refused(void)
{
    static const char *const codes[] = {"",     "A1",      "GAME",      "042",        "game042", "GAME042x", "ABCDEFGHI1",
                                        "GA-1", "FA001",   "BF1",       "GAME1234567", "FA",      NULL};
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        fa_message message = FA_MESSAGE(FA_SEVERITY_ERROR, codes[i], "text");
        CHECK_EQ(fa_diagnostic_emit(a, &message), FA_ERROR_INVALID_ARGUMENT);
    }
    fa_message fine = FA_MESSAGE(FA_SEVERITY_ERROR, "FAST1", "begins with FA, and is no code of the library");
    CHECK_EQ(fa_diagnostic_emit(a, &fine), FA_OK);
    fa_message silent = FA_MESSAGE(FA_SEVERITY_ERROR, "GAME1", "");
    CHECK_EQ(fa_diagnostic_emit(a, &silent), FA_ERROR_INVALID_ARGUMENT);
    fa_message severe = FA_MESSAGE(3, "GAME1", "text");
    CHECK_EQ(fa_diagnostic_emit(a, &severe), FA_ERROR_INVALID_ARGUMENT);
    fa_message small = FA_MESSAGE(FA_SEVERITY_ERROR, "GAME1", "text");
    small.struct_size = 8;
    CHECK_EQ(fa_diagnostic_emit(a, &small), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_diagnostic_emit(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_diagnostic_count(a, 0), 1);
    fa_allocator_release(a);
}

static void codes_of_the_library_can_be_raised(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    CHECK_EQ(fa_diagnostic_raise(a, FA_CODE_FRAME_ESCAPED, "the renderer kept a list"), FA_OK);
    CHECK_EQ(capture_code(&c), FA_CODE_FRAME_ESCAPED);
    CHECK_TEXT(c.note, "the renderer kept a list (on thread \"unit-raise\", before its first frame)");
    CHECK_EQ(fa_diagnostic_raise(a, FA_CODE_SHORT_LIVED_POOL, NULL), FA_OK);
    CHECK_TEXT(c.code_text, "BF002");
    CHECK_EQ(fa_diagnostic_raise(a, 4711, NULL), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_diagnostic_raise(a, -1, NULL), FA_ERROR_NOT_FOUND);
    fa_allocator_release(a);
}

/* However many there are, and whatever their names. */
static void each_code_counts_by_itself(void)
{
    capture c;
    char code[16];
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    for (int i = 0; i < 20; i++) {
        fa_message message = FA_MESSAGE(FA_SEVERITY_WARNING, "GAME1", "often");
        CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    }
    for (int i = 2; i < 300; i++) {
        (void)snprintf(code, sizeof code, "GAME%d", i);
        fa_message message = FA_MESSAGE(FA_SEVERITY_ERROR, code, "for the first time");
        unsigned before = c.by_code[0];
        CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
        CHECK_EQ(c.by_code[0], before + 1);
        CHECK_EQ(c.last.occurrences, 1);
    }
    CHECK_EQ(fa_diagnostic_count(a, 0), 20 + 298);
    fa_allocator_release(a);
}

static void without_an_allocator(void)
{
    char text[2048];
    capture_stderr saved;
    fa_message message = FA_MESSAGE(FA_SEVERITY_NOTE, "TOOL7", "nothing to do");
    uint64_t before = fa_diagnostic_count(NULL, 0);
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_diagnostic_emit(NULL, &message), FA_OK);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK_TEXT(text, "[framealloc][TOOL7] note: nothing to do\n  note: on thread \"unit-raise\", before its first frame\n");
    CHECK_EQ(fa_diagnostic_count(NULL, 0), before + 1);
}

static unsigned evaluated;

static int evaluate(int value)
{
    evaluated++;
    return value;
}

static void assertions(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    FA_ASSERT(a, evaluate(1));
    CHECK_EQ(atomic_load(&c.reports), 0);
    FA_ASSERT(a, evaluate(0));
    CHECK_EQ(evaluated, 2);
    CHECK_EQ(capture_code(&c), FA_CODE_ASSERTION);
    CHECK(strstr(c.note, "evaluate(0) is false at ") != NULL && strstr(c.note, "raise.c:") != NULL);
    CHECK(strstr(c.note, " in assertions()") != NULL);
    FA_ASSERT_CODE(a, fa_frame_active(a), FA_CODE_OUTSIDE_FRAME);
    CHECK_EQ(capture_code(&c), FA_CODE_OUTSIDE_FRAME);
    fa_assertion_failed(a, 12345, NULL, NULL, 0, NULL);
    CHECK_EQ(capture_code(&c), FA_CODE_ASSERTION);
    FA_DEBUG_ASSERT(a, evaluate(0));
#ifdef NDEBUG
    CHECK_EQ(evaluated, 2);
#else
    CHECK_EQ(evaluated, 3);
    CHECK_EQ(capture_code(&c), FA_CODE_ASSERTION);
#endif
    fa_allocator_release(a);
}

FA_COMPILE_CHECK(sizeof(fa_message) <= 64, "TEST1", "a message is large", "take something out");

CHECK_MAIN(CASE(own_messages), CASE(bad_messages_are_refused), CASE(codes_of_the_library_can_be_raised),
           CASE(each_code_counts_by_itself), CASE(without_an_allocator), CASE(assertions))
