/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is said of a block. Everything here is called with no lock held, on a copy of the block's record. */
#ifndef FA_DEBUG_REPORT_H
#define FA_DEBUG_REPORT_H

#include "debug/guard.h"

/* Where a text has come to. */
typedef struct fa_note {
    size_t used;
    char text[640];
} fa_note;

void fa_note_add(fa_note *note, const char *format, ...) FA_PRINTF(2, 3);

/* "40 bytes at 0x... (pool, tag ai::paths, phase "broad")". */
void fa_note_block(fa_allocator *a, fa_note *note, const fa_debug_record *record);

/* "; allocated by f < g < h (thread "main", lane 1, frame 3)". */
void fa_note_moment(fa_allocator *a, fa_note *note, const char *what, const fa_debug_moment *moment);

/* Hands the note to the diagnostics; status as fa_refuse() takes it, without making it the thread's last one. */
void fa_note_emit(fa_allocator *a, int32_t code, fa_status status, const fa_note *note);

void fa_debug_report_damage(fa_allocator *a, const fa_debug_record *record, const fa_damage *damage, const char *found);

fa_status fa_debug_refuse_gone(fa_allocator *a, const fa_debug_record *record);

const char *fa_debug_intent_word(int32_t intent);

#endif
