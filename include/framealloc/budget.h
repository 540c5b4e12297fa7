/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file budget.h
 * @brief Limits on memory: of the allocator, of a tag, of a lane; and what happens when one is passed.
 *
 * A budget has a soft limit, which is told when it is passed, and a hard limit, which is enforced by its policy. Every
 * path charges: windows, batches, collections, retention, fallbacks, resizing and blocks released by other threads. A
 * request that fails leaves nothing charged. A new budget may lie below what is in use: nothing is taken away, and
 * the next request meets the limit.
 *
 * What counts: for the allocator, bytes taken from the backend; for a tag, live bytes of the tag and of all tags nested
 * in it; for a lane, live bytes of its frames (looking ahead included) or of its pool blocks. A pool block counts for its
 * lane until it is back there: what others have released is taken in when the budget is measured, but with
 * FA_DEFERRED_EXPLICIT only before it would refuse, and with FA_DEFERRED_NEVER not at all. Frames charge a tag in
 * stretches of up to 16 KiB, whose rest comes back when the scope or the frame ends; near a limit they charge exactly.
 */
#ifndef FRAMEALLOC_BUDGET_H
#define FRAMEALLOC_BUDGET_H

#include "annotations.h"
#include "status.h"
#include "tag.h"

#define FA_BUDGET_FAIL 0    /**< The request fails: FA_ERROR_BUDGET, FA_ERROR_FRAME_CAP or FA_ERROR_MEMORY_LIMIT. */
#define FA_BUDGET_WARN 1    /**< It passes, with a warning (FA304). */
#define FA_BUDGET_ALLOW 2   /**< It passes; events tell of it. */
#define FA_BUDGET_PROMOTE 3 /**< Frame memory comes from the heap until the frame ends; anything else fails. */
#define FA_BUDGET_CUSTOM 4  /**< fa_budget::decide says which of these. */

#define FA_BUDGET_GLOBAL 0     /**< The budget of the allocator. */
#define FA_BUDGET_TAG 1        /**< That of a tag. */
#define FA_BUDGET_LANE_FRAME 2 /**< That of a lane's frames. */
#define FA_BUDGET_LANE_POOL 3  /**< That of a lane's pool blocks. */

#define FA_BUDGET_EVENT_WARNING 1 /**< The warning percentage of the hard limit was passed. */
#define FA_BUDGET_EVENT_SOFT 2    /**< The soft limit was passed. */
#define FA_BUDGET_EVENT_HARD 3    /**< The hard limit was met: fa_budget_event::decision tells what came of it. */
#define FA_BUDGET_EVENT_PEAK 4    /**< The highest use so far, a sixteenth or more above the last that was told. */

/** Something that happened to a budget. Since 1.0. */
typedef struct fa_budget_event {
    uint32_t struct_size; /**< Bytes of this struct. */
    int32_t kind;         /**< FA_BUDGET_EVENT_*. */
    int32_t scope;        /**< Whose budget: FA_BUDGET_GLOBAL, FA_BUDGET_TAG and so on. */
    int32_t decision;     /**< FA_BUDGET_FAIL to FA_BUDGET_PROMOTE: for FA_BUDGET_EVENT_HARD what was decided, else FA_BUDGET_ALLOW. */
    fa_tag tag;           /**< For FA_BUDGET_TAG; else 0. */
    uint64_t lane;        /**< Id of the lane that asked; 0 if none. */
    uint64_t used;        /**< Bytes charged before the request. */
    uint64_t requested;   /**< Bytes asked for. */
    uint64_t limit;       /**< The limit in question, in bytes; the use itself for a peak. */
} fa_budget_event;

/**
 * @brief Decides a request that meets a hard limit.
 * @return FA_BUDGET_FAIL, FA_BUDGET_WARN, FA_BUDGET_ALLOW or FA_BUDGET_PROMOTE; anything else counts as FA_BUDGET_FAIL.
 * Called on the requesting thread with no lock held; may release memory, must not allocate from what the budget covers. Since 1.0.
 */
typedef int32_t (*fa_budget_decide)(void *user, const fa_budget_event *event);

/** Receives events as they happen, on the thread that causes them, with no lock held. It may use the allocator; the
 * events it causes itself are kept for fa_budget_poll() only. Since 1.0. */
typedef void (*fa_budget_listener)(void *user, const fa_budget_event *event);

/** A budget to set. Start from FA_BUDGET_INIT. Since 1.0. */
typedef struct fa_budget {
    uint32_t struct_size;     /**< sizeof(fa_budget). */
    int32_t policy;           /**< FA_BUDGET_FAIL to FA_BUDGET_CUSTOM, for the hard limit. */
    uint64_t soft_limit;      /**< Bytes, 0 for none; not above a hard limit. */
    uint64_t hard_limit;      /**< Bytes, 0 for none. */
    uint32_t warning_percent; /**< 1 to 100: percent of the hard limit at which to warn by an event; 0 for none. */
    uint32_t reserved;        /**< Must be 0. */
    fa_budget_decide decide;  /**< For FA_BUDGET_CUSTOM, else NULL. */
    void *user;               /**< First argument of decide; stays the caller's, as long as the budget is set. */
} fa_budget;

