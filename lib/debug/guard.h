/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Words around blocks that nobody writes, and memory of released blocks that nobody writes. */
#ifndef FA_DEBUG_GUARD_H
#define FA_DEBUG_GUARD_H

#include "core/allocator.h"

typedef enum fa_damage_kind { FA_DAMAGE_NONE, FA_DAMAGE_OVERFLOW, FA_DAMAGE_UNDERFLOW, FA_DAMAGE_LATE } fa_damage_kind;

typedef struct fa_damage {
    fa_damage_kind kind;
    size_t bytes;  /* that are not what they were */
    size_t offset; /* of the first: behind the block, in it; before the block: of the nearest */
} fa_damage;

void fa_guards_write(const fa_debug_record *record);

/* Tells a tool that nobody may touch what is around the block. */
void fa_guards_close(const fa_debug_record *record);

/* Bytes from its base to the end of what is behind it. */
size_t fa_guards_span(const fa_debug_record *record);

/* What has been written around a block, or into a released one. */
fa_damage fa_guards_look(const fa_debug_record *record);

#endif
