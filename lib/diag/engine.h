/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The watch on the hooks of an engine. */
#ifndef FA_DIAG_ENGINE_H
#define FA_DIAG_ENGINE_H

#include "core/lane.h"

/* A frame has begun on a watched lane, by a hook or by hand. */
void fa_engine_frame_begun(fa_lane *lane, uint64_t number);

#endif
