/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What debug mode keeps in an allocator. All of it lies in mappings of its own, which a stray write of the program is
 * unlikely to reach, and none of it in the memory of blocks. */
#ifndef FA_DEBUG_STATE_H
#define FA_DEBUG_STATE_H

#include "base/counter.h"
#include "base/list.h"
#include "base/mutex.h"

#include <framealloc/debug.h>

#include <stdbool.h>

enum { FA_DEBUG_PHASE_BYTES = 32, FA_DEBUG_THREAD_BYTES = 16 };

/* When, where and by whom a block was taken or released. */
typedef struct fa_debug_moment {
    uint64_t time_ns;
    uint64_t lane; /* id */
    uint64_t frame;
    uint32_t site;
    char thread[FA_DEBUG_THREAD_BYTES];
} fa_debug_moment;

typedef enum fa_debug_state {
    FA_DEBUG_LIVE = 1,
    FA_DEBUG_LEAVING, /* being released */
    FA_DEBUG_KEPT,    /* in quarantine */
    FA_DEBUG_GRAVE,   /* released: remembered for who releases it again */
    FA_DEBUG_FRAMED,  /* in an arena, in use */
    FA_DEBUG_ENDED,   /* in an arena that is kept back */
    FA_DEBUG_CHUNK,   /* no block: the chunk at this address has the blocks from older on */
} fa_debug_state;

typedef struct fa_debug_record {
    struct fa_debug_record *next;  /* in its bucket, or unused */
    struct fa_debug_record *older; /* in the same chunk */
    fa_link link;                  /* in quarantine, or among the graves */
    unsigned char *block;          /* what the user has */
    union {
        unsigned char *base;          /* what the pool, the heap or the arena gave */
        struct fa_fault_place *place; /* of a chunk that is kept back */
    };
    size_t size;                   /* asked for */
    size_t behind;                 /* bytes of guard behind the block */
    size_t weight;                 /* bytes that pool or heap count for it */
    uint64_t serial;
    uint64_t tag;
    int32_t intent;
    uint8_t state;   /* fa_debug_state */
    bool guarded;    /* its guards were written */
    bool poisoned;   /* kept: its memory was */
    bool reported;   /* as damaged */
    bool escaped;    /* reported: it has an address of a frame that ended */
    bool tracked;    /* a tool knows the block */
    fa_debug_moment taken;
    fa_debug_moment released;
    char phase[FA_DEBUG_PHASE_BYTES];
} fa_debug_record;

/* A stack of calls that allocates, or releases. */
typedef struct fa_debug_site {
    struct fa_debug_site *next; /* in its bucket */
    uint64_t allocations;
    uint64_t bytes;
    uint64_t live_blocks;
    uint64_t live_bytes;
    uint32_t number; /* 1 upwards */
    uint32_t depth;
    uint64_t hash;
    char *brief; /* names of its functions, for handlers of signals; NULL until it is asked for */
    void *calls[];
} fa_debug_site;

enum { FA_DEBUG_SITES_MAX = 16384, FA_DEBUG_SITE_BUCKETS = 4096, FA_DEBUG_GRAVES_MAX = 4096 };

/* In a lane: the name of the thread that is on it, since asking for it is a system call. */
typedef struct fa_debug_lane {
    uintptr_t thread; /* whose name it is, 0 for nobody's */
    uint32_t uses;
    char name[FA_DEBUG_THREAD_BYTES];
} fa_debug_lane;

/* In front of each mapping. */
typedef struct fa_debug_slab {
    struct fa_debug_slab *next;
    size_t bytes;
} fa_debug_slab;

typedef struct fa_debug_memory {
    fa_debug_slab *slabs;
    unsigned char *free; /* of the newest slab */
    unsigned char *end;
} fa_debug_memory;

typedef struct fa_debug_shared {
    _Atomic uint32_t flags; /* FA_DEBUG_* in force */
    _Atomic uint32_t depth; /* of stacks of calls */
    _Atomic bool tracked;   /* a tool is told */
    fa_counter known;       /* records: 0 as long as debug mode was never on */
    fa_mutex lock;          /* guards what follows; no other lock is taken with it held */
    uint64_t turns;         /* times it was configured */
    fa_debug_options options;
    fa_debug_memory memory;
    fa_counter overhead;
    fa_counter pages_kept;       /* of the options */
    fa_counter kept_frame_bytes; /* of ended frames */
    fa_debug_record **buckets;
    unsigned bucket_bits;
    fa_debug_record *unused;
    fa_link kept;   /* oldest first */
    fa_link graves; /* likewise */
    uint64_t grave_count;
    uint64_t serial;
    fa_debug_site **site_buckets;
    fa_debug_site **sites; /* by number */
    uint32_t site_count;
    uint64_t sites_lost;
    fa_debug_stats figures; /* those that it counts */
    uint64_t kept_pool_blocks;
    uint64_t kept_pool_bytes;
} fa_debug_shared;

#endif
