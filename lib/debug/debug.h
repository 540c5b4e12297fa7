/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Debug mode as the rooms that hand out memory see it. Nothing here is called by a fast path. */
#ifndef FA_DEBUG_DEBUG_H
#define FA_DEBUG_DEBUG_H

#include "core/lane.h"

enum { FA_FRESH_PATTERN = 0xAB, FA_FREED_PATTERN = 0xCD };

/* Where a block lies in the memory that is taken for it. */
typedef struct fa_debug_layout {
    size_t front;  /* bytes before the block */
    size_t behind; /* bytes of guard behind it */
    size_t total;
} fa_debug_layout;

/* room is what the block may have to hold beyond the size asked for. The block is as aligned as what is taken. */
fa_debug_layout fa_debug_lay_out(size_t size, size_t align, size_t room);

/* Whether debug mode is on, or blocks are left from when it was. */
static inline bool fa_debug_knows_any(const fa_allocator *a)
{
    return FA_DEBUG_SUPPORT && fa_unlikely(fa_peek(a->debug.known) != 0);
}

/* Pool or heap memory for a request; weight receives what the figures count for it. */
typedef void *(*fa_debug_source)(fa_lane *lane, size_t size, size_t align, size_t *weight, fa_status *status);

typedef struct fa_debug_request {
    int32_t intent;
    size_t size;
    size_t align;
    size_t room; /* what the block may have to hold beyond its size */
} fa_debug_request;

/* A block with everything that debug mode puts around it. The source is called with no lock held. */
void *fa_debug_take(fa_lane *lane, const fa_debug_request *request, fa_debug_source source, fa_status *status);

/* What a pointer is to debug mode; blocks in arenas are not asked about. */
typedef enum fa_debug_answer {
    FA_DEBUG_UNKNOWN, /* nothing */
    FA_DEBUG_IN_USE,  /* a block */
    FA_DEBUG_GONE,    /* a block that was released, which is reported */
} fa_debug_answer;

typedef struct fa_debug_piece {
    void *base; /* of the memory */
    size_t size; /* of the block */
    bool kept;   /* a released block stays in quarantine */
} fa_debug_piece;

/* Looks a block up, for what asks about blocks in use. */
fa_debug_answer fa_debug_look(fa_allocator *a, const void *block, fa_debug_piece *piece);

/* Looks a block up that is to be released, and checks it. In use: if it is kept, fa_debug_keep() follows; otherwise its
 * memory is given back, and fa_debug_restore() is told if that fails. */
fa_debug_answer fa_debug_release(fa_allocator *a, void *block, fa_debug_piece *piece);
void fa_debug_keep(fa_allocator *a, void *block);
void fa_debug_restore(fa_allocator *a, void *block);

/* Gives back, through fa_debug_give(), what is more than the quarantine may hold, or everything. Checks it. */
void fa_debug_evict(fa_allocator *a, bool all);

/* A block in an arena: base begins memory of this layout in the chunk. Returns the block. */
void *fa_debug_frame_block(fa_lane *lane, void *chunk, void *base, const fa_debug_layout *layout, int32_t intent,
                           size_t size);

/* Base of the newest block of the chunk if it is this one with this size, else NULL. */
void *fa_debug_frame_newest(fa_allocator *a, const void *chunk, const void *block, size_t size);

/* Blocks of the chunk from an address on: reports what is wrong with their guards; forgets them. The first is called with
 * no lock held and the lane ready for anything. */
void fa_debug_frame_check(fa_allocator *a, const void *chunk, uintptr_t from);
void fa_debug_frame_forget(fa_allocator *a, const void *chunk, uintptr_t from);

/* Reports blocks that live on and have an address in one of the ranges, each once. Called with no lock held. */
typedef struct fa_debug_range {
    uintptr_t base;
    size_t bytes;
} fa_debug_range;
void fa_debug_look_for_escapes(fa_allocator *a, const fa_debug_range *ranges, size_t count);

/* The chunk is kept back, and access to its payload was taken away; it is about to come back. */
void fa_debug_frame_keep(fa_allocator *a, void *chunk, const void *payload, size_t bytes);
void fa_debug_frame_unkeep(fa_allocator *a, const void *chunk);

/* Reports a pointer into a block that debug mode knows; false if it knows none. */
bool fa_debug_refuse_interior(fa_allocator *a, const void *pointer);

/* Calls visit for each block of an intent that is in use, with the lock held. */
void fa_debug_each(fa_allocator *a, int32_t intent, void (*visit)(void *context, void *block, size_t size),
                   void *context);

/* The allocator ends: checks and reports what is left. */
void fa_debug_close(fa_allocator *a);

/* Name of the phase that runs on a lane, empty for none; set in lib/wiring.c. */
extern const char *(*const fa_debug_phase)(const fa_lane *lane);

/* Gives back what the quarantine lets go; set in lib/wiring.c. */
extern void (*const fa_debug_give)(fa_allocator *a, void *base);

/* Gives back memory of ended frames until at most so many bytes are kept; set in lib/wiring.c. */
extern void (*const fa_debug_give_frames)(fa_allocator *a, uint64_t keep);

#endif
