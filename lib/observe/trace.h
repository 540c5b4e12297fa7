/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Traces: what lanes record, and who writes it. */
#ifndef FA_OBSERVE_TRACE_H
#define FA_OBSERVE_TRACE_H

#include "core/rooms.h"

extern const fa_room fa_trace_room;

void fa_trace_hear(fa_allocator *a, const fa_happening *happening);
void fa_trace_frame_ending(fa_lane *lane, const fa_frame_span *span);

#endif
