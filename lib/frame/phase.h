/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Phases of the lane's frames. */
#ifndef FA_FRAME_PHASE_H
#define FA_FRAME_PHASE_H

#include "frame/frame.h"

/* Live bytes are about to go down: a peak of the open phases. */
void fa_phases_note_peak(fa_lane *lane, uint64_t live);

/* The frame ends: phases left open are reported and end with it. */
void fa_phases_close(fa_lane *lane);

/* Index of the innermost open phase, -1 for none; and the name of a phase of the running frame. */
int32_t fa_phase_innermost(const fa_lane *lane);
const char *fa_phase_name(const fa_lane *lane, int32_t index);

/* Name of the innermost open phase, empty for none. */
const char *fa_phase_here(const fa_lane *lane);

void fa_phases_dispose(fa_lane *lane);

#endif
