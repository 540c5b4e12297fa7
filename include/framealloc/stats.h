/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file stats.h
 * @brief Figures, each defined in one sentence, that add up.
 *
 * Everywhere: live_count = allocations - frees. Figures are exact when no
 * other thread is allocating; otherwise each is a value that was true a moment
 * ago. Bytes are what blocks occupy: classes for pools, usable bytes for the
 * heap, multiples of 16 with padding for arenas.
 */
#ifndef FRAMEALLOC_STATS_H
#define FRAMEALLOC_STATS_H

#include "annotations.h"
#include "status.h"

/** Figures of one intent. Since 1.0. */
typedef struct fa_intent_stats {
    uint64_t live_bytes;  /**< Bytes in blocks that are allocated now. */
    uint64_t live_count;  /**< Blocks that are allocated now. */
    uint64_t peak_bytes;  /**< Highest live bytes: for frames and scratch the sum of each lane's own highest and, for frames,
                               of the highest held, for pools and
                               heap the sum of each lane's own highest in every size class. */
    uint64_t allocations; /**< Blocks ever allocated. */
    uint64_t frees;       /**< Blocks released, or gone with their frame or reset. */
} fa_intent_stats;

/** Figures of an allocator. Since 1.0. */
typedef struct fa_stats {
    uint32_t struct_size;           /**< sizeof(fa_stats). */
    uint32_t lanes;                 /**< Lanes made, in use or parked. */
    fa_intent_stats frame;          /**< Frame memory of all lanes, looking ahead and held included. */
    fa_intent_stats pool;           /**< Pool blocks. */
    fa_intent_stats heap;           /**< Heap blocks. */
    fa_intent_stats scratch;        /**< Scratch memory of all lanes. */
    uint64_t reserved_bytes;        /**< Bytes held from the backend now. */
    uint64_t reserved_peak_bytes;   /**< Highest reserved_bytes. */
    uint64_t backend_allocations;   /**< Requests that the backend granted. */
    uint64_t backend_deallocations; /**< Pieces given back to the backend. */
    uint64_t backend_failures;      /**< Requests that the backend or the memory limit refused. */
    uint64_t backend_fallbacks;     /**< Requests that the backend passed on to the system. */
    uint64_t refills;               /**< Times a lane took blocks from pages or a chunk for a frame. */
    uint64_t deferred_frees;        /**< Blocks released by a lane that does not own them. */
    uint64_t deferred_pending;      /**< Those not taken in by their owner so far. */
    uint64_t chunks;                /**< Chunks held, in use or kept. */
    uint64_t chunk_bytes;           /**< Bytes of these chunks. */
    uint64_t pages;                 /**< 64 KiB pages that belong to a size class. */
    uint64_t page_bytes;            /**< Bytes of these pages. */
    uint64_t cached_bytes;          /**< Bytes of freed large blocks kept warm. */
    double fragmentation;           /**< Share of page_bytes that holds no live block, 0 to 1. */
} fa_stats;

/** Figures of one lane. A block counts for the lane that allocated it until it is back there. Since 1.0. */
typedef struct fa_lane_stats {
    uint32_t struct_size;     /**< sizeof(fa_lane_stats). */
    int32_t bound;            /**< 1 while a thread uses the lane. */
    uint64_t lane_id;         /**< A number that no other lane of the process has. */
    char name[64];            /**< Name given, or that of its thread when it was made. */
    fa_intent_stats frame;    /**< Frame memory, looking ahead included, held not. */
    fa_intent_stats pool;     /**< Pool blocks. */
    fa_intent_stats heap;     /**< Heap blocks. */
    fa_intent_stats scratch;  /**< Scratch memory. */
    uint64_t frame_number;    /**< Frames begun. */
    uint64_t last_frame_bytes;/**< Bytes the last ended frame had in use at its end. */
    uint64_t refills;         /**< As in fa_stats. */
    uint64_t deferred_frees;  /**< Blocks of other lanes that this lane released. */
    uint64_t chunks;          /**< Chunks in use by or kept in the lane. */
    uint64_t chunk_bytes;     /**< Bytes of these chunks. */
    uint64_t pages;           /**< 64 KiB pages the lane owns. */
} fa_lane_stats;

/** Initialisers for the two. Since 1.0. */
#define FA_STATS_INIT                                                                                              \
    {(uint32_t)sizeof(fa_stats), 0, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, 0, 0, 0, 0, \
     0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0}
#define FA_LANE_STATS_INIT                                                                                          \
    {(uint32_t)sizeof(fa_lane_stats), 0, 0, {0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, \
     0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Reads the figures of an allocator.
 * @param out its struct_size must be set (FA_STATS_INIT does).
 * @return FA_OK; FA_ERROR_DISABLED without statistics; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_allocator_stats(fa_allocator *a, FA_INOUT fa_stats *out);

/**
 * @brief Reads the figures of one lane.
 * @param lane NULL for the calling thread's. @param out its struct_size must be set.
 * @return as fa_allocator_stats(); FA_ERROR_WRONG_LANE for a lane of another allocator. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_lane_get_stats(fa_allocator *a, FA_NULLABLE fa_lane *lane, FA_INOUT fa_lane_stats *out);

#endif
