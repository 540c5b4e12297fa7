/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/arena.h"

#include "base/track.h"
#include "debug/debug.h"
#include "frame/guard.h"

#include <string.h>

void *fa_arena_bump_aligned(fa_arena *arena, size_t size, size_t align)
{
    uintptr_t block = fa_round_up(fa_peek(arena->cursor), fa_max(align, FA_GRAIN));
    if (block < fa_peek(arena->cursor) || block > arena->limit || size - 1 >= arena->limit - block)
        return NULL;
    fa_poke(arena->cursor, block + fa_round_up(size, FA_GRAIN));
    fa_arena_count(arena, 1);
    if (fa_unlikely(fa_peek(fa_track_active)))
        fa_track_reuse((void *)block, fa_round_up(size, FA_GRAIN));
    return (void *)block;
}

/* The three figures that bytes in use are made of change together; moves is odd meanwhile. */
static void set_position(fa_arena *arena, uintptr_t base, uintptr_t cursor, uint64_t spilled)
{
    uint64_t moves = fa_peek(arena->moves);
    fa_poke(arena->moves, moves + 1);
    atomic_store_explicit(&arena->base, base, memory_order_release);
    atomic_store_explicit(&arena->cursor, cursor, memory_order_release);
    atomic_store_explicit(&arena->spilled, spilled, memory_order_release);
    atomic_store_explicit(&arena->moves, moves + 2, memory_order_release);
}

static void stand_at(fa_arena *arena, fa_chunk *chunk, uintptr_t cursor, uint64_t spilled)
{
    arena->chunk = chunk;
    arena->previous = chunk->older;
    arena->ceiling = fa_chunk_end(chunk);
    arena->limit = arena->ceiling;
    set_position(arena, fa_chunk_payload(chunk), cursor, spilled);
}

static void empty(fa_arena *arena)
{
    arena->chunk = NULL;
    arena->previous = NULL;
    arena->oldest = NULL;
    arena->ceiling = 0;
    arena->limit = 0;
    set_position(arena, 0, 0, 0);
    fa_poke(arena->gone, fa_peek(arena->count));
}

/* The chain of chunks, newest first, with its first link set. */
static fa_chunk *chain(const fa_arena *arena)
{
    if (arena->chunk != NULL)
        arena->chunk->older = arena->previous;
    return arena->chunk;
}

/* Chunks double up to the largest size; only a request that does not fit that gets a chunk of its own. */
static size_t next_size(const fa_config *config, const fa_arena *arena, size_t least)
{
    size_t size = config->frame_chunk_min;
    size_t current = arena->chunk == NULL ? 0 : arena->chunk->memory.size;
    while (size < config->frame_chunk_max && (size <= current || size < least))
        size *= 2;
    return size;
}

