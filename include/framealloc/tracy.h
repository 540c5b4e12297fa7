/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file tracy.h
 * @brief The memory of an allocator in the Tracy profiler.
 *
 * Header-only, for one source file of a program that has Tracy's C interface: include Tracy's `TracyC.h` first. Without
 * TRACY_ENABLE, or without TracyC.h, everything is there and does nothing.
 *
 * What Tracy shows: a memory pool for pool blocks and one for heap blocks, one each for the frame and the scratch memory
 * of every lane; a mark for each frame; zones for phases and tag scopes; plots of live bytes by intent and by tag.
 *
 * Tracy ends a session when it is told of an address twice, or of one it does not know. So the adapter keeps a book of the
 * blocks that Tracy was told of, bounded by FA_TRACY_BLOCKS: a block that finds no place is not told at all, and counted.
 * When all that is left in a memory pool goes at once, as with the end of a frame, Tracy is told with one
 * TracyCMemoryDiscard (Tracy 0.12 and later), otherwise with one free for each block that goes.
 */
#ifndef FRAMEALLOC_TRACY_H
#define FRAMEALLOC_TRACY_H

#include "lane.h"
#include "block.h"
#include "profiler.h"
#include "stats.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

/** Most blocks that Tracy knows at a time; about 60 bytes of fa_tracy each. Since 1.0. */
#ifndef FA_TRACY_BLOCKS
#define FA_TRACY_BLOCKS 65536
#endif
/** Lanes with memory pools of their own; later ones share two. Since 1.0. */
#ifndef FA_TRACY_LANES
#define FA_TRACY_LANES 64
#endif
/** Most tags that are plotted. Since 1.0. */
#ifndef FA_TRACY_TAGS
#define FA_TRACY_TAGS 256
#endif
/** Deepest nesting of zones on a thread that Tracy is told of. Since 1.0. */
#define FA_TRACY_ZONES 128

/** Memory pools: those of pool and heap blocks, two for each lane, two for the lanes that are left. Since 1.0. */
#define FA_TRACY_POOLS (2 + 2 * (FA_TRACY_LANES + 1))

/** A block that Tracy knows. Indices count from 1, 0 is none. Since 1.0. */
typedef struct fa_tracy_block {
    uintptr_t address;  /**< Where it starts. */
    uint32_t pool;      /**< Index of its memory pool, from 0. */
    uint32_t same_hash; /**< Next one; of free entries, too. */
    uint32_t before;    /**< In its memory pool. */
    uint32_t after;     /**< In its memory pool. */
} fa_tracy_block;

/** A memory pool. Since 1.0. */
typedef struct fa_tracy_pool {
    uint32_t first;  /**< Its newest block. */
    uint32_t blocks; /**< How many. */
    int32_t intent;  /**< FA_INTENT_*. */
    uint64_t lane;   /**< Id, 0 for none. */
    char name[96];   /**< What Tracy calls it; never changes once Tracy has seen it. */
} fa_tracy_pool;

/** What the adapter keeps: of static storage, since Tracy holds on to the names. Zero before the first use. Since 1.0. */
typedef struct fa_tracy {
    uint32_t lock;           /**< 1 while a thread has the rest. */
    uint32_t used;           /**< Entries of blocks that were ever used. */
    uint32_t spare;          /**< First free entry among them. */
    uint32_t lanes;          /**< Lanes with memory pools. */
    uint32_t tags;           /**< Tags that have a name below. */
    uint32_t session;        /**< Times it was attached. */
    uint64_t left_out;       /**< Blocks that found no place. */
    uint64_t discards;       /**< Discards that Tracy was told as one. */
    fa_allocator *allocator; /**< Whose memory it is. */
    fa_tracy_pool pools[FA_TRACY_POOLS];    /**< Memory pools by lane and intent. */
    uint32_t hashes[FA_TRACY_BLOCKS];       /**< First block of each hash of an address. */
    fa_tracy_block blocks[FA_TRACY_BLOCKS]; /**< What Tracy believes to be allocated. */
    uint64_t tag_ids[FA_TRACY_TAGS];        /**< Tags that have a name below. */
    char tag_names[FA_TRACY_TAGS][128];     /**< Their paths. */
} fa_tracy;

