/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the stores keep in a lane and in an allocator. */
#ifndef FA_STORE_STATE_H
#define FA_STORE_STATE_H

#include "base/list.h"
#include "base/mutex.h"
#include "base/slots.h"
#include "frame/state.h"

#include <framealloc/handle.h>
#include <framealloc/scratch_pool.h>

/* Scopes open on scratch memory. */
typedef struct fa_scratch_marks {
    uint64_t depth;
    uint64_t resets;
} fa_scratch_marks;

typedef struct fa_scratch_lane {
    fa_arena arena;
    fa_counter peak;
    fa_scratch_marks marks;
} fa_scratch_lane;

/* Guarded by the allocator's lock. */
typedef struct fa_group_shared {
    fa_slots table;
    fa_link groups; /* newest first */
    uint64_t slabs; /* ever made or emptied; no two have the same seal */
} fa_group_shared;

enum { FA_HANDLE_SEGMENTS = 23 };
#define FA_HANDLE_PLACES (((uint32_t)1 << 31) - 256)

typedef struct fa_handle_place fa_handle_place;

typedef struct fa_handle_shared {
    _Atomic(fa_handle_place *) segments[FA_HANDLE_SEGMENTS];
    fa_mutex lock;            /* guards what follows */
    uint32_t places;          /* ever made */
    uint32_t first_free;      /* number + 1, 0 for none */
    fa_link regions;          /* oldest first */
    uint64_t regions_made;
    fa_handle_stats stats;
    fa_handle_relocated relocated;
    void *relocated_user;
    bool defragmenting;       /* a step is under way */
    uint64_t at_region;       /* order of the region where the pass goes on, 0 for a new pass */
    uint32_t at_unit;         /* and its place in there */
    uint64_t last_region;     /* order of the region that the pass ends with */
} fa_handle_shared;

typedef struct fa_store_shared {
    _Atomic(fa_scratch_pool *) scratch_pools; /* newest first; they stay until the allocator goes */
    fa_group_shared groups;
    fa_link streams;       /* guarded by the allocator's lock */
    uint32_t streams_made; /* likewise */
    fa_handle_shared handles;
} fa_store_shared;

#endif
