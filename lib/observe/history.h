/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The ring of samples. */
#ifndef FA_OBSERVE_HISTORY_H
#define FA_OBSERVE_HISTORY_H

#include "core/rooms.h"

#include <framealloc/history.h>

extern const fa_room fa_history_room;

void fa_history_frame_begun(fa_lane *lane, uint64_t number);
void fa_history_frame_ending(fa_lane *lane, const fa_frame_span *span);
void fa_history_frame_ended(fa_lane *lane, const fa_frame_span *span);

/* Between the two the ring stays as it is; false, and nothing to unlock, if there is none. */
bool fa_history_lock(fa_allocator *a);
void fa_history_unlock(fa_allocator *a);

/* Locked: how many samples there are, and one of them, from 0 for the newest. */
uint32_t fa_history_kept(const fa_allocator *a);
const fa_history_sample *fa_history_sample_at(const fa_allocator *a, uint32_t age);

/* Locked: bytes of a tag in a sample, which must have a curve. */
uint64_t fa_history_tag_at(const fa_allocator *a, uint32_t age, uint32_t number);
bool fa_history_has_tag(const fa_allocator *a, uint32_t number);

#endif
