/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Writing JSON into memory of a fixed size, and counting what it would take. */
#ifndef FA_BASE_JSON_H
#define FA_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct fa_json {
    char *bytes;
    size_t size;
    size_t used; /* goes on behind the end */
    uint32_t depth;
    bool follows; /* a value was written before on this level */
} fa_json;

/* Each takes the key of a member, or NULL for an element of an array. */
void fa_json_open(fa_json *json, const char *key, char bracket);
void fa_json_close(fa_json *json, char bracket);
void fa_json_number(fa_json *json, const char *key, uint64_t value);
void fa_json_integer(fa_json *json, const char *key, int64_t value);
void fa_json_real(fa_json *json, const char *key, double value); /* 0 or more, six decimals */
void fa_json_boolean(fa_json *json, const char *key, bool value);
void fa_json_null(fa_json *json, const char *key);

/* Any bytes up to a terminator: what is no UTF-8 becomes U+FFFD, a piece for each maximal part of a character. */
void fa_json_string(fa_json *json, const char *key, const char *text);

/* Terminates what fits. True if that is everything. */
bool fa_json_finish(fa_json *json);

#endif
