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

/* A history as it was at some moment, by serial numbers; oldest is newest + 1 if it was empty. Frames go on meanwhile, and
 * the ring with them: nobody who reads a lot has the lock for longer than a portion takes. */
typedef struct fa_history_view {
    fa_allocator *allocator;
    uint64_t turn;
    uint64_t oldest;
    uint64_t newest;
    uint32_t tags; /* that have a curve */
} fa_history_view;

enum { FA_HISTORY_PORTION = 32 };

/* Samples that follow one another, oldest first. */
typedef struct fa_history_portion {
    uint32_t count;
    fa_history_sample samples[FA_HISTORY_PORTION];
    uint64_t tags[FA_HISTORY_PORTION]; /* bytes of one tag in each */
} fa_history_portion;

/* False if there is no history. */
bool fa_history_look(fa_allocator *a, fa_history_view *view);

/* Copies those from first to last that are still there, as far as a portion goes; tag is the number of one that has a
 * curve, or 0. False if the history has ended. */
bool fa_history_copy(const fa_history_view *view, uint64_t first, uint64_t last, uint32_t tag,
                     fa_history_portion *portion);

#endif
