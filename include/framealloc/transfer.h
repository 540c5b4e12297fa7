/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file transfer.h
 * @brief Handing a value of a frame to another thread.
 *
 * A transfer is a block with a state. It begins as part of the sender's frame, and goes with it unless it is sent; once
 * sent it belongs to no frame; once received it is part of the receiver's frame, and goes with that unless it is taken;
 * taken, it is an ordinary block.
 *
 *     fa_transfer_alloc()   OWNED       goes with the sender's frame
 *     fa_transfer_send()    IN_FLIGHT   outlives every frame
 *     fa_transfer_receive() RECEIVED    goes with the receiver's frame, if one runs
 *     fa_transfer_take()    CONSUMED    the caller's: fa_release()
 *
 * What fa_transfer_alloc() returns is a pool or heap block from the beginning, so nothing is ever copied. A value that
 * lies in frame memory already cannot outlive its frame: fa_transfer_copy() copies it, once.
 */
#ifndef FRAMEALLOC_TRANSFER_H
#define FRAMEALLOC_TRANSFER_H

#include "annotations.h"
#include "status.h"

/** Names a transfer of one allocator; 0 is none. Since 1.0. */
typedef uint64_t fa_transfer;

#define FA_TRANSFER_OWNED 0     /**< With the lane that allocated it. */
#define FA_TRANSFER_IN_FLIGHT 1 /**< Sent, not received. */
#define FA_TRANSFER_RECEIVED 2  /**< With the lane that received it. */
#define FA_TRANSFER_CONSUMED 3  /**< Taken: an ordinary block now. Told of the last 256; older ids are stale. */

/** Figures of all transfers of an allocator; initiated = taken + dropped + owned + in_flight + received. Since 1.0. */
typedef struct fa_transfer_stats {
    uint32_t struct_size;     /**< sizeof(fa_transfer_stats). */
    uint32_t reserved;        /**< 0. */
    uint64_t initiated;       /**< Transfers ever allocated. */
    uint64_t sent;            /**< Of these, sent. */
    uint64_t taken;           /**< Of these, taken. */
    uint64_t dropped;         /**< Of these, freed without being taken. */
    uint64_t owned;           /**< Now FA_TRANSFER_OWNED. */
    uint64_t in_flight;       /**< Now FA_TRANSFER_IN_FLIGHT. */
    uint64_t received;        /**< Now FA_TRANSFER_RECEIVED. */
    uint64_t live_bytes;      /**< Bytes asked for in these three. */
    uint64_t peak_bytes;      /**< Highest live_bytes. */
    uint64_t copied_bytes;    /**< Bytes that fa_transfer_copy() ever copied. */
} fa_transfer_stats;

/** Initialiser. Since 1.0. */
#define FA_TRANSFER_STATS_INIT {(uint32_t)sizeof(fa_transfer_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Allocates a value of the running frame that can be sent.
 * @param size in bytes, 0 is as 1. @param align a power of two, at most FA_ALIGN_MAX.
 * @param transfer receives the id, 0 on failure.
 * @return the value, NULL on failure with fa_last_status(): as fa_pool_alloc(), and FA_ERROR_NO_FRAME.
 * Ownership: the frame's until it is sent; it also goes with a rollback. Lifetime: see above; charged to the current tag.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_LIFETIME(transfer) FA_SINCE(1, 0)
void *fa_transfer_alloc(fa_allocator *a, size_t size, size_t align,
                        FA_OUT FA_RELEASED_BY(fa_transfer_drop) fa_transfer *transfer);

