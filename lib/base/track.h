/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What AddressSanitizer and Valgrind are told of memory that the library hands out. The one place that knows either: the
 * rest says what it does with memory. A sanitizer is found in the process by its symbols, Valgrind by its own means, and
 * the library needs neither. */
#ifndef FA_BASE_TRACK_H
#define FA_BASE_TRACK_H

#include "base/compiler.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether a tool watches the process. */
bool fa_track_present(void);

/* Whether anybody has asked that it be told; never taken back, since memory stays closed to the program. */
extern _Atomic bool fa_track_active;

/* Blocks of an owner follow, and have ended. */
void fa_track_begin(const void *owner);
void fa_track_end(const void *owner);

/* The program gets a block, with unknown content; it gives it up. */
void fa_track_taken(const void *owner, const void *block, size_t size);
void fa_track_gone(const void *owner, const void *block, size_t size);

/* Memory that the program must not touch; that the library itself uses, with unknown and with known content. */
void fa_track_close(const void *memory, size_t size);
void fa_track_reuse(const void *memory, size_t size);
void fa_track_open(const void *memory, size_t size);

#endif
