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

static bool printable(unsigned char byte)
{
    return byte >= 0x20 && byte != 0x7f;
}

void fa_text_add_escaped(fa_text *text, const char *from, bool lines)
{
    for (; *from != '\0'; from++) {
        unsigned char byte = (unsigned char)*from;
        if (lines && byte == '\n')
            fa_text_add(text, "\n        ");
        else if (printable(byte))
            fa_text_add(text, "%c", byte);
        else
            fa_text_add(text, "\\x%02X", byte);
    }
}

void fa_text_escape(char *buffer, size_t size, const char *name)
{
    fa_text text = {buffer, size, 0, 0};
    buffer[0] = '\0';
    fa_text_add_escaped(&text, name, false);
}
