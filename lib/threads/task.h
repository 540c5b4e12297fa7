/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_THREADS_TASK_H
#define FA_THREADS_TASK_H

#include "core/rooms.h"

extern const fa_room fa_task_room;

#endif
