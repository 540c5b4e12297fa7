/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file engine.h
 * @brief Frames that are driven by the hooks of an engine, and a watch on whether the hooks run.
 *
 * Engines call the program before and after each of their frames. Two calls are put there: fa_engine_pre_frame() begins a
 * frame on the calling thread's lane, fa_engine_post_frame() ends it. A third, fa_engine_tick(), goes where the loop turns
 * in any case (where the picture is shown, for instance): it notices hooks that were never registered (FA101) or did not
 * run in this turn (FA102).
 */
#ifndef FRAMEALLOC_ENGINE_H
#define FRAMEALLOC_ENGINE_H

#include "annotations.h"
#include "status.h"

/** Longest name of an engine in bytes. Since 1.0. */
#define FA_ENGINE_NAME_MAX 63

/** What has been seen of an engine. Since 1.0. */
typedef struct fa_engine_info {
    uint32_t struct_size; /**< sizeof(fa_engine_info). */
    int32_t attached;     /**< 1: an engine is attached. */
    uint64_t lane;        /**< Id of the lane that its hooks run on, before the first that of the thread which attached it. */
    uint64_t ticks;       /**< Turns of its loop that were seen. */
    uint64_t pre_frames;  /**< Times the pre-frame hook has run. */
    uint64_t post_frames; /**< Times the post-frame hook has run. */
    uint64_t missed;      /**< Hooks that were found missing: reports of FA101 and FA102. */
    char name[FA_ENGINE_NAME_MAX + 1]; /**< As attached. */
} fa_engine_info;

/** Initialiser. Since 1.0. */
#define FA_ENGINE_INFO_INIT {(uint32_t)sizeof(fa_engine_info), 0, 0, 0, 0, 0, 0, {0}}

/**
 * @brief Says that an engine drives the frames of @p a. Until it is detached, its hooks are watched, and frames that are
 * begun by hand on its lane (until a hook has run that of the calling thread) count as turns of its loop, unless it ticks.
 * @param name copied; 1 to FA_ENGINE_NAME_MAX bytes, for reports.
 * @return FA_OK; FA_ERROR_EXISTS: an engine is attached; FA_ERROR_INVALID_ARGUMENT;
 * FA_ERROR_OUT_OF_MEMORY: there is no lane for the thread; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_engine_attach(fa_allocator *a, const char *name);

/** @brief Ends the watch. @return FA_OK; FA_ERROR_NOT_FOUND: none is attached; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_engine_detach(fa_allocator *a);

/**
 * @brief The pre-frame hook: begins a frame. If the post-frame hook has been left out since the last one, that is reported
 * (FA102), the frame that still runs is ended, and a new one begins.
 * @return FA_OK; FA_ERROR_NOT_FOUND: no engine is attached; FA_ERROR_FRAME_ACTIVE: a frame was begun by hand;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: one thread at a time, normally always the same.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_engine_pre_frame(fa_allocator *a);

/**
 * @brief The post-frame hook: ends the frame. If the pre-frame hook has been left out, that is reported (FA101, FA102).
 * @return FA_OK; FA_ERROR_NOT_FOUND: no engine is attached; FA_ERROR_NO_FRAME; FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: as fa_engine_pre_frame().
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_engine_post_frame(fa_allocator *a);

/**
 * @brief A turn of the engine's loop is over: reports each hook that has never run (FA101) or not in this turn (FA102).
 * @return FA_OK, whether something was missing or not; FA_ERROR_NOT_FOUND: no engine is attached;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_engine_tick(fa_allocator *a);

/**
 * @brief Reads what has been seen.
 * @param out its struct_size must be set.
 * @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_engine_get_info(fa_allocator *a, FA_INOUT fa_engine_info *out);

#endif
