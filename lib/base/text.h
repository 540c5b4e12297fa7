/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Text for reports: names of the program are not trusted to be printable. */
#ifndef FA_BASE_TEXT_H
#define FA_BASE_TEXT_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>

/* A buffer that is filled from the left and always terminated. What does not fit is left out. */
typedef struct fa_text {
    char *buffer;
    size_t size;
    size_t used;
    size_t wanted; /* what all of it would take */
} fa_text;

#define FA_TEXT(array) {(array), sizeof(array), 0, 0}

void fa_text_add(fa_text *text, const char *format, ...) FA_PRINTF(2, 3);

/* U+2028 to U+202E and U+2066 to U+2069: they break lines, or turn around what stands beside them. */
static inline bool fa_text_is_direction(const unsigned char *at)
{
    if (at[0] != 0xe2)
        return false;
    return (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) || (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);
}

/* Bytes of the control character that a text begins with, 0 for another one: of ASCII, and those that Unicode has above it
 * (U+0080 to U+009F), which terminals obey, too. */
static inline size_t fa_text_control_bytes(const unsigned char *at)
{
    if (at[0] < 0x20 || at[0] == 0x7f)
        return 1;
    if (fa_text_is_direction(at))
        return 3;
    return at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f ? 2 : 0;
}

/* Control characters become \xNN; lines, if they may stay, are indented so that none looks like the start of a report. */
void fa_text_add_escaped(fa_text *text, const char *from, bool lines);

/* The escaped name. */
void fa_text_escape(char *buffer, size_t size, const char *name);

#endif
