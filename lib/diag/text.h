/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Text for reports: names of the program are not trusted to be printable. */
#ifndef FA_DIAG_TEXT_H
#define FA_DIAG_TEXT_H

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

/* Control characters become \xNN; lines, if they may stay, are indented so that none looks like the start of a report. */
void fa_text_add_escaped(fa_text *text, const char *from, bool lines);

/* The escaped name. */
void fa_text_escape(char *buffer, size_t size, const char *name);

#endif
