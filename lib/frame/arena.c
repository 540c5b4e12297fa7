/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/arena.h"

#include <string.h>

enum { FREED_PATTERN = 0xCD };

void *fa_arena_bump_aligned(fa_arena *arena, size_t size, size_t align)
{
    uintptr_t block = fa_round_up(fa_peek(arena->cursor), fa_max(align, FA_GRAIN));
    if (block < fa_peek(arena->cursor) || block > arena->limit || size - 1 >= arena->limit - block)
        return NULL;
    fa_poke(arena->cursor, block + fa_round_up(size, FA_GRAIN));
    fa_arena_count(arena, 1);
    return (void *)block;
}

static void stand_at(fa_arena *arena, fa_chunk *chunk, uintptr_t cursor)
{
    arena->chunk = chunk;
    arena->ceiling = fa_chunk_end(chunk);
    fa_poke(arena->base, fa_chunk_payload(chunk));
    fa_poke(arena->cursor, cursor);
    arena->limit = arena->ceiling;
}

static void empty(fa_arena *arena)
{
    arena->chunk = NULL;
    arena->oldest = NULL;
    arena->ceiling = 0;
    arena->limit = 0;
    fa_poke(arena->base, 0);
    fa_poke(arena->cursor, 0);
    fa_poke(arena->spilled, 0);
    fa_poke(arena->gone, fa_peek(arena->count));
}

/* Chunks double up to the largest size; only a request that does not fit that gets a chunk of its own. */
static size_t next_size(const fa_lane *lane, const fa_arena *arena, size_t least)
{
    const fa_config *config = &lane->allocator->config;
    size_t size = config->frame_chunk_min;
    size_t current = arena->chunk == NULL ? 0 : arena->chunk->memory.size;
    while (size < config->frame_chunk_max && (size <= current || size < least))
        size *= 2;
    return size;
}

static void prefetch(const fa_lane *lane, const fa_chunk *chunk)
{
#if FA_PREFETCH
    if (!lane->allocator->config.prefetch)
        return;
    const char *payload = (const char *)fa_chunk_payload(chunk);
    for (size_t line = 0; line < 4; line++)
        fa_prefetch_write(payload + line * FA_CACHE_LINE);
#else
    (void)lane;
    (void)chunk;
#endif
}

fa_status fa_arena_grow(fa_lane *lane, fa_arena *arena, size_t size, size_t align, size_t preferred)
{
    size_t payload = fa_round_up(size, FA_GRAIN) + (align > FA_CHUNK_HEADER ? align : 0);
    fa_chunk *chunk;
    size_t least = fa_max(payload, preferred) + FA_CHUNK_HEADER;
    fa_status status = fa_chunk_obtain(lane, payload, least, next_size(lane, arena, least), &chunk);
    if (status != FA_OK)
        return status;
    fa_poke(arena->spilled, fa_arena_used(arena));
    chunk->older = arena->chunk;
    if (arena->chunk == NULL)
        arena->oldest = chunk;
    stand_at(arena, chunk, fa_chunk_payload(chunk));
    fa_counter_add(&lane->frame.refills, 1);
    prefetch(lane, chunk);
    return FA_OK;
}

size_t fa_arena_footprint(const fa_arena *arena)
{
    size_t bytes = 0;
    for (const fa_chunk *chunk = arena->chunk; chunk != NULL; chunk = chunk->older)
        bytes += chunk->memory.size;
    return bytes;
}

void fa_arena_reset(fa_lane *lane, fa_arena *arena)
{
    fa_chunk *chunk = arena->chunk;
    if (chunk != NULL && chunk->older != NULL) {
        fa_chunk_keep(lane, chunk->older, arena->oldest);
        chunk->older = NULL;
        arena->oldest = chunk;
    }
    fa_poke(arena->cursor, fa_peek(arena->base));
    fa_poke(arena->spilled, 0);
    fa_poke(arena->gone, fa_peek(arena->count));
    arena->limit = fa_peek(arena->base);
}

fa_chunk *fa_arena_detach(fa_arena *arena)
{
    fa_chunk *newest = arena->chunk;
    empty(arena);
    return newest;
}

void fa_arena_surrender(fa_lane *lane, fa_arena *arena)
{
    if (arena->chunk != NULL)
        fa_chunk_keep(lane, arena->chunk, arena->oldest);
    empty(arena);
}

fa_arena_mark fa_arena_here(const fa_arena *arena)
{
    return (fa_arena_mark){arena->chunk, fa_peek(arena->cursor), fa_peek(arena->spilled), fa_arena_live(arena)};
}

void fa_chunks_poison(const fa_chunk *newest)
{
    for (; newest != NULL; newest = newest->older) {
        uintptr_t payload = fa_chunk_payload(newest);
        memset((void *)payload, FREED_PATTERN, fa_chunk_end(newest) - payload);
    }
}

void fa_arena_poison(const fa_arena *arena)
{
    if (arena->chunk == NULL)
        return;
    fa_chunks_poison(arena->chunk->older);
    memset((void *)fa_peek(arena->base), FREED_PATTERN, fa_peek(arena->cursor) - fa_peek(arena->base));
}

/* What a rewind lets go: newer chunks, and the rest of the marked one. */
static void poison_since(const fa_arena *arena, const fa_arena_mark *mark)
{
    const fa_chunk *chunk = arena->chunk;
    uintptr_t end = fa_peek(arena->cursor);
    for (; chunk != mark->chunk; chunk = chunk->older) {
        uintptr_t payload = fa_chunk_payload(chunk);
        memset((void *)payload, FREED_PATTERN, end - payload);
        end = fa_chunk_end(chunk->older);
    }
    memset((void *)mark->cursor, FREED_PATTERN, end - mark->cursor);
}

void fa_arena_rewind(fa_lane *lane, fa_arena *arena, const fa_arena_mark *mark)
{
    if (mark->chunk == NULL) {
        if (fa_debugging(lane->allocator))
            fa_arena_poison(arena);
        fa_arena_surrender(lane, arena);
        return;
    }
    if (fa_debugging(lane->allocator))
        poison_since(arena, mark);
    while (arena->chunk != mark->chunk) {
        fa_chunk *newer = arena->chunk;
        arena->chunk = newer->older;
        fa_chunk_keep(lane, newer, newer);
    }
    stand_at(arena, mark->chunk, mark->cursor);
    fa_poke(arena->spilled, mark->spilled);
    fa_poke(arena->gone, fa_peek(arena->count) - mark->live);
}
