/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file profiler.h
 * @brief Hooks for a profiler: blocks, discards, frame marks, zones and memory counters.
 *
 * Nothing is paid until a profiler is attached; then the requests it wants to hear of go through the slow path. Functions
 * of the profiler are called on the thread of what they tell, with no lock held, and may use the allocator, also to detach
 * the profiler. What they cause themselves is not told, but counted (fa_profiler_suppressed()).
 *
 * A profiler that keeps book of addresses has to know how memory comes and goes here. A frame, a rollback, a reset of
 * scratch memory end any number of blocks at once: `discard` tells of all of them as one, with the stretches of memory
 * that go, just before they can be handed out again. What no discard covers ends with `release`. Blocks that were
 * allocated before the profiler was attached, or by one of its functions, end too: an address that is not in its book is
 * to be passed over. tracy.h does so.
 */
#ifndef FRAMEALLOC_PROFILER_H
#define FRAMEALLOC_PROFILER_H

#include "annotations.h"
#include "event.h"
#include "status.h"

#define FA_COUNTER_INTENT 0 /**< Live bytes of one intent; for frames as they are just before the frame ends. */
#define FA_COUNTER_TOTAL 1  /**< Live bytes of all intents. */
#define FA_COUNTER_TAG 2    /**< Live bytes of a tag and of those nested in it. */

/** A value of a counter. Fields that its kind does not name are 0. Since 1.0. */
typedef struct fa_profile_counter {
    uint32_t struct_size; /**< Bytes of this struct. */
    int32_t kind;         /**< FA_COUNTER_*. */
    const char *name;     /**< `frame`, `pool`, `heap`, `scratch`, `total`, or the path of the tag; gone when the function returns. */
    uint64_t bytes;       /**< The value. */
    uint64_t tag;         /**< FA_COUNTER_TAG: the tag. */
    uint64_t time_ns;     /**< Nanoseconds of CLOCK_MONOTONIC, the same for all counters of one moment. */
    uint64_t lane;        /**< Id of the lane whose frame ends. */
    uint64_t frame;       /**< Number of that frame. */
    int32_t intent;       /**< FA_COUNTER_INTENT: FA_INTENT_*. Otherwise -1. */
    int32_t reserved;     /**< 0. */
} fa_profile_counter;

/** Told one event. Since 1.0. */
typedef void (*fa_profile_function)(void *user, const fa_event *event);
/** Told one value. Since 1.0. */
typedef void (*fa_profile_counter_function)(void *user, const fa_profile_counter *counter);

/** What a profiler wants to hear; any function may be NULL, and what it would be told is then not paid for. Since 1.0. */
typedef struct fa_profiler {
    uint32_t struct_size;           /**< sizeof(fa_profiler). */
    uint32_t reserved;              /**< 0. */
    void *user;                     /**< Handed to each function; must live until the profiler is detached. */
    fa_profile_function allocate;   /**< FA_EVENT_ALLOC. */
    fa_profile_function release;    /**< FA_EVENT_FREE. */
    fa_profile_function discard;    /**< FA_EVENT_DISCARD. */
    fa_profile_function frame_mark; /**< FA_EVENT_FRAME_BEGIN and FA_EVENT_FRAME_END. */
    fa_profile_function zone_begin; /**< FA_EVENT_ZONE_BEGIN: a phase or a tag scope. */
    fa_profile_function zone_end;   /**< FA_EVENT_ZONE_END. */
    fa_profile_counter_function counter; /**< At the end of every frame of every lane: the four intents, the total, and each
                                              tag whose value is another than the last one told. Needs statistics. */
} fa_profiler;

/** Initialiser of fa_profiler. Since 1.0. */
#define FA_PROFILER_INIT {(uint32_t)sizeof(fa_profiler), 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL}

/**
 * @brief Attaches a profiler to an allocator; one at a time. Calls that begin after this are told.
 * @param profiler copied; its struct_size must be set (FA_PROFILER_INIT does).
 * @return FA_OK; FA_ERROR_EXISTS if one is attached; FA_ERROR_BUSY if functions of one that was detached from within
 * itself are still running; FA_ERROR_INVALID_ARGUMENT (FA903) without any function; FA_ERROR_STRUCT_SIZE;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_profiler_attach(fa_allocator *a, const fa_profiler *profiler);

/**
 * @brief Detaches the profiler. Once this returns none of its functions is running, unless it is called from within one
 * of them or of a listener.
 * @return FA_OK; FA_ERROR_NOT_FOUND if none is attached; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, while
 * other threads use the allocator; waits for functions that run on them.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_profiler_detach(fa_allocator *a);

/** @brief 1 while a profiler is attached; 0 otherwise and for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
int32_t fa_profiler_attached(fa_allocator *a);

/** @brief Events that were not told, as a function of a profiler or a listener had caused them itself; 0 for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint64_t fa_profiler_suppressed(fa_allocator *a);

#endif
