/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

fa_json fa_json_in(char *buffer, size_t size)
{
    buffer[0] = '\0';
    return (fa_json){buffer, size, 0, true};
}

static void put(fa_json *json, const char *text, size_t length)
{
    if (length >= json->size - json->length)
        return;
    memcpy(json->text + json->length, text, length);
    json->length += length;
    json->text[json->length] = '\0';
}

void fa_json_format(fa_json *json, const char *format, ...)
{
    char text[64];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < sizeof text)
        put(json, text, (size_t)length);
}

void fa_json_open(fa_json *json, char bracket)
{
    put(json, &bracket, 1);
    json->first = true;
}

void fa_json_close(fa_json *json, char bracket)
{
    put(json, &bracket, 1);
    json->first = false;
}

void fa_json_key(fa_json *json, const char *key)
{
    if (!json->first)
        put(json, ",", 1);
    json->first = false;
    fa_json_text(json, key);
    put(json, ":", 1);
}

void fa_json_number(fa_json *json, uint64_t value)
{
    fa_json_format(json, "%" PRIu64, value);
}

/* Least code point of a sequence of so many bytes: shorter ones are overlong. */
static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};

static unsigned announced(unsigned char first)
{
    return first < 0x80                    ? 1
           : first >= 0xc2 && first < 0xe0 ? 2
           : (first & 0xf0) == 0xe0        ? 3
           : first >= 0xf0 && first < 0xf5 ? 4
                                           : 0;
}

/* Bytes of the UTF-8 sequence at the start of the text, 0 if there is none. */
static unsigned sequence(const unsigned char *text)
{
    unsigned length = announced(text[0]);
    if (length <= 1)
        return length;
    uint32_t point = text[0] & (0x7fu >> length);
    for (unsigned i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        point = point << 6 | (text[i] & 0x3f);
    }
    bool valid = point >= least[length] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
    return valid ? length : 0;
}

static void put_escaped(fa_json *json, unsigned char c)
{
    if (c == '"' || c == '\\')
        fa_json_format(json, "\\%c", c);
    else
        fa_json_format(json, "\\u%04x", c);
}

void fa_json_text(fa_json *json, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    put(json, "\"", 1);
    while (*at != '\0') {
        unsigned length = sequence(at);
        if (length == 0)
            put(json, "\\ufffd", 6);
        else if (*at < 0x20 || *at == '"' || *at == '\\' || *at == 0x7f)
            put_escaped(json, *at);
        else
            put(json, (const char *)at, length);
        at += length == 0 ? 1 : length;
    }
    put(json, "\"", 1);
}
