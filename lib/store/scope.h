/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Scopes of scratch memory: marks of an arena that are ended innermost first. */
#ifndef FA_STORE_SCOPE_H
#define FA_STORE_SCOPE_H

#include "frame/arena.h"

#include <framealloc/scratch_pool.h>

static inline void fa_scratch_marks_reset(fa_scratch_marks *marks)
{
    marks->depth = 0;
    marks->resets++;
}

void fa_scratch_marks_push(fa_scratch_marks *marks, const fa_arena *arena, fa_scratch_scope *scope);

/* Whether the scope may end now. FA_OK, FA_ERROR_STALE or FA_ERROR_UNBALANCED. */
fa_status fa_scratch_marks_check(const fa_scratch_marks *marks, const fa_scratch_scope *scope);

/* Where the arena was when the scope began. */
fa_arena_mark fa_scratch_mark_of(const fa_scratch_scope *scope);

/* Takes the arena back to where a checked scope began; returns the chunks that are left over. */
fa_chunk *fa_scratch_marks_pop(fa_allocator *a, fa_scratch_marks *marks, fa_arena *arena, const fa_scratch_scope *scope);

#endif
