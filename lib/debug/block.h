/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Steps in the life of a record. */
#ifndef FA_DEBUG_BLOCK_H
#define FA_DEBUG_BLOCK_H

#include "debug/debug.h"
#include "debug/guard.h"
#include "debug/site.h"

/* Now, on the calling thread, without a site; lane may be NULL. */
fa_debug_moment fa_moment_now(fa_lane *lane);

/* A record with what is known before it is entered, NULL without memory. Not locked. */
fa_debug_record *fa_debug_begin_record(fa_lane *lane, int32_t intent, size_t size, const fa_debug_layout *layout);
void fa_debug_drop_record(fa_allocator *a, fa_debug_record *record);

/* The block is where its record says: it is filled, guarded and entered; one of an arena is found by its chunk, else NULL.
 * False if it was not entered: without memory for that, or since debug mode is off and nobody would look at it when the
 * frame ends. Not locked. */
bool fa_debug_enter(fa_allocator *a, fa_debug_record *record, void *chunk);

/* Its site has one block in use more, or less. Locked. */
void fa_debug_count_live(fa_debug_shared *shared, const fa_debug_record *record, bool more);

/* A tool no longer knows the block. */
void fa_debug_track_gone(fa_allocator *a, fa_debug_record *record);

/* Not locked. */
void fa_debug_count_damage(fa_allocator *a, fa_damage_kind kind);

#endif
