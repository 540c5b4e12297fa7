/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Last status of the thread, and handing mistakes to the diagnostics. */
#ifndef FA_CORE_REPORT_H
#define FA_CORE_REPORT_H

#include "base/compiler.h"

#include <framealloc/annotations.h>
#include <framealloc/status.h>

#include <stdbool.h>

/* Numbers of diagnostic codes; texts live in diag/codes.def. Never reused. */
enum {
    FA_CODE_OUTSIDE_FRAME = 1,
    FA_CODE_FRAME_EXHAUSTED = 3,
    FA_CODE_DOUBLE_BEGIN = 4,
    FA_CODE_STRAY_END = 5,
    FA_CODE_STALE = 6,
    FA_CODE_SCOPE_LEFT_OPEN = 7,
    FA_CODE_UNBALANCED = 8,
    FA_CODE_RETAINED_DROPPED = 9,
    FA_CODE_DEFERRED_PILE = 204,
    FA_CODE_BARRIER = 206,
    FA_CODE_TRANSFER = 207,
    FA_CODE_TRANSFER_DROPPED = 208,
    FA_CODE_TASK = 209,
    FA_CODE_TASK_LEFT = 210,
    FA_CODE_LANE_MISUSE = 211,
    FA_CODE_STILL_USED = 212,
    FA_CODE_MEMORY_LIMIT = 301,
    FA_CODE_TAG_BUDGET = 302,
    FA_CODE_LANE_BUDGET = 303,
    FA_CODE_SOFT_LIMIT = 304,
    FA_CODE_BAD_HANDLE = 401,
    FA_CODE_STREAM_BUDGET = 402,
    FA_CODE_PINNED = 403,
    FA_CODE_WRONG_STATE = 404,
    FA_CODE_FOREIGN_POINTER = 501,
    FA_CODE_DOUBLE_FREE = 502,
    FA_CODE_INTERIOR_POINTER = 503,
    FA_CODE_FRAME_MEMORY_FREED = 504,
    FA_CODE_WRONG_ALLOCATOR = 505,
    FA_CODE_LEAK = 506,
    FA_CODE_INTERNAL = 901,
    FA_CODE_INVALID_ALLOCATOR = 902,
    FA_CODE_INVALID_ARGUMENT = 903,
    FA_CODE_OUT_OF_MEMORY = 904,
    FA_CODE_BACKEND = 905,
    FA_CODE_TRACE = 921,
};

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
