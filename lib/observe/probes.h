/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Static probes. */
#ifndef FA_OBSERVE_PROBES_H
#define FA_OBSERVE_PROBES_H

#include "core/rooms.h"

extern const fa_room fa_probes_room;

void fa_probes_hear(fa_allocator *a, const fa_happening *happening);

/* Follows who traces; call it with no lock held. */
void fa_probes_look(fa_allocator *a);

#endif
