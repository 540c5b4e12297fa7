/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "text.h"
#include "list.h"

#include <string.h>
#include <wchar.h>

/* The length of the character that the text begins with and its number; 0 if it is no UTF-8. */
static size_t decode(const char *text, uint32_t *character)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xc0 ? 0 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    *character = length < 2 ? bytes[0] : bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        *character = *character << 6 | (bytes[i] & 0x3f);
    }
    bool is_surrogate = *character >= 0xd800 && *character < 0xe000;
    return length != 0 && *character >= least[length] && *character < 0x110000 && !is_surrogate ? length : 0;
}

char *valid_utf8(const char *bytes)
{
    char *copy = copy_text(bytes);
    uint32_t character;
    for (char *next = copy; *next != 0;) {
        size_t length = decode(next, &character);
        if (length == 0)
            *next = '?';
        next += length != 0 ? length : 1;
    }
    return copy;
}

static uint32_t one(uint32_t character)
{
    (void)character;
    return 1;
}

static uint32_t units(uint32_t character)
{
    return character >= 0x10000 ? 2 : 1;
}

static uint32_t columns(uint32_t character)
{
    int width = wcwidth((wchar_t)character);
    return width < 0 ? 1 : (uint32_t)width;
}

static uint32_t sum(const char *text, size_t bytes, uint32_t (*measure)(uint32_t))
{
    uint32_t total = 0, character;
    for (size_t i = 0; i < bytes && text[i] != 0;) {
        size_t length = decode(text + i, &character);
        total += length != 0 ? measure(character) : 1;
        i += length != 0 ? length : 1;
    }
    return total;
}

uint32_t characters_in(const char *text, size_t bytes)
{
    return sum(text, bytes, one);
}

uint32_t units_in(const char *text, size_t bytes)
{
    return sum(text, bytes, units);
}

uint32_t columns_in(const char *text, size_t bytes)
{
    return sum(text, bytes, columns);
}
