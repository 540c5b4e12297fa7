/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_DEBUG_ROOM_H
#define FA_DEBUG_ROOM_H

#include "core/rooms.h"

extern const fa_room fa_debug_room;

#endif
