/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_STORE_SCRATCH_H
#define FA_STORE_SCRATCH_H

#include "core/rooms.h"

extern const fa_room fa_scratch_room;

#endif
