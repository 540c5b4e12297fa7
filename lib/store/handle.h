/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Handles, shared among their files: handle.c (the interface), handle_table.c (ids), handle_space.c (regions),
 * defragment.c. */
#ifndef FA_STORE_HANDLE_H
#define FA_STORE_HANDLE_H

#include "core/allocator.h"
#include "base/bits.h"

#include <framealloc/handle.h>

/* One word of a place tells generation, life, moves and pins together, so that pinning and moving exclude each other. */
#define FA_HANDLE_LIVE ((uint64_t)1 << 31)
#define FA_HANDLE_MOVING ((uint64_t)1 << 30)
#define FA_HANDLE_PINS (FA_HANDLE_MOVING - 1)

typedef struct fa_handle_place {
    _Atomic uint64_t word;    /* generation above, FA_HANDLE_* below */
    _Atomic(void *) address;
    _Atomic uint32_t moves;
    uint32_t number;
    uint32_t next_free;       /* number + 1 */
    uint32_t align;
    size_t size;              /* as asked for */
    void *own;                /* memory of its own; NULL in a region */
    struct fa_handle_block *block; /* in a region */
} fa_handle_place;

/* A block of a region: header, padding, the user's bytes. Blocks fill a region without gaps, free ones included. */
typedef struct fa_handle_block {
    uint32_t units;  /* of 16 bytes, header included */
    uint32_t before; /* units of the block in front, 0 for the first */
    uint32_t place;  /* number + 1, 0 when free */
    uint32_t at;     /* units from the first block of the region */
} fa_handle_block;

enum { FA_HANDLE_UNIT = 16, FA_HANDLE_BINS = 16 };

/* Free blocks are linked through their bytes. */
typedef struct fa_handle_hole {
    fa_handle_block block;
    fa_link link;
} fa_handle_hole;

typedef struct fa_handle_region {
    fa_link link; /* in order of making, oldest first */
    uint64_t order;
    uint32_t units;
    uint32_t live; /* blocks */
    uint32_t occupied; /* bit per bin */
    fa_link holes[FA_HANDLE_BINS]; /* by width of their size */
} fa_handle_region;

/* The place an id names, NULL if it names none. Takes no lock. */
fa_handle_place *fa_handle_find(fa_allocator *a, fa_handle handle);
fa_handle fa_handle_id(fa_allocator *a, const fa_handle_place *place);
fa_handle_place *fa_handle_place_at(fa_allocator *a, uint32_t number);

/* Locked: a free place, made if need be; FA_ERROR_OUT_OF_MEMORY or FA_ERROR_FULL. */
fa_status fa_handle_place_take(fa_allocator *a, fa_handle_place **out);

/* Locked: gives back a place that was not opened. */
void fa_handle_place_put(fa_allocator *a, fa_handle_place *place);

/* Locked: the place names a block from now on; it names none, and its id never again. */
void fa_handle_place_open(fa_handle_place *place, void *address);
void fa_handle_place_close(fa_allocator *a, fa_handle_place *place);

void fa_handle_table_dispose(fa_allocator *a);

/* Units that a block of this size and alignment takes. */
uint32_t fa_handle_units(size_t size, size_t align);

/* Whether regions serve it. */
bool fa_handle_shares(size_t size, size_t align);

/* Heap memory that belongs to no tag; no lock may be held. */
fa_status fa_handle_memory_take(fa_allocator *a, size_t size, size_t align, void **out);

/* Makes a region; no lock may be held. */
fa_status fa_handle_region_make(fa_allocator *a, fa_handle_region **out);
void fa_handle_region_add(fa_allocator *a, fa_handle_region *region);

/* Locked: room in any region, or only in regions older than one; NULL if there is none. */
fa_handle_block *fa_handle_space_take(fa_allocator *a, uint32_t units, const fa_handle_region *older_than);

/* Locked: gives a block's room back. Returns the region if it has no block left: it is off the list then. */
fa_handle_region *fa_handle_space_give(fa_allocator *a, fa_handle_block *block);

/* Locked: moves a block into the free room in front of it, which comes behind it. Returns where it is now. */
fa_handle_block *fa_handle_space_slide(fa_handle_block *block, size_t size, size_t align, bool poison);

fa_handle_region *fa_handle_region_of(const fa_handle_block *block);
void fa_handle_region_release(fa_allocator *a, fa_handle_region *region);

static inline fa_handle_block *fa_handle_first(fa_handle_region *region)
{
    return (fa_handle_block *)((unsigned char *)region + fa_round_up(sizeof *region, FA_HANDLE_UNIT));
}

static inline fa_handle_block *fa_handle_end(fa_handle_region *region)
{
    return (fa_handle_block *)(void *)((unsigned char *)fa_handle_first(region) + (size_t)region->units * FA_HANDLE_UNIT);
}

static inline fa_handle_block *fa_handle_next(fa_handle_block *block)
{
    return (fa_handle_block *)(void *)((unsigned char *)block + (size_t)block->units * FA_HANDLE_UNIT);
}

/* Only for a block that is not the first. */
static inline fa_handle_block *fa_handle_in_front(fa_handle_block *block)
{
    return (fa_handle_block *)(void *)((unsigned char *)block - (size_t)block->before * FA_HANDLE_UNIT);
}

/* Where the user's bytes start. */
static inline void *fa_handle_bytes(fa_handle_block *block, size_t align)
{
    return (void *)fa_round_up((uintptr_t)(block + 1), fa_max(align, FA_HANDLE_UNIT));
}

extern const struct fa_room fa_handle_room;

#endif
