/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/guard.h"

#include "base/os.h"
#include "debug/debug.h"

static void *payload_of(const fa_chunk *chunk)
{
    return (void *)fa_chunk_payload(chunk);
}

static size_t payload_bytes(const fa_chunk *chunk)
{
    return fa_chunk_end(chunk) - fa_chunk_payload(chunk);
}

static void append(fa_allocator *a, fa_chunk *chunk)
{
    chunk->older = NULL;
    fa_mutex_lock(&a->lock);
    if (a->frame.kept_newest != NULL)
        a->frame.kept_newest->older = chunk;
    else
        a->frame.kept_oldest = chunk;
    a->frame.kept_newest = chunk;
    a->frame.kept_bytes += chunk->memory.size;
    fa_poke(a->debug.kept_frame_bytes, a->frame.kept_bytes);
    fa_mutex_unlock(&a->lock);
}

static fa_chunk *pop_oldest(fa_allocator *a, uint64_t keep)
{
    fa_mutex_lock(&a->lock);
    fa_chunk *chunk = a->frame.kept_bytes > keep ? a->frame.kept_oldest : NULL;
    if (chunk != NULL) {
        a->frame.kept_oldest = chunk->older;
        if (chunk->older == NULL)
            a->frame.kept_newest = NULL;
        a->frame.kept_bytes -= chunk->memory.size;
        fa_poke(a->debug.kept_frame_bytes, a->frame.kept_bytes);
    }
    fa_mutex_unlock(&a->lock);
    return chunk;
}

static bool protect(fa_allocator *a, fa_chunk *chunk)
{
    if (!fa_chunk_is_guarded(chunk))
        return false;
    fa_debug_frame_keep(a, chunk, payload_of(chunk), payload_bytes(chunk));
    if (fa_os_protect(payload_of(chunk), payload_bytes(chunk)))
        return true;
    fa_debug_frame_unkeep(a, chunk);
    return false;
}

void fa_guard_begin(fa_lane *lane, fa_arena *arena)
{
    if (arena->chunk != NULL && fa_guarding(lane->allocator) && !fa_chunk_is_guarded(arena->chunk))
        fa_arena_retire(lane, arena);
}

static void retire(fa_allocator *a, fa_chunk *chunk)
{
    if (protect(a, chunk)) {
        append(a, chunk);
        return;
    }
    fa_chunk_destroy(a, chunk);
}

void fa_guard_retire(fa_allocator *a, fa_chunk *newest)
{
    while (newest != NULL) {
        fa_chunk *older = newest->older;
        retire(a, newest);
        newest = older;
    }
    fa_guard_evict(a, fa_peek(a->debug.pages_kept));
}

void fa_guard_evict(fa_allocator *a, uint64_t keep)
{
    fa_chunk *chunk;
    while ((chunk = pop_oldest(a, keep)) != NULL) {
        fa_debug_frame_unkeep(a, chunk);
        (void)fa_os_unprotect(payload_of(chunk), payload_bytes(chunk));
        fa_chunk_destroy(a, chunk);
    }
}
