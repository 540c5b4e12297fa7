/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_POOL_ROOM_H
#define FA_POOL_ROOM_H

#include "core/rooms.h"

/* A list of core/rooms.h. */
void fa_pool_retag(fa_lane *lane);

extern const fa_room fa_pool_room;

#endif
