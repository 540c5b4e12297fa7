/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file status.h
 * @brief Status codes, and what went wrong last on this thread.
 *
 * Functions that can fail return a status, 0 for success. Functions that
 * return memory return NULL instead and leave the status for
 * fa_last_status(). A failing call leaves everything as it was.
 */
#ifndef FRAMEALLOC_STATUS_H
#define FRAMEALLOC_STATUS_H

#include "annotations.h"

/** Result of a fallible function: FA_OK or one of FA_ERROR_*. Codes are never reused. Since 1.0. */
typedef int32_t fa_status;

#define FA_OK 0                        /**< Success. */
#define FA_ERROR_INVALID_ARGUMENT 1    /**< An argument is NULL or out of its range. */
#define FA_ERROR_INVALID_ALLOCATOR 2   /**< The allocator is NULL or was destroyed. */
#define FA_ERROR_ALIGNMENT 3           /**< Not a power of two, or above FA_ALIGN_MAX. */
#define FA_ERROR_SIZE 4                /**< Size, or size with alignment, is more than an address space holds. */
#define FA_ERROR_OUT_OF_MEMORY 5       /**< The backend gave no memory. */
#define FA_ERROR_STRUCT_SIZE 6         /**< struct_size is too small, or a newer struct sets unknown fields. */
#define FA_ERROR_NO_FRAME 7            /**< Needs a running frame on this lane. */
#define FA_ERROR_FRAME_ACTIVE 8        /**< A frame is running on this lane already. */
#define FA_ERROR_FRAME_CAP 9           /**< The frame cap of the lane is reached. */
#define FA_ERROR_MEMORY_LIMIT 10       /**< The memory limit of the allocator is reached. */
#define FA_ERROR_STALE 11              /**< A checkpoint, token, window, id or collection of something that has ended. */
#define FA_ERROR_WRONG_LANE 12         /**< Belongs to another lane or another allocator. */
#define FA_ERROR_FOREIGN_POINTER 13    /**< Not a live pool or heap block of this allocator. */
#define FA_ERROR_DOUBLE_FREE 14        /**< The block was given back before. */
#define FA_ERROR_INTERIOR_POINTER 15   /**< Points into a block, not at its start. */
#define FA_ERROR_BUSY 16               /**< The lane is in use on another thread. */
#define FA_ERROR_UNSUPPORTED 17        /**< This machine or this build cannot do it. */
#define FA_ERROR_DISABLED 18           /**< Switched off in the configuration. */
#define FA_ERROR_VERSION 19            /**< Headers and library do not fit together. */
#define FA_ERROR_BACKEND 20            /**< The backend broke its contract. */
#define FA_ERROR_BUDGET 21             /**< A budget is used up. */
#define FA_ERROR_FULL 22               /**< A fixed capacity is reached. */
#define FA_ERROR_NOT_FOUND 23          /**< There is nothing of this name, key or index. */
#define FA_ERROR_DEPTH 24              /**< Nested deeper than the library keeps. */
#define FA_ERROR_UNBALANCED 25         /**< The end of a scope that was not begun, or not begun last. */
#define FA_ERROR_PINNED 26             /**< The memory is pinned. */
#define FA_ERROR_STATE 27              /**< Not possible in the state the object is in. */
#define FA_ERROR_EXISTS 28             /**< There is something of this name already. */
#define FA_ERROR_TIMEOUT 29            /**< The time was up first. */
#define FA_ERROR_CORRUPT 30            /**< Memory of the library or around a block was overwritten. */
#define FA_ERROR_IO 31                 /**< A file could not be read or written. */

/**
 * @brief A short English sentence for a status.
 * @return static text; for an unknown number a text that says so, never NULL.
 * Errors: none. Thread safety: any thread.
 */
FA_API FA_LEAF FA_NEVER_NULL FA_LIFETIME(process) FA_SINCE(1, 0)
const char *fa_status_message(fa_status status);

/**
 * @brief Status of the last call that failed on this thread, FA_OK if none did.
 *
 * Successful calls leave it alone; fa_clear_last_status() resets it.
 * Errors: none. Thread safety: any thread, each has its own.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_last_status(void);

/** @brief Sets this thread's last status to FA_OK. Errors: none. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
void fa_clear_last_status(void);

#endif
