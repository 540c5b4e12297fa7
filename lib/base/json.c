/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "base/json.h"

#include <string.h>

static void put(fa_json *json, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++, json->used++) {
        if (json->used < json->size)
            json->bytes[json->used] = bytes[i];
    }
}

static void put_text(fa_json *json, const char *text)
{
    put(json, text, strlen(text));
}

/* The two outermost levels get lines of their own, for those who read with their eyes. */
static void separate(fa_json *json)
{
    if (json->follows)
        put_text(json, ",");
    if (json->depth == 1 || json->depth == 2)
        put_text(json, json->depth == 1 ? "\n " : "\n  ");
    json->follows = true;
}

static void put_unit(fa_json *json, unsigned unit)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]};
    put(json, escape, sizeof escape);
}

/* Bytes of a character by its first byte, and what its second may be (Unicode 15, table 3-7); 0 for no first byte. */
static unsigned length_by_lead(unsigned char lead, unsigned char *least, unsigned char *most)
{
    *least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0x80)
        return 1;
    return lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

/* Bytes that belong together, at least 1; whole says whether they are a character. */
static size_t next_part(const unsigned char *text, bool *whole)
{
    unsigned char least;
    unsigned char most;
    unsigned length = length_by_lead(text[0], &least, &most);
    size_t part = 1;
    while (part < length && text[part] >= least && text[part] <= most) {
        least = 0x80;
        most = 0xbf;
        part++;
    }
    *whole = part == length;
    return part;
}

static void put_character(fa_json *json, const unsigned char *text, size_t length)
{
    if (length == 1 && (text[0] == '"' || text[0] == '\\'))
        put_text(json, "\\");
    if (length == 1 && (text[0] < 0x20 || text[0] == 0x7f))
        put_unit(json, text[0]);
    else
        put(json, (const char *)text, length);
}

static void put_quoted(fa_json *json, const char *string)
{
    const unsigned char *text = (const unsigned char *)string;
    put_text(json, "\"");
    while (*text != 0) {
        bool whole;
        size_t length = next_part(text, &whole);
        if (whole)
            put_character(json, text, length);
        else
            put_unit(json, 0xfffd);
        text += length;
    }
    put_text(json, "\"");
}

static void begin(fa_json *json, const char *key)
{
    separate(json);
    if (key == NULL)
        return;
    put_quoted(json, key);
    put_text(json, ":");
}

void fa_json_open(fa_json *json, const char *key, char bracket)
{
    begin(json, key);
    put(json, &bracket, 1);
    json->depth++;
    json->follows = false;
}

void fa_json_close(fa_json *json, char bracket)
{
    json->depth--;
    put(json, &bracket, 1);
    json->follows = true;
}

static void put_decimal(fa_json *json, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put(json, digits + at, sizeof digits - at);
}

void fa_json_number(fa_json *json, const char *key, uint64_t value)
{
    begin(json, key);
    put_decimal(json, value);
}

void fa_json_integer(fa_json *json, const char *key, int64_t value)
{
    begin(json, key);
    if (value < 0)
        put_text(json, "-");
    put_decimal(json, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* The C library would write the decimal comma of the locale. */
void fa_json_real(fa_json *json, const char *key, double value)
{
    enum { MILLION = 1000000 };
    double largest = 9.0e18;
    double held = value < largest ? value : largest;
    uint64_t whole = (uint64_t)held;
    uint64_t millionths = (uint64_t)((held - (double)whole) * MILLION + 0.5);
    begin(json, key);
    put_decimal(json, whole + millionths / MILLION);
    put_text(json, ".");
    for (uint64_t place = MILLION / 10; place != 0; place /= 10)
        put_decimal(json, millionths % MILLION / place % 10);
}

void fa_json_boolean(fa_json *json, const char *key, bool value)
{
    begin(json, key);
    put_text(json, value ? "true" : "false");
}

void fa_json_null(fa_json *json, const char *key)
{
    begin(json, key);
    put_text(json, "null");
}

void fa_json_string(fa_json *json, const char *key, const char *text)
{
    begin(json, key);
    put_quoted(json, text);
}

bool fa_json_finish(fa_json *json)
{
    put_text(json, "\n");
    if (json->size != 0)
        json->bytes[json->used < json->size ? json->used : json->size - 1] = '\0';
    return json->used < json->size;
}
