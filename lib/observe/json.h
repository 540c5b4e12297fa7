/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Writes one JSON value into a buffer. What does not fit is cut off where a caller has chosen the buffer too small; so
 * it is for values whose size is known. */
#ifndef FA_OBSERVE_JSON_H
#define FA_OBSERVE_JSON_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fa_json {
    char *text;
    size_t size;
    size_t length;
    bool first; /* in the object or array that is open */
} fa_json;

fa_json fa_json_in(char *buffer, size_t size);
void fa_json_open(fa_json *json, char bracket);
void fa_json_close(fa_json *json, char bracket);

/* The key of what follows, with the comma before it. */
void fa_json_key(fa_json *json, const char *key);

void fa_json_number(fa_json *json, uint64_t value);

/* Any bytes: quotes, backslashes and control characters are escaped, what is not UTF-8 is replaced (U+FFFD). */
void fa_json_text(fa_json *json, const char *text);

/* A value that needs no escaping. */
void fa_json_format(fa_json *json, const char *format, ...) FA_PRINTF(2, 3);

#endif
