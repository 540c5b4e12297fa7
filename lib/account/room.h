/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_ACCOUNT_ROOM_H
#define FA_ACCOUNT_ROOM_H

#include "core/rooms.h"

extern const fa_room fa_account_room;

#endif
