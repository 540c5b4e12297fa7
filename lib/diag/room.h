/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The diagnostics as the core sees them. */
#ifndef FA_DIAG_ROOM_H
#define FA_DIAG_ROOM_H

#include "core/rooms.h"

extern const fa_room fa_diag_room;

#endif
