/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "diag/text.h"

#include <stdarg.h>
#include <stdio.h>

void fa_text_add(fa_text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(text->buffer + text->used, text->size - text->used, format, arguments);
    va_end(arguments);
    size_t room = text->size - text->used - 1;
    if (wanted <= 0)
        return;
    text->used += (size_t)wanted < room ? (size_t)wanted : room;
    text->wanted += (size_t)wanted;
}

/* Of ASCII, and those that Unicode has above it (U+0080 to U+009F), which terminals obey, too. */
static size_t control_bytes(const unsigned char *at)
{
    if (at[0] < 0x20 || at[0] == 0x7f)
        return 1;
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f ? 2 : 0;
}

void fa_text_add_escaped(fa_text *text, const char *from, bool lines)
{
    const unsigned char *at = (const unsigned char *)from;
    while (*at != '\0') {
        size_t control = lines && *at == '\n' ? 0 : control_bytes(at);
        if (lines && *at == '\n')
            fa_text_add(text, "\n        ");
        else if (control == 0)
            fa_text_add(text, "%c", *at);
        for (size_t i = 0; i < control; i++)
            fa_text_add(text, "\\x%02X", at[i]);
        at += control == 0 ? 1 : control;
    }
}

void fa_text_escape(char *buffer, size_t size, const char *name)
{
    fa_text text = {buffer, size, 0, 0};
    buffer[0] = '\0';
    fa_text_add_escaped(&text, name, false);
}
