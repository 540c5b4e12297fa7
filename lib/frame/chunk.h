/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Chunks: the memory that arenas bump through, cached per lane and pooled per allocator. */
#ifndef FA_FRAME_CHUNK_H
#define FA_FRAME_CHUNK_H

#include "core/lane.h"

/* In front of the payload. */
struct fa_chunk {
    fa_chunk *older; /* next in an arena, a cache or the pool */
    fa_memory memory;
    fa_link link; /* in the allocator's list of all chunks */
    _Atomic(fa_lane *) owner; /* whose books it is in, NULL for the allocator's */
};

#define FA_CHUNK_HEADER ((size_t)64)
_Static_assert(sizeof(fa_chunk) <= FA_CHUNK_HEADER, "the payload starts on the second cache line");

static inline uintptr_t fa_chunk_payload(const fa_chunk *chunk)
{
    return (uintptr_t)chunk + FA_CHUNK_HEADER;
}

static inline uintptr_t fa_chunk_end(const fa_chunk *chunk)
{
    return fa_round_down((uintptr_t)chunk->memory.base + chunk->memory.size, 16);
}

/* Bytes from its header on: all of it but what may lie in front. */
static inline size_t fa_chunk_bytes(const fa_chunk *chunk)
{
    return chunk->memory.size - (size_t)((uintptr_t)chunk - (uintptr_t)chunk->memory.base);
}

/* Whether its payload begins and ends with pages, so that access to it can be taken away; the header lies at the end of
 * the page in front. */
static inline bool fa_chunk_is_guarded(const fa_chunk *chunk)
{
    return (uintptr_t)chunk != (uintptr_t)chunk->memory.base;
}

/* A chunk with at least payload bytes: from the lane's cache, preferring one of at least preferred bytes in all, from
 * the allocator's pool, or of size fresh (or what payload needs) from the backend. */
fa_status fa_chunk_obtain(fa_lane *lane, size_t payload, size_t preferred, size_t fresh, fa_chunk **out);

/* Puts a chain, whose oldest chunk links to none, into the lane's cache in constant time. */
void fa_chunk_keep(fa_lane *lane, fa_chunk *newest, fa_chunk *oldest);

/* The same chunk by chunk; NULL is no chain. */
void fa_chunk_keep_all(fa_lane *lane, fa_chunk *newest);

/* Gives cached chunks to the backend until they take at most keep bytes, largest first. */
void fa_chunk_cache_shrink(fa_lane *lane, uint64_t keep);

/* Takes a chain out of the lane's books: it belongs to the allocator from now on. */
void fa_chunk_disown(fa_lane *lane, fa_chunk *newest);

/* Puts a disowned chain into the allocator's pool, or gives it to the backend if frames keep nothing. */
void fa_chunk_share(fa_allocator *a, fa_chunk *newest);

/* Moves the lane's cache to the pool. */
void fa_chunk_cache_share(fa_lane *lane);

/* Gives a disowned chunk to the backend. */
void fa_chunk_destroy(fa_allocator *a, fa_chunk *chunk);

/* Gives the pool to the backend. */
void fa_chunk_pool_trim(fa_allocator *a);

/* Gives every chunk of the allocator to the backend. */
void fa_chunk_dispose_all(fa_allocator *a);

/* Whether the address lies in a chunk of the allocator, and whose it is; for reports. */
bool fa_chunk_contains(fa_allocator *a, uintptr_t address, const fa_lane **owner);

#endif
