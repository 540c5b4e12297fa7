/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory of many blocks that goes at once, told as one event with the stretches it takes. */
#ifndef FA_FRAME_DISCARD_H
#define FA_FRAME_DISCARD_H

#include "core/rooms.h"
#include "core/watch.h"
#include "frame/arena.h"

/* Chunks double in size, so that few stretches are the rule; for more there is malloc(). */
enum { FA_DISCARD_FEW = 12 };

typedef struct fa_discard {
    fa_range few[FA_DISCARD_FEW];
    fa_range *many; /* NULL while few will do */
    uint64_t capacity;
    uint64_t count;
    uint64_t left_out;
    uint64_t bytes;
    uint64_t blocks;
} fa_discard;

static inline bool fa_discards_watched(const fa_allocator *a)
{
    return fa_unlikely(fa_peek(a->watch) & FA_WATCH_DISCARDS);
}

void fa_discard_start(fa_discard *d);
void fa_discard_add(fa_discard *d, const void *start, size_t bytes);

/* What the arena has come to since a mark; since its start with a mark of zeros. */
void fa_discard_add_arena(fa_discard *d, const fa_arena *arena, const fa_arena_mark *mark);

/* Whole chunks. */
void fa_discard_add_chunks(fa_discard *d, const fa_chunk *newest);

/* Tells of it, if it is anything, and forgets it. The event is the caller's but for bytes, count and ranges. */
void fa_discard_tell(fa_discard *d, fa_allocator *a, fa_happening event);

#endif
