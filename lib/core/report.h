/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Last status of the thread, and handing mistakes to the diagnostics. */
#ifndef FA_CORE_REPORT_H
#define FA_CORE_REPORT_H

#include "base/compiler.h"

#include <framealloc/annotations.h>
#include <framealloc/codes.h>
#include <framealloc/status.h>

#include <stdbool.h>

typedef struct fa_report {
    int32_t code;
    fa_status status;
    const char *note;
} fa_report;

/* Makes status the thread's last one and returns it. */
fa_status fa_fail(fa_status status);

/* fa_fail() with a report; a may be NULL or gone. Call it with no lock held. */
fa_status fa_refuse(fa_allocator *a, int32_t code, fa_status status, const char *note_format, ...) FA_COLD
    FA_PRINTF(4, 5);

/* fa_refuse() of a request for memory, with the code that belongs to status; quiet for the `try` forms. */
fa_status fa_refuse_memory(fa_allocator *a, fa_status status, size_t size, size_t align, bool quiet) FA_COLD;

/* A report that refuses nothing: the last status stays as it is. Call it with no lock held. */
void fa_warn(fa_allocator *a, int32_t code, const char *note_format, ...) FA_COLD FA_PRINTF(3, 4);

/* Reports a handle that is NULL or of an allocator that is gone. */
void fa_refuse_handle(const fa_allocator *a) FA_COLD;

#endif
