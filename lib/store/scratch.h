/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_STORE_SCRATCH_H
#define FA_STORE_SCRATCH_H

#include "core/rooms.h"

#include <framealloc/scratch_pool.h>

/* The two lists of core/rooms.h. */
void fa_scratch_settle(fa_lane *lane);
void fa_scratch_retag(fa_lane *lane);

/* Takes the lane's scratch arena back to where a checked scope began. */
void fa_scratch_rewind(fa_lane *lane, const fa_scratch_scope *scope);

extern const fa_room fa_scratch_room;

#endif
