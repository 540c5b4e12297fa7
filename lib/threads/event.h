/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Telling listeners. Rooms below reach these through lib/wiring.c. */
#ifndef FA_THREADS_EVENT_H
#define FA_THREADS_EVENT_H

#include "core/rooms.h"

extern const fa_room fa_event_room;

/* The lane that is on record as the one of an event, NULL if there is none. */
fa_lane *fa_event_lane(fa_allocator *a);

fa_event fa_event_of(const fa_lane *lane, const fa_happening *happening);

void fa_event_tell(fa_allocator *a, const fa_happening *happening);
void fa_event_frame_begun(fa_lane *lane, uint64_t number);
void fa_event_frame_ended(fa_lane *lane, const fa_frame_span *span);

#endif
