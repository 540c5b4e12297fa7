/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "child.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

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
    CHECK_TEXT(c.message, "frame memory used outside a frame");
    CHECK(strncmp(c.help, "call fa_frame_begin() first", 27) == 0);
    CHECK_TEXT(c.code_text, "FA001");
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

static void text_on_stderr(void)
{
    char text[2048];
    capture_stderr saved;
    fa_allocator *a = fa_allocator_create(NULL);
    capture_stderr_begin(&saved);
    CHECK(fa_frame_alloc(a, 64, 16) == NULL);
    capture_stderr_end(&saved, text, sizeof text);
    fa_allocator_release(a);
    CHECK(strncmp(text, "[framealloc][FA001] error: ", 27) == 0);
    CHECK(strstr(text, "\n  note: ") != NULL);
    CHECK(strstr(text, "\n  help: ") != NULL);
    CHECK(strstr(text, "64") != NULL);
}

static fa_allocator *configured(int32_t output, int32_t color, uint32_t repeats)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_diagnostic_config config = FA_DIAGNOSTIC_CONFIG_INIT;
    CHECK(a != NULL);
    config.output = output;
    config.color = color;
    config.repeats = repeats;
    CHECK_EQ(fa_diagnostic_configure(a, &config), FA_OK);
    return a;
}

static void both_outputs(void)
{
    char text[4096];
    capture c;
    capture_stderr saved;
    fa_allocator *a = configured(FA_OUTPUT_BOTH, FA_COLOR_NEVER, 8);
    capture_start(&c, a);
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK_EQ(c.by_code[5], 1);
    CHECK_TEXT(text, "[framealloc][FA005] error: frame ended that was not begun\n"
                       "  note: no frame is running on this lane (on thread \"unit-diagnostic\", before its first frame)\n"
                       "  help: pair every fa_frame_end() with one fa_frame_begin()\n");
    fa_allocator_release(a);
}

static void sink_output_without_sink_is_counted(void)
{
    char text[4096];
    capture_stderr saved;
    size_t count = 0;
    fa_allocator *a = configured(FA_OUTPUT_SINK, FA_COLOR_NEVER, 8);
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK_EQ(strlen(text), 0);
    CHECK_EQ(fa_diagnostic_count(a, FA_CODE_STRAY_END), 1);
    CHECK_EQ(fa_diagnostic_recent(a, NULL, 0, &count), FA_OK);
    CHECK_EQ(count, 1);
    fa_allocator_release(a);
}

static void colour_is_a_choice(void)
{
    char text[4096];
    capture_stderr saved;
    fa_allocator *plain = configured(FA_OUTPUT_AUTO, FA_COLOR_AUTO, 8);
    fa_allocator *bright = configured(FA_OUTPUT_AUTO, FA_COLOR_ALWAYS, 8);
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_frame_end(plain), FA_ERROR_NO_FRAME);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK(strchr(text, '\033') == NULL);
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_frame_end(bright), FA_ERROR_NO_FRAME);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK(strstr(text, "\033[1;31merror:\033[0m frame ended") != NULL);
    fa_allocator_release(plain);
    fa_allocator_release(bright);
}

static void repeats_are_a_choice(void)
{
    capture c;
    fa_allocator *a = configured(FA_OUTPUT_AUTO, FA_COLOR_AUTO, UINT32_MAX);
    capture_start(&c, a);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(c.by_code[5], 100);
    fa_diagnostic_config config = FA_DIAGNOSTIC_CONFIG_INIT;
    config.repeats = 0;
    CHECK_EQ(fa_diagnostic_configure(a, &config), FA_OK);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(c.by_code[5], 101);
    CHECK_EQ(fa_diagnostic_count(a, FA_CODE_STRAY_END), 200);
    CHECK_EQ(fa_diagnostic_count(a, 99), 0);
    fa_allocator_release(a);
}

static void low_severities_can_be_left_out(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    fa_diagnostic_config config = FA_DIAGNOSTIC_CONFIG_INIT;
    REQUIRE(a != NULL);
    capture_start(&c, a);
    config.min_severity = FA_SEVERITY_ERROR;
    CHECK_EQ(fa_diagnostic_configure(a, &config), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "left open"), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(c.by_code[7], 0);
    CHECK_EQ(fa_diagnostic_count(a, FA_CODE_SCOPE_LEFT_OPEN), 1);
    fa_allocator_release(a);
}