#if defined(TRACY_ENABLE) && defined(TracyCAllocN)

/** A zone of the calling thread. Since 1.0. */
typedef struct fa_tracy_zone {
    TracyCZoneCtx context; /**< Tracy's. */
    int32_t what;          /**< FA_ZONE_*. */
    int32_t ended;         /**< 1 when it waits for the zones inside it, as Tracy wants them nested. */
} fa_tracy_zone;

/** Zones of the calling thread. Since 1.0. */
typedef struct fa_tracy_thread {
    uint32_t session;  /**< Of the fa_tracy that they were begun with. */
    uint32_t frames;   /**< The session in which the thread's frames are Tracy's own; those of other threads are named. */
    uint32_t depth;    /**< How many. */
    uint32_t too_deep; /**< How many more were not told. */
    fa_tracy_zone zones[FA_TRACY_ZONES];
} fa_tracy_thread;

FA_INLINE void fa_tracy_lock(fa_tracy *t)
{
    while (__atomic_exchange_n(&t->lock, 1u, __ATOMIC_ACQUIRE) != 0)
        (void)sched_yield();
}

FA_INLINE void fa_tracy_unlock(fa_tracy *t)
{
    __atomic_store_n(&t->lock, 0u, __ATOMIC_RELEASE);
}

/** @brief The book's list for an address. Since 1.0. */
FA_INLINE uint32_t *fa_tracy_list(fa_tracy *t, uintptr_t address)
{
    uint64_t hash = (uint64_t)(address >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    return &t->hashes[(hash >> 32) % FA_TRACY_BLOCKS];
}

/** @brief Writes the name of a memory pool that is new. Since 1.0. */
FA_INLINE void fa_tracy_name(fa_tracy_pool *pool, const char *intent, const char *lane)
{
    if (pool->name[0] != '\0')
        return;
    if (lane == NULL)
        (void)snprintf(pool->name, sizeof pool->name, "framealloc %s", intent);
    else
        (void)snprintf(pool->name, sizeof pool->name, "framealloc %s: %s (%llu)", intent, lane[0] != '\0' ? lane : "lane",
                       (unsigned long long)pool->lane);
}

/** @brief Index of the first of a lane's two memory pools. Since 1.0. */
FA_INLINE uint32_t fa_tracy_lane(fa_tracy *t, uint64_t lane, const char *name)
{
    uint32_t index = 0;
    while (index < t->lanes && t->pools[2 + 2 * index].lane != lane)
        index++;
    fa_tracy_pool *frame = &t->pools[2 + 2 * index];
    if (index == t->lanes && index < FA_TRACY_LANES) {
        t->lanes++;
        frame[0].lane = lane;
        frame[1].lane = lane;
    }
    frame[0].intent = FA_INTENT_FRAME;
    frame[1].intent = FA_INTENT_SCRATCH;
    fa_tracy_name(&frame[0], "frame", index < FA_TRACY_LANES ? name : "other lanes");
    fa_tracy_name(&frame[1], "scratch", index < FA_TRACY_LANES ? name : "other lanes");
    return 2 + 2 * index;
}

/** @brief Index of the memory pool for a block of the calling thread. Since 1.0. */
FA_INLINE uint32_t fa_tracy_pool_for(fa_tracy *t, const fa_event *event, const char *lane_name)
{
    if (event->intent == FA_INTENT_POOL || event->intent == FA_INTENT_HEAP) {
        uint32_t index = event->intent == FA_INTENT_HEAP;
        t->pools[index].intent = event->intent;
        fa_tracy_name(&t->pools[index], index == 0 ? "pool" : "heap", NULL);
        return index;
    }
    return fa_tracy_lane(t, event->lane, lane_name) + (event->intent == FA_INTENT_SCRATCH);
}

/** @brief Takes a block out of the book. Since 1.0. */
FA_INLINE void fa_tracy_forget(fa_tracy *t, uint32_t index)
{
    fa_tracy_block *block = &t->blocks[index - 1];
    fa_tracy_pool *pool = &t->pools[block->pool];
    uint32_t *at = fa_tracy_list(t, block->address);
    while (*at != index)
        at = &t->blocks[*at - 1].same_hash;
    *at = block->same_hash;
    if (block->before != 0)
        t->blocks[block->before - 1].after = block->after;
    else
        pool->first = block->after;
    if (block->after != 0)
        t->blocks[block->after - 1].before = block->before;
    pool->blocks--;
    block->same_hash = t->spare;
    t->spare = index;
}

/** @brief Index of a block, 0 if Tracy does not know it. Since 1.0. */
FA_INLINE uint32_t fa_tracy_find(fa_tracy *t, const void *address)
{
    uint32_t index = *fa_tracy_list(t, (uintptr_t)address);
    while (index != 0 && t->blocks[index - 1].address != (uintptr_t)address)
        index = t->blocks[index - 1].same_hash;
    return index;
}

/** @brief Tells Tracy that a block has gone. Since 1.0. */
FA_INLINE void fa_tracy_end(fa_tracy *t, uint32_t index)
{
    const void *address = (const void *)t->blocks[index - 1].address;
    const char *name = t->pools[t->blocks[index - 1].pool].name;
    fa_tracy_forget(t, index);
    TracyCFreeN(address, name);
    (void)address;
    (void)name;
}

/** @brief Puts a block into the book; 0 if it is full. Since 1.0. */
FA_INLINE uint32_t fa_tracy_enter(fa_tracy *t, const void *address, uint32_t pool)
{
    uint32_t index = t->spare;
    if (index != 0)
        t->spare = t->blocks[index - 1].same_hash;
    else if (t->used < FA_TRACY_BLOCKS)
        index = ++t->used;
    else
        return 0;
    fa_tracy_block *block = &t->blocks[index - 1];
    uint32_t *list = fa_tracy_list(t, (uintptr_t)address);
    block->address = (uintptr_t)address;
    block->pool = pool;
    block->same_hash = *list;
    block->before = 0;
    block->after = t->pools[pool].first;
    *list = index;
    if (block->after != 0)
        t->blocks[block->after - 1].before = index;
    t->pools[pool].first = index;
    t->pools[pool].blocks++;
    return index;
}

/** @brief fa_profiler::allocate. Since 1.0. */
FA_INLINE void fa_tracy_allocate(void *user, const fa_event *event)
{
    fa_tracy *t = (fa_tracy *)user;
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    if (event->intent == FA_INTENT_FRAME || event->intent == FA_INTENT_SCRATCH)
        (void)fa_lane_get_stats(t->allocator, NULL, &lane);
    fa_tracy_lock(t);
    uint32_t known = fa_tracy_find(t, event->block);
    if (known != 0)
        fa_tracy_end(t, known);
    uint32_t pool = fa_tracy_pool_for(t, event, lane.name);
    if (fa_tracy_enter(t, event->block, pool) != 0)
        TracyCAllocN(event->block, (size_t)event->bytes, t->pools[pool].name);
    else
        t->left_out++;
    fa_tracy_unlock(t);
}

/** @brief fa_profiler::release. Since 1.0. */
FA_INLINE void fa_tracy_release(void *user, const fa_event *event)
{
    fa_tracy *t = (fa_tracy *)user;
    fa_tracy_lock(t);
    uint32_t known = fa_tracy_find(t, event->block);
    if (known != 0)
        fa_tracy_end(t, known);
    fa_tracy_unlock(t);
}

/** @brief Whether a block lies in what a discard takes. Since 1.0. */
FA_INLINE int32_t fa_tracy_goes(const fa_event *event, uintptr_t address)
{
    for (uint64_t i = 0; i < event->range_count; i++) {
        if (address - (uintptr_t)event->ranges[i].start < event->ranges[i].bytes)
            return 1;
    }
    return 0;
}

/** @brief How many blocks of a memory pool a discard takes. Since 1.0. */
FA_INLINE uint32_t fa_tracy_count(const fa_tracy *t, const fa_tracy_pool *pool, const fa_event *event)
{
    uint32_t count = 0;
    for (uint32_t i = pool->first; i != 0; i = t->blocks[i - 1].after)
        count += (uint32_t)fa_tracy_goes(event, t->blocks[i - 1].address);
    return count;
}

/** @brief Ends what a discard takes of a memory pool. Since 1.0. */
FA_INLINE void fa_tracy_empty(fa_tracy *t, fa_tracy_pool *pool, const fa_event *event)
{
    uint32_t goes = fa_tracy_count(t, pool, event);
#ifdef TracyCMemoryDiscard
    if (goes != 0 && goes == pool->blocks) {
        while (pool->first != 0)
            fa_tracy_forget(t, pool->first);
        TracyCMemoryDiscard(pool->name);
        t->discards++;
        return;
    }
#endif
    for (uint32_t i = pool->first; i != 0 && goes != 0;) {
        uint32_t after = t->blocks[i - 1].after;
        if (fa_tracy_goes(event, t->blocks[i - 1].address)) {
            fa_tracy_end(t, i);
            goes--;
        }
        i = after;
    }
}

/** @brief fa_profiler::discard. Since 1.0. */
FA_INLINE void fa_tracy_discard(void *user, const fa_event *event)
{
    fa_tracy *t = (fa_tracy *)user;
    if (event->what == FA_DISCARD_GROUP)
        return; /* the heap blocks it lay in are released one by one */
    fa_tracy_lock(t);
    for (uint32_t i = 2; i < FA_TRACY_POOLS; i++) {
        fa_tracy_pool *pool = &t->pools[i];
        int32_t theirs = event->other_lane == 0 || pool->lane == 0 || pool->lane == event->other_lane;
        if (pool->intent == event->intent && theirs)
            fa_tracy_empty(t, pool, event);
    }
    fa_tracy_unlock(t);
}

/** @brief The zones of the calling thread, without those of an earlier session. Since 1.0. */
FA_INLINE fa_tracy_thread *fa_tracy_zones(const fa_tracy *t)
{
    static __thread fa_tracy_thread thread;
    if (thread.session != t->session) {
        while (thread.depth > 0)
            TracyCZoneEnd(thread.zones[--thread.depth].context)
        thread.too_deep = 0;
        thread.session = t->session;
    }
    return &thread;
}

/** @brief fa_profiler::frame_mark. Since 1.0. */
FA_INLINE void fa_tracy_frame_mark(void *user, const fa_event *event)
{
    fa_tracy *t = (fa_tracy *)user;
    if (event->kind != FA_EVENT_FRAME_END)
        return;
    if (fa_tracy_zones(t)->frames == t->session) {
        TracyCFrameMark
        return;
    }
    fa_lane_stats lane = FA_LANE_STATS_INIT;
    (void)fa_lane_get_stats(t->allocator, NULL, &lane);
    fa_tracy_lock(t);
    const char *name = t->pools[fa_tracy_lane(t, event->lane, lane.name)].name;
    fa_tracy_unlock(t);
    TracyCFrameMarkNamed(name)
    (void)name;
}

/** @brief fa_profiler::zone_begin. Since 1.0. */
FA_INLINE void fa_tracy_zone_begin(void *user, const fa_event *event)
{
    fa_tracy_thread *thread = fa_tracy_zones((const fa_tracy *)user);
    if (thread->depth == FA_TRACY_ZONES) {
        thread->too_deep++;
        return;
    }
    fa_tracy_zone *zone = &thread->zones[thread->depth++];
    zone->what = event->what;
    zone->ended = 0;
    if (event->what == FA_ZONE_PHASE) {
        TracyCZoneN(phase, "framealloc phase", 1)
        zone->context = phase;
    } else {
        TracyCZoneN(tag, "framealloc tag", 1)
        zone->context = tag;
    }
    const char *name = event->name[0] != '\0' ? event->name : "(no tag)";
    TracyCZoneName(zone->context, name, strlen(name))
    (void)name;
}

/** @brief fa_profiler::zone_end. Since 1.0. */
FA_INLINE void fa_tracy_zone_end(void *user, const fa_event *event)
{
    fa_tracy_thread *thread = fa_tracy_zones((const fa_tracy *)user);
    uint32_t at = thread->depth;
    if (thread->too_deep > 0) {
        thread->too_deep--;
        return;
    }
    while (at > 0 && (thread->zones[at - 1].what != event->what || thread->zones[at - 1].ended))
        at--;
    if (at == 0)
        return; /* begun before the profiler was attached */
    thread->zones[at - 1].ended = 1;
    while (thread->depth > 0 && thread->zones[thread->depth - 1].ended)
        TracyCZoneEnd(thread->zones[--thread->depth].context)
}

/** @brief The name under which Tracy plots a tag; NULL when there is no place left. Since 1.0. */
FA_INLINE const char *fa_tracy_plot_name(fa_tracy *t, const fa_profile_counter *counter)
{
    fa_tracy_lock(t);
    uint32_t index = 0;
    while (index < t->tags && t->tag_ids[index] != counter->tag)
        index++;
    if (index == t->tags && index < FA_TRACY_TAGS) {
        t->tag_ids[t->tags++] = counter->tag;
        (void)snprintf(t->tag_names[index], sizeof t->tag_names[index], "framealloc tag %s", counter->name);
#ifdef TracyCPlotConfig
        TracyCPlotConfig(t->tag_names[index], TracyPlotFormatMemory, 1, 1, 0)
#endif
    }
    fa_tracy_unlock(t);
    return index < FA_TRACY_TAGS ? t->tag_names[index] : NULL;
}

/** @brief fa_profiler::counter. Since 1.0. */
FA_INLINE void fa_tracy_counter(void *user, const fa_profile_counter *counter)
{
    const char *name = "framealloc total";
    if (counter->kind == FA_COUNTER_TAG)
        name = fa_tracy_plot_name((fa_tracy *)user, counter);
    else if (counter->kind == FA_COUNTER_INTENT)
        name = counter->intent == FA_INTENT_FRAME  ? "framealloc frame"
               : counter->intent == FA_INTENT_POOL ? "framealloc pool"
               : counter->intent == FA_INTENT_HEAP ? "framealloc heap"
                                                   : "framealloc scratch";
    if (name != NULL)
        TracyCPlotI(name, (int64_t)counter->bytes)
}

/**
 * @brief Shows an allocator in Tracy from now on.
 * @param t of static storage; for one allocator at a time. The frames of the calling thread become Tracy's own frames.
 * @return as fa_profiler_attach(). Thread safety: one thread at a time.
 */
FA_INLINE fa_status fa_tracy_attach(fa_allocator *a, fa_tracy *t)
{
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.user = t;
    profiler.allocate = fa_tracy_allocate;
    profiler.release = fa_tracy_release;
    profiler.discard = fa_tracy_discard;
    profiler.frame_mark = fa_tracy_frame_mark;
    profiler.zone_begin = fa_tracy_zone_begin;
    profiler.zone_end = fa_tracy_zone_end;
    profiler.counter = fa_tracy_counter;
    if (fa_profiler_attached(a) == 0) {
        t->allocator = a;
        t->session++;
        fa_tracy_zones(t)->frames = t->session;
    }
    return fa_profiler_attach(a, &profiler);
}

/**
 * @brief Shows it no longer: Tracy is told that every block it knows has gone.
 * @return as fa_profiler_detach(). Thread safety: one thread at a time, not from within a function of a profiler.
 */
FA_INLINE fa_status fa_tracy_detach(fa_allocator *a, fa_tracy *t)
{
    fa_status status = fa_profiler_detach(a);
    if (status != FA_OK)
        return status;
    fa_tracy_lock(t);
    for (uint32_t i = 0; i < FA_TRACY_POOLS; i++) {
        while (t->pools[i].first != 0)
            fa_tracy_end(t, t->pools[i].first);
    }
    fa_tracy_unlock(t);
    return FA_OK;
}

#else

/** @brief Without Tracy: does nothing. @return FA_OK. Thread safety: any thread. Since 1.0. */
FA_INLINE fa_status fa_tracy_attach(fa_allocator *a, fa_tracy *t)
{
    (void)a;
    (void)t;
    return FA_OK;
}

/** @brief Without Tracy: does nothing. @return FA_OK. Thread safety: any thread. Since 1.0. */
FA_INLINE fa_status fa_tracy_detach(fa_allocator *a, fa_tracy *t)
{
    (void)a;
    (void)t;
    return FA_OK;
}

#endif

#endif
