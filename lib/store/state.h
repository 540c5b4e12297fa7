/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the stores keep in a lane and in an allocator. */
#ifndef FA_STORE_STATE_H
#define FA_STORE_STATE_H

#include "base/list.h"
#include "base/slots.h"
#include "frame/state.h"

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

typedef struct fa_store_shared {
    _Atomic(fa_scratch_pool *) scratch_pools; /* newest first; they stay until the allocator goes */
    fa_group_shared groups;
    fa_link streams;       /* guarded by the allocator's lock */
    uint32_t streams_made; /* likewise */
} fa_store_shared;

#endif
