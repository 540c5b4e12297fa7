/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file deferred.h
 * @brief Blocks released by another thread than their lane's: when they are taken in, and how many may wait.
 *
 * A block of a pool (or a heap block up to 21,760 bytes) belongs to the lane that allocated it. Released on another lane
 * it is sent home, and waits there until its lane takes it in. As a rule that is when the lane needs blocks; a program
 * that wants it elsewhere chooses a mode, one that wants a bound chooses a capacity and what happens beyond it. Without a
 * capacity and a warning threshold blocks are sent without a lock; with either, each lane has a queue with one.
 *
 * Whatever the mode, waiting blocks are taken in when their lane is parked (its thread has ended) and by
 * fa_allocator_trim(); and, but for FA_DEFERRED_EXPLICIT and FA_DEFERRED_NEVER, by the releasing threads: at once for a lane
 * that no thread is on, else once 256 KiB wait for a thread that does not come to look. Large heap blocks never wait.
 *
 * A block that goes to the allocator may be handed out by any lane, but is not the property of that: it still counts for
 * the lane whose page it lies in until that takes it in or it is released there. A lane with a budget for its pool blocks
 * (fa_budget_set_lane()) is handed none of them, so that the budget bounds what the lane has.
 */
#ifndef FRAMEALLOC_DEFERRED_H
#define FRAMEALLOC_DEFERRED_H

#include "annotations.h"
#include "status.h"

#define FA_DEFERRED_ON_REFILL 0   /**< When the lane has no block left to hand out; the default. */
#define FA_DEFERRED_FRAME_BEGIN 1 /**< In fa_frame_begin(). */
#define FA_DEFERRED_FRAME_END 2   /**< At the end of each frame, after its cleanup functions. */
#define FA_DEFERRED_INCREMENTAL 3 /**< Up to per_allocation of them before each allocation from pools or pages of the heap. */
#define FA_DEFERRED_EXPLICIT 4    /**< In fa_deferred_process(), and before an allocation of the lane would fail: for lack of memory, or by its pool budget. */
#define FA_DEFERRED_NEVER 5       /**< Not at all while the lane is in use. */

#define FA_QUEUE_GROW 0        /**< The lane's capacity doubles, as long as this is the policy. */
#define FA_QUEUE_PROCESS 1     /**< The releasing thread takes the queue in for the owner or, while the owner is in the middle
                                    of a call, hands the block to the allocator, which gives it to any lane. */
#define FA_QUEUE_BLOCK 2       /**< The releasing thread waits for room. Meanwhile it takes in what waits for itself, and
                                    what waits for an owner that no thread is on, or who himself waits in the library (at a
                                    barrier, for a listener to end), so two threads cannot wait for each other. */
#define FA_QUEUE_FAIL 3        /**< fa_release() returns FA_ERROR_FULL, and the block stays the caller's. */
#define FA_QUEUE_DROP_OLDEST 4 /**< The block that waits longest is handed to the allocator, which gives it to any lane. */

/** How blocks that other lanes release come home. Since 1.0. */
typedef struct fa_deferred_config {
    uint32_t struct_size;       /**< sizeof(fa_deferred_config). */
    int32_t mode;               /**< FA_DEFERRED_*. */
    uint32_t per_allocation;    /**< FA_DEFERRED_INCREMENTAL: blocks taken in before each allocation, at least 1. */
    uint32_t capacity;          /**< Blocks that may wait for one lane, 0 for no bound. */
    int32_t full_policy;        /**< FA_QUEUE_*, what happens beyond the capacity. */
    uint32_t warning_threshold; /**< FA204 is reported when so many blocks wait for one lane, and again after it was half as many; 0 for never. */
} fa_deferred_config;

/** The default: on refill, without a bound. Since 1.0. */
#define FA_DEFERRED_CONFIG_INIT {(uint32_t)sizeof(fa_deferred_config), FA_DEFERRED_ON_REFILL, 16, 0, FA_QUEUE_GROW, 0}

/** Figures of deferred frees; sent = processed + pending. Since 1.0. */
typedef struct fa_deferred_stats {
    uint32_t struct_size;    /**< sizeof(fa_deferred_stats). */
    uint32_t reserved;       /**< 0. */
    uint64_t sent;           /**< Blocks released by a lane, or a thread without one, that does not own them. */
    uint64_t processed;      /**< Of these, taken in by their owner or given to another lane. */
    uint64_t pending;        /**< Of these, on their way. */
    uint64_t batches;        /**< Times an owner found some. */
    uint64_t largest_batch;  /**< Most blocks taken in at once. */
    uint64_t peak_pending;   /**< Most blocks that waited for one lane; 0 without a capacity or a warning threshold. */
    uint64_t immediate;      /**< FA_QUEUE_PROCESS: queues that a releasing thread took in. */
    uint64_t waits;          /**< FA_QUEUE_BLOCK: releases that waited. */
    uint64_t wait_ns;        /**< Nanoseconds they waited. */
    uint64_t longest_wait_ns;/**< Nanoseconds of the longest wait. */
    uint64_t refused;        /**< FA_QUEUE_FAIL: releases refused. */
    uint64_t grown;          /**< FA_QUEUE_GROW: times a capacity doubled. */
    uint64_t handed_over;    /**< Blocks handed to the allocator by FA_QUEUE_PROCESS or FA_QUEUE_DROP_OLDEST. */
    uint64_t warnings;       /**< Times the warning threshold was reached. */
} fa_deferred_stats;

/** Initialiser. Since 1.0. */
#define FA_DEFERRED_STATS_INIT {(uint32_t)sizeof(fa_deferred_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Chooses how deferred frees are processed from now on.
 * @param config its struct_size must be set (FA_DEFERRED_CONFIG_INIT does); copied.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT for a field out of its range, or FA_QUEUE_BLOCK with FA_DEFERRED_NEVER, which
 * would wait for ever; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; calls under way on
 * other threads still follow the old choice.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_deferred_configure(fa_allocator *a, const fa_deferred_config *config);

/**
 * @brief Reads back what is in force.
 * @param out its struct_size must be set.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_STRUCT_SIZE or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_deferred_get_config(fa_allocator *a, FA_INOUT fa_deferred_config *out);

/**
 * @brief Takes in blocks that wait for the calling thread's lane, oldest first where a queue has a bound.
 * @param most at most so many; UINT64_MAX for all.
 * @param processed receives how many it were; may be NULL.
 * @return FA_OK; FA_ERROR_DISABLED with FA_DEFERRED_NEVER; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_deferred_process(fa_allocator *a, uint64_t most, FA_OUT FA_NULLABLE uint64_t *processed);

/**
 * @brief Reads the figures of the whole allocator.
 * @param out its struct_size must be set (FA_DEFERRED_STATS_INIT does).
 * @return FA_OK; FA_ERROR_DISABLED without statistics; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; figures as in stats.h.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_deferred_get_stats(fa_allocator *a, FA_INOUT fa_deferred_stats *out);

#endif
