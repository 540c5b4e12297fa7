/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file lane.h
 * @brief Lanes: what one thread of execution owns in one allocator.
 *
 * A thread gets a lane on first use and leaves it behind when it ends: blocks
 * stay valid, and a later thread adopts the lane. Fibers and job systems
 * create lanes and bind them by hand. A lane is used by one thread at a time.
 */
#ifndef FRAMEALLOC_LANE_H
#define FRAMEALLOC_LANE_H

#include "annotations.h"
#include "status.h"

/**
 * @brief Makes a lane that no thread uses until it is bound.
 * @param name copied, at most 63 bytes are kept; NULL for none.
 * @return NULL on failure, with fa_last_status(). Ownership: the allocator's; hand it back with fa_lane_release().
 * Lifetime: until the allocator ends. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MUST_USE FA_RELEASED_BY(fa_lane_release) FA_SINCE(1, 0)
fa_lane *fa_lane_create(fa_allocator *a, FA_NULLABLE const char *name);

/**
 * @brief Makes the calling thread use @p lane from now on.
 *
 * A lane that the thread got by itself, and whose handle the caller does not take through @p previous, goes back to the
 * allocator as with fa_lane_release(): a frame still open on it is ended.
 * @param lane NULL leaves the thread without a lane until its next use of the allocator.
 * @param previous receives the lane that the thread used before (NULL if none), which is then free to be bound anywhere; may be NULL.
 * @return FA_OK; FA_ERROR_BUSY if another thread uses the lane (in the child of a fork: if one did in the parent), in the
 * middle of another call on the present lane (from a cleanup function, a sink, a listener or the backend), or from within
 * the user's backend while the library gives memory of that lane back;
 * FA_ERROR_WRONG_LANE if it belongs to another allocator; FA_ERROR_INVALID_ALLOCATOR. Waits while another thread trims the
 * lane. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_lane_bind(fa_allocator *a, FA_NULLABLE fa_lane *lane, FA_OUT FA_NULLABLE fa_lane **previous);

/**
 * @brief The lane of the calling thread, made or adopted if it has none.
 * @return NULL on failure, with fa_last_status(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(allocator) FA_SINCE(1, 0)
fa_lane *fa_lane_current(fa_allocator *a);

/**
 * @brief Hands a lane that no thread uses to the allocator, which gives it to a thread that needs one.
 *
 * A frame still open on it is ended, and its cleanup functions are run. Blocks stay valid. Waits while another thread
 * trims the lane.
 * @return FA_OK; FA_ERROR_BUSY if a thread uses it; FA_ERROR_WRONG_LANE; FA_ERROR_STALE if it was released before;
 * FA_ERROR_INVALID_ARGUMENT for NULL; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_lane_release(fa_allocator *a, fa_lane *lane);

/** @brief Number of lanes the allocator has made, in use or parked; 0 for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint32_t fa_lane_count(fa_allocator *a);

/**
 * @brief The lane with a given index, in order of making.
 * @return NULL if @p index is not below fa_lane_count(). Ownership: the allocator's. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(allocator) FA_SINCE(1, 0)
fa_lane *fa_lane_at(fa_allocator *a, uint32_t index);

#endif
