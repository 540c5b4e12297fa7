/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Text as others count and take it: libclang counts bytes, and sources may be no UTF-8. */
#ifndef FA_LINT_TEXT_H
#define FA_LINT_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A copy in which each byte that is no UTF-8 is a question mark. */
char *valid_utf8(const char *bytes);

/* What the first `bytes` bytes of a text are in Unicode characters, in units of UTF-16, in columns of a terminal. */
uint32_t characters_in(const char *text, size_t bytes);
uint32_t units_in(const char *text, size_t bytes);
uint32_t columns_in(const char *text, size_t bytes);

#endif