/**
 * @brief fa_transfer_alloc() with a copy of @p size bytes of @p source in it, for a value that lies in a frame already.
 * @return as fa_transfer_alloc(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_LIFETIME(transfer) FA_SINCE(1, 0)
void *fa_transfer_copy(fa_allocator *a, const void *source, size_t size, size_t align,
                       FA_OUT FA_RELEASED_BY(fa_transfer_drop) fa_transfer *transfer);

/**
 * @brief Sends a transfer to whoever receives it first. The sender does not touch the value any more.
 * @return FA_OK; FA_ERROR_STATE if it is not FA_TRANSFER_OWNED; FA_ERROR_WRONG_LANE if another lane owns it; FA_ERROR_STALE;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: the lane that allocated it.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_transfer_send(fa_allocator *a, fa_transfer transfer);

/**
 * @brief fa_transfer_send() to one lane: only that one can receive it, and finds it with fa_transfer_next().
 * @return as fa_transfer_send(); FA_ERROR_WRONG_LANE also for a lane of another allocator. Thread safety: the lane that allocated it.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_transfer_send_to(fa_allocator *a, fa_transfer transfer, fa_lane *lane);

/**
 * @brief The oldest transfer that was sent to the calling lane and not received so far.
 * @param transfer receives the id, 0 if there is none.
 * @return FA_OK; FA_ERROR_NOT_FOUND; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_transfer_next(fa_allocator *a, FA_OUT fa_transfer *transfer);

/**
 * @brief Receives a transfer. The value is where the sender wrote it.
 *
 * If a frame runs on the calling lane, the value goes with it, unless it is taken; otherwise it stays until it is taken or dropped.
 * @param size receives the bytes asked for; may be NULL.
 * @return the value, NULL on failure with fa_last_status(): FA_ERROR_STATE if it was not sent, or was received before;
 * FA_ERROR_WRONG_LANE if it was sent to another lane; FA_ERROR_STALE, also for an id of another allocator, which the report names;
 * FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ALLOCATOR. A failed call leaves it in flight. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(transfer) FA_SINCE(1, 0)
void *fa_transfer_receive(fa_allocator *a, fa_transfer transfer, FA_OUT FA_NULLABLE size_t *size);

/**
 * @brief Takes ownership of a received value, without a copy.
 * @return the value, to be given back with fa_release(); NULL on failure with fa_last_status(): FA_ERROR_STATE if it was
 * not received, or was taken before; FA_ERROR_WRONG_LANE if another lane received it; FA_ERROR_STALE;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: the lane that received it.
 */
FA_API FA_MAY_BLOCK FA_RELEASED_BY(fa_release) FA_SINCE(1, 0)
void *fa_transfer_take(fa_allocator *a, fa_transfer transfer);

/**
 * @brief Frees a value that nobody takes, in any state but FA_TRANSFER_CONSUMED; it is counted as dropped.
 * @return FA_OK; FA_ERROR_STATE if it was taken; FA_ERROR_WRONG_LANE if another lane owns or has received it;
 * FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread in flight, else the lane it is with.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_transfer_drop(fa_allocator *a, fa_transfer transfer);

/**
 * @brief The state of a transfer.
 * @return FA_TRANSFER_*, or -1 for an id that names nothing (FA_ERROR_STALE). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
int32_t fa_transfer_state(fa_allocator *a, fa_transfer transfer);

/** One transfer. Since 1.0. */
typedef struct fa_transfer_info {
    uint32_t struct_size; /**< sizeof(fa_transfer_info). */
    int32_t state;        /**< FA_TRANSFER_OWNED, FA_TRANSFER_IN_FLIGHT or FA_TRANSFER_RECEIVED. */
    uint64_t size;        /**< Bytes asked for. */
    uint64_t sender;      /**< Id of the lane that allocated it (fa_lane_stats::lane_id). */
    uint64_t receiver;    /**< Id of the lane that it was sent to, or that received it; 0 for none. */
} fa_transfer_info;

/** Initialiser. Since 1.0. */
#define FA_TRANSFER_INFO_INIT {(uint32_t)sizeof(fa_transfer_info), 0, 0, 0, 0}

/**
 * @brief Reads what is known of a transfer.
 * @param out its struct_size must be set (FA_TRANSFER_INFO_INIT does).
 * @return FA_OK; FA_ERROR_STATE if it was taken; FA_ERROR_STALE; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_transfer_get_info(fa_allocator *a, fa_transfer transfer, FA_INOUT fa_transfer_info *out);

/**
 * @brief Reads the figures.
 * @param out its struct_size must be set (FA_TRANSFER_STATS_INIT does).
 * @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_transfer_get_stats(fa_allocator *a, FA_INOUT fa_transfer_stats *out);

#endif
