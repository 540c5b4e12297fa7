/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The records of blocks, found by address. Everything here wants shared->lock. */
#ifndef FA_DEBUG_RECORD_H
#define FA_DEBUG_RECORD_H

#include "core/allocator.h"

/* NULL if none starts there. */
fa_debug_record *fa_record_at(const fa_debug_shared *shared, const void *block);

/* The newest block whose memory, guards included, covers the address. */
fa_debug_record *fa_record_around(const fa_debug_shared *shared, const void *address);

/* An empty record, NULL without memory; goes back unless it is entered. */
fa_debug_record *fa_record_make(fa_debug_shared *shared);
void fa_record_discard(fa_debug_shared *shared, fa_debug_record *record);

/* Enters a record under its address, where nothing may be but what is out of date. */
void fa_record_enter(fa_debug_shared *shared, fa_debug_record *record);

/* Takes a record out of everything it is in. */
void fa_record_remove(fa_debug_shared *shared, fa_debug_record *record);

/* The record that leads to the blocks of a chunk, made if there is none; NULL without memory. */
fa_debug_record *fa_record_of_chunk(fa_debug_shared *shared, void *chunk);

/* The block was released and its memory is free: it is remembered for a while. */
void fa_record_bury(fa_debug_shared *shared, fa_debug_record *record);

/* The next record after one, NULL for the first, in any order. */
fa_debug_record *fa_record_next(const fa_debug_shared *shared, const fa_debug_record *record);

#endif
