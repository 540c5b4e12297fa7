/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/report.h"

#include "core/allocator.h"
#include "core/call.h"
#include "core/rooms.h"

#include <framealloc/event.h>

#include <stdarg.h>
#include <stdio.h>

/* Room for a few lines, such as those of a call stack. */
enum { FA_NOTE_MAX = 1024 };

FA_COLD fa_status fa_fail(fa_status status)
{
    fa_tls.last_status = status;
    return status;
}

fa_status fa_refuse(fa_allocator *a, int32_t code, fa_status status, const char *note_format, ...)
{
    FA_ENTER(a);
    char note[FA_NOTE_MAX];
    va_list arguments;
    va_start(arguments, note_format);
    (void)vsnprintf(note, sizeof note, note_format, arguments);
    va_end(arguments);
    fa_allocator *living = a != NULL && fa_allocator_entered(a) ? a : NULL;
    fa_emit(living, &(fa_report){code, status, note});
    return fa_fail(status);
}

void fa_warn(fa_allocator *a, int32_t code, const char *note_format, ...)
{
    char note[FA_NOTE_MAX];
    va_list arguments;
    va_start(arguments, note_format);
    (void)vsnprintf(note, sizeof note, note_format, arguments);
    va_end(arguments);
    fa_emit(a, &(fa_report){code, FA_OK, note});
}

static int32_t code_of(fa_allocator *a, fa_status status)
{
    switch (status) {
    case FA_ERROR_BUDGET: return fa_lane_existing(a)->account.refusal;
    case FA_ERROR_MEMORY_LIMIT: return FA_CODE_MEMORY_LIMIT;
    case FA_ERROR_FRAME_CAP: return FA_CODE_FRAME_EXHAUSTED;
    case FA_ERROR_NO_FRAME: return FA_CODE_OUTSIDE_FRAME;
    case FA_ERROR_OUT_OF_MEMORY: return FA_CODE_OUT_OF_MEMORY;
    default: return FA_CODE_INVALID_ARGUMENT;
    }
}

fa_status fa_refuse_memory(fa_allocator *a, fa_status status, size_t size, size_t align, bool quiet)
{
    if (status == FA_ERROR_OUT_OF_MEMORY && a != NULL && fa_allocator_entered(a))
        fa_tell(a, &(fa_happening){.kind = FA_EVENT_MEMORY_PRESSURE, .intent = -1, .bytes = size,
                                   .used_bytes = fa_peek(a->backend.meter.charged)});
    /* A broken backend was reported where it was seen. */
    if (quiet || status == FA_ERROR_BACKEND || status == FA_ERROR_INVALID_ALLOCATOR)
        return fa_fail(status);
    char budget[256] = "";
    if (status == FA_ERROR_BUDGET || status == FA_ERROR_MEMORY_LIMIT)
        fa_refusal(a, budget, sizeof budget);
    return fa_refuse(a, code_of(a, status), status, "%zu bytes aligned to %zu were asked for: %s", size, align,
                     budget[0] != '\0' ? budget : fa_status_message(status));
}

void fa_refuse_handle(const fa_allocator *a)
{
    (void)fa_refuse(NULL, FA_CODE_INVALID_ALLOCATOR, FA_ERROR_INVALID_ALLOCATOR, "the handle is %s",
                    a == NULL ? "NULL" : "of an allocator that was released for the last time");
}

fa_status fa_last_status(void)
{
    return fa_tls.last_status;
}

void fa_clear_last_status(void)
{
    fa_tls.last_status = FA_OK;
}
