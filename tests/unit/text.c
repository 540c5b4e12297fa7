/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

#include <stdlib.h>
#include <wchar.h>

static fa_allocator *a;
static capture heard;

static void setup_with(const fa_config *config)
{
    a = fa_allocator_create(config);
    CHECK(a != NULL);
    capture_start(&heard, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
}

static void setup(void)
{
    setup_with(NULL);
}

static void formats_as_printf_does(void)
{
    setup();
    size_t length = 0;
    CHECK_TEXT(fa_frame_printf(a, &length, "%s: %d of %5.2f%c", "lights", 12, 0.5, '!'), "lights: 12 of  0.50!");
    CHECK_EQ(length, 20);
    CHECK_TEXT(fa_frame_printf(a, NULL, "%s", ""), "");
    CHECK_TEXT(fa_frame_printf(a, &length, "a%cb", 0), "a");
    CHECK_EQ(length, 3);
    CHECK_EQ(figures(a).frame.allocations, 3);
    CHECK_EQ(fa_frame_used(a), 32 + 16 + 16);
    fa_allocator_release(a);
}

static void every_length(void)
{
    static char source[1200];
    setup();
    for (int length = 0; length < 1100; length++) {
        for (int i = 0; i < length; i++)
            source[i] = (char)('a' + i % 26);
        source[length] = '\0';
        size_t used = fa_frame_used(a);
        size_t told = SIZE_MAX;
        const char *text = fa_frame_printf(a, &told, "%.*s", length, source);
        CHECK_TEXT(text, source);
        CHECK_EQ(told, length);
        CHECK_EQ(fa_frame_used(a) - used, ((size_t)length + 16) / 16 * 16);
    }
    CHECK_EQ(figures(a).frame.live_count, 1100);
    fa_allocator_release(a);
}

static void texts_of_megabytes(void)
{
    enum { LARGE = 5000000 };
    setup();
    char *source = malloc(LARGE + 1);
    REQUIRE(source != NULL);
    memset(source, 'x', LARGE);
    source[LARGE] = '\0';
    size_t length = 0;
    const char *text = fa_frame_printf(a, &length, "<%s>", source);
    REQUIRE(text != NULL);
    CHECK_EQ(length, LARGE + 2);
    CHECK_EQ(strlen(text), LARGE + 2);
    CHECK(text[0] == '<' && text[LARGE + 1] == '>' && all_bytes(text + 1, LARGE, 'x'));
    CHECK_TEXT(fa_frame_strdup(a, source), source);
    const char *parts[] = {source, source};
    text = fa_frame_join(a, parts, 2, ", ", &length);
    REQUIRE(text != NULL);
    CHECK_EQ(length, 2 * LARGE + 2);
    CHECK(all_bytes(text, LARGE, 'x') && memcmp(text + LARGE, ", ", 2) == 0);
    CHECK(all_bytes(text + LARGE + 2, LARGE, 'x') && text[length] == '\0');
    CHECK_EQ(figures(a).frame.live_count, 3);
    free(source);
    fa_allocator_release(a);
}

/* In the C locale no wide character beyond ASCII has an encoding. */
static void what_cannot_be_formatted(void)
{
    setup();
    CHECK(fa_frame_alloc(a, 10, 16) != NULL);
    size_t length = 77;
    const wchar_t wide[] = {L'a', 0x20AC, 0};
    CHECK(fa_frame_printf(a, &length, "%ls", wide) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&heard), 903);
    CHECK(fa_frame_printf(a, &length, opaque(NULL), 0) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(length, 77);
    CHECK_EQ(fa_frame_used(a), 16);
    CHECK_EQ(figures(a).frame.allocations, 1);
    fa_allocator_release(a);
}

/* %n shortens the text that the second time round finds. */
static void what_changes_while_it_is_formatted(void)
{
    setup();
    union {
        int written;
        char text[16];
    } changing = {.text = "abc"};
    CHECK(fa_frame_alloc(a, 10, 16) != NULL);
    size_t length = 77;
    CHECK(fa_frame_printf(a, &length, "%s%600d%n", changing.text, 1, &changing.written) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(length, 77);
    CHECK_EQ(fa_frame_used(a), 16);
    CHECK_EQ(figures(a).frame.live_count, 1);
    fa_allocator_release(a);
}

static const char *passed_on(size_t *length, const char *format, ...) __attribute__((format(printf, 2, 3)));
static const char *passed_on(size_t *length, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = fa_frame_vprintf(a, length, format, arguments);
    va_end(arguments);
    return text;
}

static void arguments_of_another_function(void)
{
    setup();
    size_t length = 0;
    CHECK_TEXT(passed_on(&length, "%s %d", "lamp", 7), "lamp 7");
    CHECK_EQ(length, 6);
    const char *text = passed_on(&length, "%1000d%s", 7, "end");
    CHECK_EQ(length, 1003);
    CHECK_TEXT(text == NULL ? NULL : text + 999, "7end");
    fa_allocator_release(a);
}

static void copies_of_bytes(void)
{
    setup();
    const char *copy = fa_frame_text(a, "ab\0cd and more", 5);
    REQUIRE(copy != NULL);
    CHECK(memcmp(copy, "ab\0cd", 6) == 0);
    CHECK_TEXT(fa_frame_text(a, NULL, 0), "");
    CHECK_TEXT(fa_frame_text(a, "x", 0), "");
    CHECK(fa_frame_text(a, opaque(NULL), 1) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK(fa_frame_strdup(a, opaque(NULL)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_TEXT(fa_frame_strdup(a, "kept"), "kept");
    CHECK(fa_frame_text(a, "x", opaque_size(SIZE_MAX)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_frame_text(a, "x", opaque_size(SIZE_MAX - 1)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK_EQ(figures(a).frame.allocations, 4);
    fa_allocator_release(a);
}

static void joined(void)
{
    setup();
    size_t length = 0;
    const char *parts[] = {"assets", "", "textures", "wall.png"};
    CHECK_TEXT(fa_frame_join(a, parts, 4, "/", &length), "assets//textures/wall.png");
    CHECK_EQ(length, 25);
    CHECK_TEXT(fa_frame_join(a, parts, 4, NULL, NULL), "assetstextureswall.png");
    CHECK_TEXT(fa_frame_join(a, parts, 1, ", ", &length), "assets");
    CHECK_EQ(length, 6);
    CHECK_TEXT(fa_frame_join(a, opaque(NULL), 0, ", ", &length), "");
    CHECK_EQ(length, 0);
    CHECK_EQ(figures(a).frame.allocations, 4);
    length = 77;
    parts[2] = NULL;
    CHECK(fa_frame_join(a, parts, 4, "/", &length) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK(fa_frame_join(a, opaque(NULL), 1, "/", &length) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(length, 77);
    CHECK_EQ(figures(a).frame.allocations, 4);
    fa_allocator_release(a);
}

/* Every function, asked for what cannot be had. */
static void all_fail(fa_status expected)
{
    static char long_text[20000];
    memset(long_text, 'y', sizeof long_text - 1);
    const char *parts[] = {long_text, long_text};
    size_t length = 77;
    CHECK(fa_frame_printf(a, &length, "%s", long_text) == NULL);
    CHECK_EQ(fa_last_status(), expected);
    CHECK(fa_frame_text(a, long_text, sizeof long_text) == NULL);
    CHECK_EQ(fa_last_status(), expected);
    CHECK(fa_frame_strdup(a, long_text) == NULL);
    CHECK_EQ(fa_last_status(), expected);
    CHECK(fa_frame_join(a, parts, 2, NULL, &length) == NULL);
    CHECK_EQ(fa_last_status(), expected);
    CHECK_EQ(length, 77);
}

static void no_room(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 10000;
    setup_with(&config);
    CHECK_TEXT(fa_frame_strdup(a, "before"), "before");
    all_fail(FA_ERROR_FRAME_CAP);
    CHECK_EQ(fa_frame_used(a), 16);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    all_fail(FA_ERROR_NO_FRAME);
    CHECK_EQ(figures(a).frame.allocations, 1);
    fa_allocator_release(a);
    all_fail(FA_ERROR_INVALID_ALLOCATOR);
}

static void no_memory(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    setup_with(&config);
    s.fail_all = true;
    all_fail(FA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(fa_frame_used(a), 0);
    s.fail_all = false;
    CHECK_TEXT(fa_frame_strdup(a, "after"), "after");
    fa_allocator_release(a);
    spy_check_clean(&s);
}

CHECK_MAIN(CASE(formats_as_printf_does), CASE(every_length), CASE(texts_of_megabytes), CASE(what_cannot_be_formatted),
           CASE(what_changes_while_it_is_formatted), CASE(arguments_of_another_function), CASE(copies_of_bytes),
           CASE(joined), CASE(no_room), CASE(no_memory))
