/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/text.h>

#include "core/call.h"
#include "core/report.h"
#include "frame/frame.h"

#include <stdio.h>
#include <string.h>

/* Formatted once if it fits in here, else measured first. */
enum { SHORT_TEXT = 512 };

static char *refuse(fa_allocator *a, const char *what)
{
    if (fa_allocator_usable(a))
        (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "%s", what);
    return NULL;
}

static char *room_for(fa_allocator *a, size_t length)
{
    return fa_frame_alloc(a, length + (length != SIZE_MAX), FA_GRAIN);
}

static void tell(size_t *to, size_t length)
{
    if (to != NULL)
        *to = length;
}

char *fa_frame_text(fa_allocator *a, const char *bytes, size_t length)
{
    if (bytes == NULL && length != 0)
        return refuse(a, "the bytes of the text are NULL");
    char *text = room_for(a, length);
    if (text == NULL)
        return NULL;
    if (length != 0)
        memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

char *fa_frame_strdup(fa_allocator *a, const char *text)
{
    FA_ENTER(a);
    return text == NULL ? refuse(a, "the text to copy is NULL") : fa_frame_text(a, text, strlen(text));
}

/* The second time round. An argument that changed meanwhile must not leave half a text. */
static char *format_long(fa_allocator *a, size_t length, const char *format, va_list arguments)
{
    char *text = room_for(a, length);
    if (text == NULL || vsnprintf(text, length + 1, format, arguments) == (int)length)
        return text;
    (void)fa_frame_give_back(a, text, length + 1);
    return refuse(a, "the text changed while it was formatted");
}

char *fa_frame_vprintf(fa_allocator *a, size_t *length, const char *format, va_list arguments)
{
    FA_ENTER(a);
    if (format == NULL)
        return refuse(a, "the format is NULL");
    char brief[SHORT_TEXT];
    va_list again;
    va_copy(again, arguments);
    int measured = vsnprintf(brief, sizeof brief, format, arguments);
    char *text;
    if (measured < 0)
        text = refuse(a, "the text cannot be formatted");
    else if (measured < SHORT_TEXT)
        text = fa_frame_text(a, brief, (size_t)measured);
    else
        text = format_long(a, (size_t)measured, format, again);
    va_end(again);
    if (text != NULL)
        tell(length, (size_t)measured);
    return text;
}

char *fa_frame_printf(fa_allocator *a, size_t *length, const char *format, ...)
{
    FA_ENTER(a);
    va_list arguments;
    va_start(arguments, format);
    char *text = fa_frame_vprintf(a, length, format, arguments);
    va_end(arguments);
    return text;
}

/* False if a part is NULL. A sum that does not fit is SIZE_MAX. */
static bool measure_parts(const char *const *parts, size_t count, size_t separator, size_t *length)
{
    size_t sum = fa_array_bytes(count == 0 ? 0 : count - 1, separator);
    for (size_t i = 0; i < count; i++) {
        if (parts[i] == NULL)
            return false;
        if (!fa_add(sum, strlen(parts[i]), &sum))
            sum = SIZE_MAX;
    }
    *length = sum;
    return true;
}

static char *append(char *end, const char *bytes, size_t length)
{
    memcpy(end, bytes, length);
    return end + length;
}

char *fa_frame_join(fa_allocator *a, const char *const *parts, size_t count, const char *separator, size_t *length)
{
    FA_ENTER(a);
    const char *between = separator == NULL ? "" : separator;
    size_t gap = strlen(between);
    size_t bytes = 0;
    if ((parts == NULL && count != 0) || !measure_parts(parts, count, gap, &bytes))
        return refuse(a, "a part of the text is NULL");
    char *text = room_for(a, bytes);
    if (text == NULL)
        return NULL;
    char *end = text;
    for (size_t i = 0; i < count; i++) {
        end = append(end, between, i == 0 ? 0 : gap);
        end = append(end, parts[i], strlen(parts[i]));
    }
    *end = '\0';
    tell(length, bytes);
    return text;
}
