/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the heap room keeps in a lane and in an allocator. */
#ifndef FA_HEAP_STATE_H
#define FA_HEAP_STATE_H

#include "base/counter.h"
#include "base/list.h"

typedef struct fa_large fa_large;

/* Freed large blocks, binned by size in steps of an eighth of a power of two. */
#define FA_WARM_BINS 64
typedef struct fa_warm_cache {
    fa_large *bins[FA_WARM_BINS];
    uint64_t occupied; /* bit per bin */
    fa_counter bytes;
    size_t limit;
} fa_warm_cache;

/* Large blocks count for the lane that allocates them. */
typedef struct fa_heap_lane {
    fa_warm_cache warm;
    fa_counter allocated_bytes;
    fa_counter allocated_count;
    fa_counter freed_bytes;    /* released by the lane itself */
    fa_counter freed_count;
    fa_counter returned_bytes; /* released by others, who write it */
    fa_counter returned_count;
    fa_counter peak_bytes;
} fa_heap_lane;

typedef struct fa_heap_shared {
    fa_warm_cache warm; /* guarded by the allocator's lock */
} fa_heap_shared;

#endif