size_t fa_arena_next_size(const fa_allocator *a, const fa_arena *arena, size_t payload)
{
    return next_size(&a->config, arena, payload + FA_CHUNK_HEADER);
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

void fa_arena_add(fa_arena *arena, fa_chunk *chunk)
{
    size_t used = fa_arena_used(arena);
    chunk->older = chain(arena);
    if (arena->chunk == NULL)
        arena->oldest = chunk;
    stand_at(arena, chunk, fa_chunk_payload(chunk), used);
}

fa_status fa_arena_grow(fa_lane *lane, fa_arena *arena, size_t size, size_t align, size_t preferred)
{
    size_t payload = fa_round_up(size, FA_GRAIN) + (align > FA_CHUNK_HEADER ? align : 0);
    fa_chunk *chunk;
    size_t least = fa_max(payload, preferred) + FA_CHUNK_HEADER;
    fa_status status = fa_chunk_obtain(lane, payload, least, next_size(&lane->allocator->config, arena, least), &chunk);
    if (status != FA_OK)
        return status;
    fa_arena_add(arena, chunk);
    fa_counter_add(&lane->frame.refills, 1);
    prefetch(lane, chunk);
    return FA_OK;
}

size_t fa_arena_used_seen(const fa_arena *arena)
{
    for (;;) {
        uint64_t moves = atomic_load_explicit(&arena->moves, memory_order_acquire);
        uintptr_t base = atomic_load_explicit(&arena->base, memory_order_acquire);
        uint64_t spilled = atomic_load_explicit(&arena->spilled, memory_order_acquire);
        uintptr_t cursor = atomic_load_explicit(&arena->cursor, memory_order_acquire);
        if (!(moves & 1) && fa_peek(arena->moves) == moves)
            return (size_t)(spilled + (cursor - base));
    }
}

bool fa_arena_holds(const fa_arena *arena, const unsigned char *end)
{
    uintptr_t address = (uintptr_t)end;
    uintptr_t top = fa_peek(arena->cursor);
    for (const fa_chunk *chunk = chain(arena); chunk != NULL; chunk = chunk->older) {
        if (address >= fa_chunk_payload(chunk) && address <= top)
            return true;
        top = chunk->older == NULL ? 0 : fa_chunk_end(chunk->older);
    }
    return address == 0;
}

bool fa_arena_spans(const fa_arena *arena, const void *block, const void *end)
{
    uintptr_t top = fa_peek(arena->cursor);
    for (const fa_chunk *chunk = chain(arena); chunk != NULL; chunk = chunk->older) {
        if ((uintptr_t)block >= fa_chunk_payload(chunk) && (uintptr_t)end <= top && block < end)
            return true;
        top = chunk->older == NULL ? 0 : fa_chunk_end(chunk->older);
    }
    return false;
}

size_t fa_arena_footprint(const fa_arena *arena)
{
    size_t bytes = 0;
    for (const fa_chunk *chunk = chain(arena); chunk != NULL; chunk = chunk->older)
        bytes += chunk->memory.size;
    return bytes;
}

void fa_arena_reset(fa_lane *lane, fa_arena *arena)
{
    if (arena->previous != NULL) {
        fa_chunk_keep(lane, arena->previous, arena->oldest);
        arena->previous = NULL;
        arena->oldest = arena->chunk;
    }
    set_position(arena, fa_peek(arena->base), fa_peek(arena->base), 0);
    fa_poke(arena->gone, fa_peek(arena->count));
    arena->limit = fa_peek(arena->base);
}

fa_chunk *fa_arena_detach(fa_arena *arena)
{
    fa_chunk *newest = chain(arena);
    empty(arena);
    return newest;
}

void fa_arena_surrender(fa_lane *lane, fa_arena *arena)
{
    if (arena->chunk != NULL)
        fa_chunk_keep(lane, chain(arena), arena->oldest);
    empty(arena);
}

fa_arena_mark fa_arena_here(const fa_arena *arena)
{
    return (fa_arena_mark){arena->chunk, fa_peek(arena->cursor), fa_peek(arena->spilled), fa_arena_live(arena)};
}

/* From an address of the chunk on. */
static void spoil(fa_allocator *a, const fa_chunk *chunk, uintptr_t from, uintptr_t end)
{
    fa_debug_frame_forget(a, chunk, from);
    if (fa_unlikely(fa_peek(fa_track_active)))
        fa_track_open((void *)from, end - from);
    if (fa_poisoning(a))
        memset((void *)from, FA_FREED_PATTERN, end - from);
    if (fa_unlikely(fa_peek(fa_track_active)))
        fa_track_close((void *)from, end - from);
}

void fa_chunks_spoil(fa_allocator *a, const fa_chunk *newest)
{
    for (; newest != NULL && fa_debugging(a); newest = newest->older)
        spoil(a, newest, fa_chunk_payload(newest), fa_chunk_end(newest));
}

void fa_arena_spoil(fa_allocator *a, const fa_arena *arena)
{
    if (arena->chunk == NULL || !fa_debugging(a))
        return;
    fa_chunks_spoil(a, arena->previous);
    spoil(a, arena->chunk, fa_peek(arena->base), fa_peek(arena->cursor));
}

void fa_arena_retire(fa_lane *lane, fa_arena *arena)
{
    fa_chunk *chunks = fa_arena_detach(arena);
    fa_chunk_disown(lane, chunks);
    fa_guard_retire(lane->allocator, chunks);
}

/* What a rewind lets go: newer chunks, and the rest of the marked one. */
static void spoil_since(fa_allocator *a, const fa_arena *arena, const fa_arena_mark *mark)
{
    const fa_chunk *chunk = chain(arena);
    uintptr_t end = fa_peek(arena->cursor);
    for (; chunk != mark->chunk; chunk = chunk->older) {
        spoil(a, chunk, fa_chunk_payload(chunk), end);
        end = fa_chunk_end(chunk->older);
    }
    spoil(a, chunk, mark->cursor, end);
}

void fa_chunks_check(fa_allocator *a, const fa_chunk *newest)
{
    for (; newest != NULL && fa_debugging(a); newest = newest->older)
        fa_debug_frame_check(a, newest, 0);
}

void fa_arena_check(fa_allocator *a, const fa_arena *arena, const fa_arena_mark *since)
{
    const fa_chunk *chunk = fa_debugging(a) ? chain(arena) : NULL;
    for (; chunk != NULL && (since == NULL || chunk != since->chunk); chunk = chunk->older)
        fa_debug_frame_check(a, chunk, 0);
    if (chunk != NULL)
        fa_debug_frame_check(a, chunk, since->cursor);
}

void fa_arena_look_for_escapes(fa_allocator *a, const fa_arena *arena)
{
    enum { RANGES = 64 };
    fa_debug_range ranges[RANGES];
    size_t count = 0;
    if (!(fa_peek(a->debug.flags) & FA_DEBUG_ESCAPES) || arena->chunk == NULL)
        return;
    ranges[count++] = (fa_debug_range){fa_peek(arena->base), fa_peek(arena->cursor) - fa_peek(arena->base)};
    for (const fa_chunk *chunk = arena->previous; chunk != NULL && count < RANGES; chunk = chunk->older)
        ranges[count++] = (fa_debug_range){fa_chunk_payload(chunk), fa_chunk_end(chunk) - fa_chunk_payload(chunk)};
    fa_debug_look_for_escapes(a, ranges, count);
}

/* Takes the chunks newer than one off the arena, as a chain. */
static fa_chunk *take_newer(fa_arena *arena, fa_chunk *kept)
{
    fa_chunk *newest = chain(arena);
    if (newest == kept)
        return NULL;
    fa_chunk *last = newest;
    while (last->older != kept)
        last = last->older;
    last->older = NULL;
    return newest;
}

fa_chunk *fa_arena_cut(fa_allocator *a, fa_arena *arena, const fa_arena_mark *mark)
{
    if (mark->chunk == NULL) {
        fa_arena_spoil(a, arena);
        return fa_arena_detach(arena);
    }
    if (fa_debugging(a))
        spoil_since(a, arena, mark);
    fa_chunk *newer = take_newer(arena, mark->chunk);
    stand_at(arena, mark->chunk, mark->cursor, mark->spilled);
    fa_poke(arena->gone, fa_peek(arena->count) - mark->live);
    return newer;
}

fa_chunk *fa_arena_empty(fa_arena *arena)
{
    fa_chunk *newest = chain(arena);
    if (newest == NULL)
        return NULL;
    fa_chunk *others = newest->older;
    newest->older = NULL;
    arena->oldest = newest;
    stand_at(arena, newest, fa_chunk_payload(newest), 0);
    fa_poke(arena->gone, fa_peek(arena->count));
    return others;
}

void fa_arena_rewind(fa_lane *lane, fa_arena *arena, const fa_arena_mark *mark)
{
    fa_chunk_keep_all(lane, fa_arena_cut(lane->allocator, arena, mark));
}
