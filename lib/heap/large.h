/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks too large for pages: each has memory of its own from the backend, with a header in the 64 KiB window that
 * masking the block's address finds. Freed ones of moderate size stay warm. */
#ifndef FA_HEAP_LARGE_H
#define FA_HEAP_LARGE_H

#include "core/lane.h"

/* As those of blocks in pages. */
enum { FA_LARGE_FREE = 0, FA_LARGE_LIVE = 1, FA_LARGE_KEPT = 2, FA_LARGE_WRAPPED = 3 };

struct fa_large {
    fa_memory memory;
    fa_address block;
    fa_counter usable;
    _Atomic uint32_t state;
    uint16_t bin; /* of a warm cache, FA_WARM_BINS if it is not kept */
    uint16_t tag; /* number of the tag it is charged to, 0 for none */
    union {
        fa_large *next; /* in a warm cache */
        fa_lane *owner; /* live: for whom it counts */
    };
};

#define FA_LARGE_HEADER ((size_t)64)
_Static_assert(sizeof(fa_large) <= FA_LARGE_HEADER, "the block starts on the second cache line");

static inline fa_large *fa_large_of(const void *block)
{
    return fa_window_of(block);
}

/* The last window of a large block may also hold memory that is not the library's. */
static inline bool fa_large_covers(const fa_large *large, uintptr_t address)
{
    return address < (uintptr_t)large->memory.base + large->memory.size;
}

void fa_warm_init(fa_warm_cache *cache, size_t limit);

/* A live block for a checked request; the second knows the lane's warm blocks only. */
void *fa_large_take(fa_lane *lane, size_t size, size_t align, fa_status *status);
void *fa_large_take_warm(fa_lane *lane, size_t size, size_t align);

/* Gives a live block back; lane is the calling thread's, NULL if it has none. The second keeps it warm on the lane; false
 * if that cannot be, or a tag is to be told. */
void fa_large_give(fa_allocator *a, fa_lane *lane, fa_large *large);
bool fa_large_give_warm(fa_lane *lane, fa_large *large);

/* Bytes of live blocks that count for the lane. */
uint64_t fa_large_live_bytes(const fa_lane *lane);

/* Moves the lane's warm blocks to the allocator. */
void fa_large_share(fa_lane *lane);

/* Gives the allocator's warm blocks to the backend. */
void fa_large_trim(fa_allocator *a);

/* Gives every large block to the backend, live or not. */
void fa_large_dispose_all(fa_allocator *a);

#endif
