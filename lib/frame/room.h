/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_FRAME_ROOM_H
#define FA_FRAME_ROOM_H

#include "core/rooms.h"

extern const fa_room fa_frame_room;

#endif
