/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Bumping through chunks. */
#ifndef FA_FRAME_ARENA_H
#define FA_FRAME_ARENA_H

#include "core/request.h"
#include "frame/chunk.h"

/* Every block starts on this boundary and takes a multiple of it. */
#define FA_GRAIN ((size_t)16)

/* Where an arena had come to. */
typedef struct fa_arena_mark {
    fa_chunk *chunk;
    uintptr_t cursor;
    uint64_t spilled;
    uint64_t live;
} fa_arena_mark;

FA_ALWAYS_INLINE void fa_arena_count(fa_arena *arena, uint64_t blocks)
{
#if FA_STATISTICS
    fa_counter_add(&arena->count, blocks);
#else
    (void)arena;
    (void)blocks;
#endif
}

static inline void fa_arena_uncount(fa_arena *arena)
{
#if FA_STATISTICS
    fa_poke(arena->count, fa_peek(arena->count) - 1);
#else
    (void)arena;
#endif
}

/* fa_arena_bump() of memory that counts as that many blocks. */
FA_ALWAYS_INLINE void *fa_arena_bump_blocks(fa_arena *arena, size_t size, size_t align, uint64_t blocks)
{
    uintptr_t cursor = fa_peek(arena->cursor);
    size_t last = size - 1;
    if (fa_unlikely((align & (align - 1)) != 0 || align - 1 >= FA_GRAIN || last >= arena->limit - cursor))
        return NULL;
    fa_poke(arena->cursor, cursor + (last | (FA_GRAIN - 1)) + 1);
    fa_arena_count(arena, blocks);
    fa_known(cursor != 0);
    return (void *)cursor;
}

/* The whole fast path: one comparison against the limit. Refuses (NULL) whatever needs a second look: size 0,
 * alignments above 16 or not powers of two, and a request beyond the limit. */
FA_ALWAYS_INLINE void *fa_arena_bump(fa_arena *arena, size_t size, size_t align)
{
    return fa_arena_bump_blocks(arena, size, align, 1);
}

static inline uint64_t fa_arena_live(const fa_arena *arena)
{
    return fa_peek(arena->count) - fa_peek(arena->gone);
}

static inline size_t fa_arena_used(const fa_arena *arena)
{
    return (size_t)(fa_peek(arena->spilled) + (fa_peek(arena->cursor) - fa_peek(arena->base)));
}

/* fa_arena_used() for any thread: looks again while the owner goes from chunk to chunk. */
size_t fa_arena_used_seen(const fa_arena *arena);

/* fa_arena_bump() for a checked request of any alignment. */
void *fa_arena_bump_aligned(fa_arena *arena, size_t size, size_t align);

/* Bytes for the next chunk, given the payload it needs. */
size_t fa_arena_next_size(const fa_allocator *a, const fa_arena *arena, size_t payload);

/* Goes on to a chunk. */
void fa_arena_add(fa_arena *arena, fa_chunk *chunk);

/* Goes on to a chunk with room for the request; preferred is how much more it will likely have to hold. */
fa_status fa_arena_grow(fa_lane *lane, fa_arena *arena, size_t size, size_t align, size_t preferred);

/* Whether a stretch that ends here is still part of it, after rollbacks maybe. */
bool fa_arena_holds(const fa_arena *arena, const unsigned char *end);

/* Whether [block, end) is part of it. */
bool fa_arena_spans(const fa_arena *arena, const void *block, const void *end);

/* Bytes of its chunks. */
size_t fa_arena_footprint(const fa_arena *arena);

/* Empties it and keeps its newest chunk; the others go to the lane's cache. The limit is at the cursor then. */
void fa_arena_reset(fa_lane *lane, fa_arena *arena);

/* Empties it, keeps its newest chunk, and returns the others; the limit is at the ceiling. */
fa_chunk *fa_arena_empty(fa_arena *arena);

/* Empties it and returns its chunks, newest first. */
fa_chunk *fa_arena_detach(fa_arena *arena);

/* Empties it into the lane's cache. */
void fa_arena_surrender(fa_lane *lane, fa_arena *arena);

fa_arena_mark fa_arena_here(const fa_arena *arena);

/* Goes back to a mark of the same filling and returns the chunks that are left over; the limit is left at the ceiling. */
fa_chunk *fa_arena_cut(fa_allocator *a, fa_arena *arena, const fa_arena_mark *mark);

/* The same, with these chunks put into the lane's cache. */
void fa_arena_rewind(fa_lane *lane, fa_arena *arena, const fa_arena_mark *mark);

/* In debug mode, what is in use goes: debug mode forgets its blocks, and it is filled with the pattern of freed memory.
 * Otherwise nothing happens. */
void fa_arena_spoil(fa_allocator *a, const fa_arena *arena);
void fa_chunks_spoil(fa_allocator *a, const fa_chunk *newest);

/* The same, and its chunks are taken out of use, to be kept back without access. */
void fa_arena_retire(fa_lane *lane, fa_arena *arena);

/* Before that, with the lane ready for anything: reports blocks whose guards are damaged, since a mark or, if that is NULL,
 * all of them. */
void fa_arena_check(fa_allocator *a, const fa_arena *arena, const fa_arena_mark *since);
void fa_chunks_check(fa_allocator *a, const fa_chunk *newest);

/* Likewise reports blocks that live on and have an address within it. */
void fa_arena_look_for_escapes(fa_allocator *a, const fa_arena *arena);

#endif
