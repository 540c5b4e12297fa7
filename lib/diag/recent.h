/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The last reports of an allocator. */
#ifndef FA_DIAG_RECENT_H
#define FA_DIAG_RECENT_H

#include "core/allocator.h"

void fa_recent_keep(fa_allocator *a, const fa_diagnostic *diagnostic);

/* The newest first; returns how many were written. */
size_t fa_recent_read(fa_allocator *a, fa_diagnostic_record *out, size_t most, size_t *total);

enum { FA_RECENT_CODES = 256 };

/* The newest report of each code, newest first, with how often the code was reported so far; returns how many were written. */
size_t fa_recent_codes(fa_allocator *a, fa_diagnostic_record *out, size_t most, size_t *total);

#endif
