/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Telling listeners of single blocks, where a watched request has come to its end. */
#ifndef FA_CORE_TELL_H
#define FA_CORE_TELL_H

#include "account/tag.h"
#include "core/lane.h"
#include "core/rooms.h"
#include "core/watch.h"

#include <framealloc/block.h>
#include <framealloc/event.h>

/* Returns the block of that tag, NULL or not. */
static inline void *fa_told_allocation_of(fa_lane *lane, fa_tag_node *tag, int32_t intent, void *block, size_t size)
{
    if (fa_unlikely(lane->watch & (FA_WATCH_ARENAS | FA_WATCH_BLOCKS)) && block != NULL)
        fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_ALLOC, .intent = intent, .block = block, .bytes = size,
                                                 .tag = tag, .tag_id = fa_tag_id(lane->allocator, tag)});
    return block;
}

static inline void *fa_told_allocation(fa_lane *lane, int32_t intent, void *block, size_t size)
{
    return fa_told_allocation_of(lane, lane->account.current, intent, block, size);
}

/* A scope has begun or ended; kind is FA_EVENT_ZONE_*. */
static inline void fa_tell_zone(fa_lane *lane, int32_t kind, int32_t what, const char *name, fa_tag tag)
{
    fa_tell(lane->allocator, &(fa_happening){.kind = kind, .intent = -1, .what = what, .name = name, .tag_id = tag});
}

#endif
