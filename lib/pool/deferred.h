/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_POOL_DEFERRED_H
#define FA_POOL_DEFERRED_H

#include "core/lane.h"
#include "core/rooms.h"

/* The default choice. */
void fa_deferred_init(fa_allocator *a);

/* Take in what has come, if the mode says so. */
void fa_deferred_at_begin(fa_lane *lane, uint64_t number);
void fa_deferred_at_end(fa_lane *lane, const fa_frame_span *span);

#endif
