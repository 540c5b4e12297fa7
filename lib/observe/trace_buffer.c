/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/trace_buffer.h"

#include "base/os.h"

#include <string.h>

_Static_assert(FA_PHASE_DEPTH_MAX <= FA_TAG_DEPTH_MAX, "phases nest no deeper than tags");

fa_trace_buffer *fa_trace_buffer_make(fa_lane *lane, uint32_t records)
{
    fa_trace_buffer *buffer =
        fa_os_system_allocate(sizeof *buffer + records * sizeof buffer->records[0], _Alignof(fa_trace_buffer));
    if (buffer == NULL)
        return NULL;
    memset(buffer, 0, sizeof *buffer);
    buffer->lane = lane;
    buffer->capacity = records;
    return buffer;
}

void fa_trace_push(fa_trace_buffer *buffer, const fa_trace_record *record)
{
    uint64_t filled = fa_peek(buffer->filled);
    if (filled - atomic_load_explicit(&buffer->emptied, memory_order_acquire) == buffer->capacity) {
        fa_counter_add(&buffer->dropped, 1);
        return;
    }
    buffer->records[filled & (buffer->capacity - 1)] = *record;
    atomic_store_explicit(&buffer->filled, filled + 1, memory_order_release);
}

const fa_trace_record *fa_trace_oldest(fa_trace_buffer *buffer)
{
    uint64_t emptied = fa_peek(buffer->emptied);
    if (emptied == atomic_load_explicit(&buffer->filled, memory_order_acquire))
        return NULL;
    return &buffer->records[emptied & (buffer->capacity - 1)];
}

void fa_trace_pop(fa_trace_buffer *buffer)
{
    atomic_store_explicit(&buffer->emptied, fa_peek(buffer->emptied) + 1, memory_order_release);
}
