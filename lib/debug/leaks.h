/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#ifndef FA_DEBUG_LEAKS_H
#define FA_DEBUG_LEAKS_H

#include "core/allocator.h"

/* What has to be so old to count. 0 is any age. */
typedef struct fa_debug_age {
    uint64_t nanoseconds;
    uint64_t frames; /* of the lane that allocated */
} fa_debug_age;

/* Groups in memory of their own, most bytes first. */
typedef struct fa_leak_list {
    fa_debug_leak *groups;
    size_t count;
    size_t capacity;
    uint64_t blocks;
    uint64_t bytes;
    bool complete; /* there was memory for all of them */
} fa_leak_list;

/* Pool and heap blocks in use, by stack of calls, intent and tag. fa_leaks_dispose() follows. */
fa_leak_list fa_leaks_gather(fa_allocator *a, const fa_debug_age *age);
void fa_leaks_dispose(fa_leak_list *list);

/* A report for each of the largest groups, and one for all. Returns the blocks. */
uint64_t fa_leaks_report(fa_allocator *a, int32_t code, const fa_debug_age *age);

#endif