static void bad_configurations_are_refused(void)
{
    capture c;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    static const struct {
        size_t field;
        int32_t value;
    } wrong[] = {
        {offsetof(fa_diagnostic_config, output), 4},       {offsetof(fa_diagnostic_config, output), -1},
        {offsetof(fa_diagnostic_config, color), 3},        {offsetof(fa_diagnostic_config, color), -1},
        {offsetof(fa_diagnostic_config, min_severity), 3}, {offsetof(fa_diagnostic_config, min_severity), -1},
        {offsetof(fa_diagnostic_config, reserved), 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        fa_diagnostic_config config = FA_DIAGNOSTIC_CONFIG_INIT;
        memcpy((char *)&config + wrong[i].field, &wrong[i].value, sizeof wrong[i].value);
        CHECK_EQ(fa_diagnostic_configure(a, &config), FA_ERROR_INVALID_ARGUMENT);
    }
    fa_diagnostic_config small = FA_DIAGNOSTIC_CONFIG_INIT;
    small.struct_size = 4;
    CHECK_EQ(fa_diagnostic_configure(a, &small), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_diagnostic_configure(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    size_t count;
    CHECK_EQ(fa_diagnostic_recent(a, NULL, 1, &count), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_diagnostic_recent(a, NULL, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_diagnostic_recent(NULL, NULL, 0, &count), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

static void the_last_ones_are_kept(void)
{
    fa_allocator *a = configured(FA_OUTPUT_SINK, FA_COLOR_AUTO, UINT32_MAX);
    fa_diagnostic_record kept[FA_DIAGNOSTICS_KEPT + 1];
    size_t count = 0;
    CHECK_EQ(fa_diagnostic_recent(a, kept, 1, &count), FA_OK);
    CHECK_EQ(count, 0);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK(fa_frame_alloc(a, 10, 16) == NULL);
    CHECK_EQ(fa_diagnostic_recent(a, kept, 2, &count), FA_OK);
    CHECK_EQ(count, 9);
    CHECK_EQ(kept[0].code, FA_CODE_OUTSIDE_FRAME);
    CHECK_EQ(kept[0].occurrences, 1);
    CHECK_EQ(kept[0].status, FA_ERROR_NO_FRAME);
    CHECK_EQ(kept[1].code, FA_CODE_STRAY_END);
    CHECK_EQ(kept[1].occurrences, 8);
    CHECK(kept[0].time_ns >= kept[1].time_ns && kept[1].time_ns > 0);
    CHECK(strncmp(kept[0].note, "10 bytes", 8) == 0);
    for (int i = 0; i < 100; i++)
        CHECK_EQ(fa_diagnostic_raise(a, fa_diagnostic_code_at((size_t)i % 40), NULL), FA_OK);
    CHECK_EQ(fa_diagnostic_recent(a, kept, FA_DIAGNOSTICS_KEPT + 1, &count), FA_OK);
    CHECK_EQ(count, FA_DIAGNOSTICS_KEPT);
    CHECK_EQ(kept[0].code, fa_diagnostic_code_at(99 % 40));
    CHECK_EQ(kept[31].code, fa_diagnostic_code_at(68 % 40));
    fa_allocator_release(a);
}

static void codes_are_described(void)
{
    int32_t before = 0;
    size_t count = 0;
    for (int32_t code; (code = fa_diagnostic_code_at(count)) != 0; count++) {
        fa_diagnostic_text text = FA_DIAGNOSTIC_TEXT_INIT;
        CHECK_EQ(fa_diagnostic_describe(code, &text), FA_OK);
        CHECK_EQ(text.code, code);
        CHECK(code > before);
        CHECK(strlen(text.message) > 5 && strlen(text.help) > 10 && strlen(text.explain) > 40);
        CHECK_EQ(fa_diagnostic_code_of(text.name), code);
        before = code;
    }
    CHECK(count > 40);
    fa_diagnostic_text text = FA_DIAGNOSTIC_TEXT_INIT;
    CHECK_EQ(fa_diagnostic_describe(FA_CODE_LONG_LIVED_FRAME, &text), FA_OK);
    CHECK_TEXT(text.name, "BF001");
    CHECK_EQ(text.severity, FA_SEVERITY_WARNING);
    CHECK_EQ(fa_diagnostic_describe(0, &text), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_diagnostic_describe(99, &text), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_diagnostic_describe(INT32_MAX, &text), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_diagnostic_describe(1, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_diagnostic_code_of("FA1"), 0);
    CHECK_EQ(fa_diagnostic_code_of(NULL), 0);
    CHECK_EQ(fa_diagnostic_code_at(SIZE_MAX), 0);
}

static void context_says_where(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_diagnostic_context here = FA_DIAGNOSTIC_CONTEXT_INIT;
    REQUIRE(a != NULL);
    fa_tag tag = fa_tag_get(a, "ai::paths");
    CHECK_EQ(fa_diagnostic_get_context(a, &here), FA_OK);
    CHECK_EQ(here.main_thread, 1);
    CHECK_EQ(here.frame_active, 0);
    CHECK_EQ(here.engine_attached, 0);
    CHECK(here.thread_id != 0);
    CHECK_TEXT(here.thread_name, "unit-diagnostic");
    CHECK_EQ(fa_engine_attach(a, "engine"), FA_OK);
    CHECK_EQ(fa_engine_pre_frame(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "search\n\033[2J"), FA_OK);
    CHECK_EQ(fa_diagnostic_get_context(a, &here), FA_OK);
    CHECK_EQ(here.frame_active, 1);
    CHECK_EQ(here.frame_number, 1);
    CHECK_EQ(here.engine_attached, 1);
    CHECK_EQ(here.tag, tag);
    CHECK(here.lane != 0);
    CHECK_TEXT(here.tag_path, "ai::paths");
    CHECK_TEXT(here.phase, "search\\x0A\\x1B[2J");
    CHECK_EQ(fa_diagnostic_get_context(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    here.struct_size = 8;
    capture_mute(a);
    CHECK_EQ(fa_diagnostic_get_context(a, &here), FA_ERROR_STRUCT_SIZE);
    fa_allocator_release(a);
}

/* A name cannot make a line that looks like a report, nor move the cursor. */
static void control_characters_are_written_out(void)
{
    char text[4096];
    capture_stderr saved;
    fa_allocator *a = configured(FA_OUTPUT_STDERR, FA_COLOR_NEVER, 8);
    fa_message message = FA_MESSAGE(FA_SEVERITY_ERROR, "GAME1", "broken\r\033[2J\n[framealloc][FA001] error: forged");
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK(strstr(text, "[framealloc][GAME1] error: broken\\x0D\\x1B[2J\n        [framealloc][FA001] error: forged\n") == text);
    fa_allocator_release(a);
}

static void long_messages_leave_room(void)
{
    char text[8192];
    static char message[6000];
    capture_stderr saved;
    fa_allocator *a = configured(FA_OUTPUT_STDERR, FA_COLOR_NEVER, 8);
    memset(message, 'm', sizeof message - 1);
    fa_message m = FA_MESSAGE(FA_SEVERITY_ERROR, "GAME1", message);
    m.help = "mend it";
    capture_stderr_begin(&saved);
    CHECK_EQ(fa_diagnostic_emit(a, &m), FA_OK);
    m = (fa_message)FA_MESSAGE(FA_SEVERITY_ERROR, "GAME2", "\xc2\x9b" "2J");
    CHECK_EQ(fa_diagnostic_emit(a, &m), FA_OK);
    m = (fa_message)FA_MESSAGE(FA_SEVERITY_ERROR, "GAME3", "\xe2\x80\xae" "gnp\xe2\x81\xa6\xe2\x82\xac");
    CHECK_EQ(fa_diagnostic_emit(a, &m), FA_OK);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK(strstr(text, "mmm\n  note: on thread") != NULL && strstr(text, "\n  help: mend it\n[framealloc][GAME2] ") != NULL);
    CHECK(strstr(text, "error: \\xC2\\x9B2J\n") != NULL);
    CHECK(strstr(text, "error: \\xE2\\x80\\xAEgnp\\xE2\\x81\\xA6\xe2\x82\xac\n") != NULL);
    fa_allocator_release(a);
}

static uint64_t crossing_id;
static atomic_int crossing;

static void await_both(void)
{
    atomic_fetch_add(&crossing, 1);
    while (atomic_load(&crossing) < 2)
        (void)sched_yield();
}

static void remove_the_listener(void *user, const fa_diagnostic *diagnostic)
{
    (void)diagnostic;
    await_both();
    CHECK_EQ(fa_event_ignore(user, crossing_id), FA_OK);
}

static void remove_the_sink(void *user, const fa_event *event)
{
    (void)event;
    await_both();
    CHECK_EQ(fa_diagnostic_set_sink(user, NULL, NULL), FA_OK);
}

static void *begin_frame(void *user)
{
    CHECK_EQ(fa_frame_begin(user), FA_OK);
    return NULL;
}

/* Each runs on a thread of its own when it removes the other. */
static void a_sink_and_a_listener_may_remove_each_other(void)
{
    pthread_t other;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_FRAME_BEGIN), remove_the_sink, a, &crossing_id), FA_OK);
    CHECK_EQ(fa_diagnostic_set_sink(a, remove_the_listener, a), FA_OK);
    REQUIRE(pthread_create(&other, NULL, begin_frame, a) == 0);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    (void)pthread_join(other, NULL);
    fa_allocator_release(a);
}

static void fork_in_a_sink(void *user, const fa_diagnostic *diagnostic)
{
    (void)diagnostic;
    pid_t child = fork();
    if (child == 0) {
        (void)alarm(20);
        (void)fa_diagnostic_set_sink(user, NULL, NULL);
        child_end(0);
    }
    CHECK_EQ(child_await(child), 0);
}

static void children_of_a_sink_may_set_others(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(a != NULL && other != NULL);
    CHECK_EQ(fa_diagnostic_set_sink(a, fork_in_a_sink, other), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

static void *keep_failing(void *user)
{
    fa_allocator *a = user;
    for (int i = 0; i < 2000; i++)
        CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    return NULL;
}

static _Atomic int sink_is_set;

static void must_be_set(void *user, const fa_diagnostic *diagnostic)
{
    (void)diagnostic;
    CHECK_EQ(atomic_load((_Atomic int *)user), 1);
}

/* Once a sink was taken away, what it used may go. */
static void sinks_change_while_threads_report(void)
{
    pthread_t threads[2];
    fa_allocator *a = configured(FA_OUTPUT_SINK, FA_COLOR_NEVER, UINT32_MAX);
    for (int i = 0; i < 2; i++)
        REQUIRE(pthread_create(&threads[i], NULL, keep_failing, a) == 0);
    for (int i = 0; i < 200; i++) {
        atomic_store(&sink_is_set, 1);
        CHECK_EQ(fa_diagnostic_set_sink(a, must_be_set, &sink_is_set), FA_OK);
        CHECK_EQ(fa_diagnostic_set_sink(a, NULL, NULL), FA_OK);
        atomic_store(&sink_is_set, 0);
    }
    for (int i = 0; i < 2; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(fa_diagnostic_count(a, FA_CODE_STRAY_END), 4000);
    fa_allocator_release(a);
}

static unsigned own_mistakes;

static void make_a_mistake(void *user, const fa_diagnostic *diagnostic)
{
    (void)diagnostic;
    own_mistakes++;
    CHECK_EQ(fa_frame_end(user), FA_ERROR_NO_FRAME);
    CHECK_EQ(fa_diagnostic_set_sink(user, NULL, NULL), FA_OK);
}

static void a_sink_may_err_and_remove_itself(void)
{
    char text[4096];
    capture_stderr saved;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_diagnostic_set_sink(a, make_a_mistake, a), FA_OK);
    capture_stderr_begin(&saved);
    CHECK(fa_frame_alloc(a, 64, 16) == NULL);
    capture_stderr_end(&saved, text, sizeof text);
    CHECK_EQ(own_mistakes, 1);
    CHECK(strstr(text, "[FA005]") != NULL);
    CHECK(strstr(text, "[FA001]") == NULL);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(report_says_all), CASE(repeated_reports_thin_out), CASE(sinks_belong_to_one_allocator),
           CASE(sink_may_use_the_allocator), CASE(text_on_stderr),
           CASE(both_outputs), CASE(sink_output_without_sink_is_counted), CASE(colour_is_a_choice),
           CASE(repeats_are_a_choice), CASE(low_severities_can_be_left_out), CASE(bad_configurations_are_refused),
           CASE(the_last_ones_are_kept), CASE(codes_are_described), CASE(context_says_where),
           CASE(control_characters_are_written_out), CASE(long_messages_leave_room),
           CASE(a_sink_and_a_listener_may_remove_each_other), CASE(children_of_a_sink_may_set_others), CASE(sinks_change_while_threads_report), CASE(a_sink_may_err_and_remove_itself))
