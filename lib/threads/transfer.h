/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_THREADS_TRANSFER_H
#define FA_THREADS_TRANSFER_H

#include "core/rooms.h"

extern const fa_room fa_transfer_room;

#endif
