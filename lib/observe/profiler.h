/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The profiler that is attached. */
#ifndef FA_OBSERVE_PROFILER_H
#define FA_OBSERVE_PROFILER_H

#include "core/rooms.h"

extern const fa_room fa_profiler_room;

/* What fa_lane::telling is while a function of a profiler runs; listeners have smaller ids. */
#define FA_TELLING_PROFILER UINT64_MAX

void fa_profiler_hear(fa_allocator *a, const fa_happening *happening);
void fa_profiler_frame_ending(fa_lane *lane, const fa_frame_span *span);

#endif
