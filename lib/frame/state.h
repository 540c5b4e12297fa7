/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the frame room keeps in a lane and in an allocator. */
#ifndef FA_FRAME_STATE_H
#define FA_FRAME_STATE_H

#include "base/counter.h"
#include "base/list.h"
#include "base/slots.h"

#include <framealloc/frame.h>
#include <framealloc/retain.h>

#include <stdbool.h>

typedef struct fa_chunk fa_chunk;
typedef struct fa_cleanup_node fa_cleanup_node;
typedef struct fa_checkpoint_record fa_checkpoint_record;
typedef struct fa_held_frame fa_held_frame;
typedef struct fa_overflow fa_overflow;
typedef struct fa_phases fa_phases;
typedef struct fa_retained fa_retained;
typedef struct fa_promoted fa_promoted;

/* Memory that is bumped and reset. A closed arena has limit == cursor, which sends every request to the slow path. */
typedef struct fa_arena {
    fa_address cursor;   /* where the next block starts, a multiple of 16 */
    uintptr_t limit;     /* lowered by whatever must step in */
    fa_counter count;    /* blocks ever taken */
    fa_address base;     /* first address of the current chunk's payload */
    uintptr_t ceiling;   /* what limit is raised to: end of the current chunk */
    fa_counter gone;     /* blocks ever let go */
    fa_counter spilled;  /* bytes used in older chunks */
    fa_counter moves;    /* changes of base, cursor and spilled together; odd during one */
    fa_chunk *chunk;     /* current chunk, linked to older ones */
    fa_chunk *oldest;    /* end of that chain */
    fa_chunk *previous;  /* what chunk->older will be: a reset touches no memory that has gone cold */
} fa_arena;

/* Free chunks of a lane. Returned ones wait in one list, so that a frame ends in constant time, and are
 * sorted by size when the list is searched. */
#define FA_CHUNK_BUCKETS 52
typedef struct fa_chunk_cache {
    fa_chunk *returned;
    fa_chunk *buckets[FA_CHUNK_BUCKETS];
    uint64_t occupied; /* bit per bucket */
} fa_chunk_cache;

enum { FA_AHEAD_RING = FA_FRAMES_AHEAD_MAX + 1 };

/* Why the end of a frame leaves its fast path. */
enum {
    FA_END_SPILLED = 1,     /* several chunks */
    FA_END_CLEANUPS = 2,    /* functions to run */
    FA_END_CHECKPOINTS = 4, /* checkpoints to end */
    FA_END_HELD = 8,        /* tokens */
    FA_END_AHEAD = 16,      /* blocks that look ahead, now or in coming frames */
    FA_END_POLICY = 32,     /* a reset that gives chunks back */
    FA_END_POISON = 64,     /* debug mode */
    FA_END_RUNNING = 128,   /* the end is under way: a cleanup function called it again */
    FA_END_LEDGER = 256,    /* tags have a part in it */
    FA_END_PHASES = 1024,   /* phases to close */
    FA_END_RETAINED = 2048, /* blocks that were to be promoted, now or in coming frames */
    FA_END_WATCHED = 4096,  /* somebody is told */
    FA_END_OVERFLOW = 512,  /* blocks that came from the heap, now or in coming frames */
};

typedef struct fa_frame_lane {
    fa_arena arena;
    fa_counter epoch;        /* odd while a frame runs */
    uint32_t end_work;       /* FA_END_* */
    uint32_t begin_work;     /* not 0: capped or watched */
    fa_counter peak;         /* highest bytes live on the lane */
    fa_counter last_used;    /* bytes in use when the last frame ended */
    uint32_t capped;         /* a budget is enforced: begin recomputes limits */
    uint64_t begun_at;       /* nanoseconds, if frames are timed */
    uint64_t span_peak;      /* bytes that the running frame had in use when some went back early */
    fa_counter refills;
    fa_counter chunks;       /* in use and cached */
    fa_counter chunk_bytes;
    fa_cleanup_node *cleanups;
    fa_checkpoint_record *checkpoints;
    uint64_t checkpoint_serial;
    uint64_t rewinds;        /* rollbacks made */
    fa_held_frame *held;     /* the running frame is held */
    size_t decayed;          /* fading peak of FA_RESET_DECAY */
    fa_chunk_cache cache;
    size_t ahead_hint;       /* bytes the last expired arena that looked ahead had in use */
    uint32_t ahead_mask;     /* slots of ahead that have chunks or functions */
    fa_arena ahead[FA_AHEAD_RING];               /* slot f % 8 expires with frame f */
    fa_cleanup_node *ahead_cleanups[FA_AHEAD_RING];
    fa_overflow *overflow[FA_AHEAD_RING]; /* blocks from the heap that expire with frame f % 8 */
    uint64_t overflow_serial;
    fa_phases *phases;            /* NULL until the first */
    uint64_t live_before;         /* bytes live when they were about to go back, 0 for none */
    uint64_t shrunk;              /* bytes ever given back before the end of their frame */
    fa_retained *retained[FA_AHEAD_RING]; /* blocks to promote when frame f % 8 ends */
    uint64_t retained_serial;
    fa_promoted *promoted;        /* what came of those of the last frame; NULL until the first */
    fa_counter set_aside;         /* number of the last frame whose memory was held beyond its end */
} fa_frame_lane;

typedef struct fa_frame_shared {
    fa_link chunks;       /* every chunk, guarded by the allocator's lock */
    fa_chunk *pool;       /* chunks without a lane, likewise */
    uint64_t chunk_count; /* likewise */
    uint64_t chunk_bytes; /* likewise */
    fa_chunk *kept_oldest; /* in quarantine, linked to newer ones; likewise */
    fa_chunk *kept_newest; /* likewise */
    uint64_t kept_bytes;   /* likewise */
    fa_slots tokens;      /* likewise */
    uint64_t held_bytes;  /* of ended frames that are held, likewise */
    uint64_t held_peak;   /* likewise */
    uint64_t held_count;  /* likewise */
    fa_promotion_summary promotions; /* of all frames that ended with some, likewise */
} fa_frame_shared;

#endif