/** No limits. Since 1.0. */
#define FA_BUDGET_INIT {(uint32_t)sizeof(fa_budget), FA_BUDGET_FAIL, 0, 0, 0, 0, NULL, NULL}

/** A budget as it stands. Since 1.0. */
typedef struct fa_budget_usage {
    uint32_t struct_size;     /**< sizeof(fa_budget_usage). */
    int32_t policy;           /**< FA_BUDGET_*. */
    uint64_t used;            /**< Bytes charged now. */
    uint64_t peak;            /**< Highest bytes charged. */
    uint64_t soft_limit;      /**< Bytes, 0 for none. */
    uint64_t hard_limit;      /**< Bytes, 0 for none. */
    uint64_t remaining;       /**< Bytes up to the hard limit; UINT64_MAX without one. */
    uint32_t warning_percent; /**< As set. */
    uint32_t reserved;        /**< 0. */
    uint64_t soft_hits;       /**< Times the soft limit was passed. */
    uint64_t hard_hits;       /**< Times a request met the hard limit. */
    uint64_t denied;          /**< Requests refused. */
} fa_budget_usage;

/** Initialiser of fa_budget_usage. Since 1.0. */
#define FA_BUDGET_USAGE_INIT {(uint32_t)sizeof(fa_budget_usage), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Sets the budget of the allocator: bytes taken from the backend.
 *
 * Replaces the memory_limit of the configuration, and with it is enforced only if fa_config::budgets is 1.
 * @param budget copied; NULL for no limits. FA_BUDGET_PROMOTE is not for this one.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STRUCT_SIZE; FA_ERROR_DISABLED if budgets are off;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_budget_set_global(fa_allocator *a, FA_NULLABLE const fa_budget *budget);

/**
 * @brief Sets the budget of a tag and of everything nested in it.
 *
 * A lane that is inside the tag with a frame running meets the new limits from its next scope or frame on.
 * @return as fa_budget_set_global(); FA_ERROR_NOT_FOUND (FA401) for a tag of another allocator. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_budget_set_tag(fa_allocator *a, fa_tag tag, FA_NULLABLE const fa_budget *budget);

/**
 * @brief Sets a budget of a lane.
 * @param lane NULL for the calling thread's.
 * @param intent FA_INTENT_FRAME, which replaces the frame_cap of the configuration, or FA_INTENT_POOL.
 * @return as fa_budget_set_global(); FA_ERROR_WRONG_LANE for a lane of another allocator; FA_ERROR_BUSY for one that
 * another thread is on. FA_BUDGET_PROMOTE is for frames only. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_budget_set_lane(fa_allocator *a, FA_NULLABLE fa_lane *lane, int32_t intent,
                             FA_NULLABLE const fa_budget *budget);

/** @brief Reads the budget of the allocator. @return FA_OK, FA_ERROR_STRUCT_SIZE, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_SINCE(1, 0)
fa_status fa_budget_get_global(fa_allocator *a, FA_INOUT fa_budget_usage *out);

/** @brief Reads the budget of a tag. @return as fa_budget_get_global(); FA_ERROR_NOT_FOUND (FA401) for an unknown tag. Thread safety: any thread. */
FA_API FA_SINCE(1, 0)
fa_status fa_budget_get_tag(fa_allocator *a, fa_tag tag, FA_INOUT fa_budget_usage *out);

/** @brief Reads a budget of a lane, NULL for the calling thread's. @return as fa_budget_set_lane(). Thread safety: any thread. */
FA_API FA_SINCE(1, 0)
fa_status fa_budget_get_lane(fa_allocator *a, FA_NULLABLE fa_lane *lane, int32_t intent, FA_INOUT fa_budget_usage *out);

/** @brief Bytes left under the hard limit of a tag, the tightest of it and those it is nested in; UINT64_MAX without one, 0 for an unknown tag. A few loads. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint64_t fa_budget_remaining(fa_allocator *a, fa_tag tag);

/** @brief Bytes left under the hard limit of the allocator; UINT64_MAX without one. One load. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint64_t fa_budget_remaining_global(fa_allocator *a);

/**
 * @brief Has @p listener told of every event.
 * @param listener NULL for none. @param user stays the caller's, as long as the listener is set.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; an event under way may still reach the old one.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_budget_set_listener(fa_allocator *a, FA_KEPT FA_NULLABLE fa_budget_listener listener,
                                 FA_KEPT FA_NULLABLE void *user);

/**
 * @brief Takes events that were not taken yet, oldest first, for those who poll.
 * @param events receives up to @p capacity of them. @param count receives how many.
 * @param lost receives how many were overwritten before they were taken (the newest 64 are kept), since the last call; may be NULL.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_budget_poll(fa_allocator *a, FA_OUT FA_ARRAY(capacity) fa_budget_event *events, size_t capacity, FA_OUT size_t *count,
                         FA_OUT FA_NULLABLE uint64_t *lost);

#endif
