/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file barrier.h
 * @brief A barrier for the frame boundary: nobody begins frame g + 1 before everybody has finished frame g.
 *
 * A barrier has participants, which are lanes. Each arrives once in a generation; when all have arrived, the generation
 * is complete, and those who wait go on. Lanes register and unregister at any time; a barrier can also be made with free
 * seats, which the first lanes that arrive take. A participant whose thread ends leaves its seat, and nobody waits for it
 * for ever; when the last one leaves, the generation is complete, too. A lane that is bound by hand keeps its seat while
 * no thread is on it.
 *
 * A thread that waits is not cancelled before its call has come to its end (pthread_cancel()), so whoever cancels it has to
 * see to it that the generation completes.
 *
 *     fa_frame_end(a);
 *     fa_barrier_wait(a, barrier);    // every worker
 *     fa_frame_begin(a);
 */
#ifndef FRAMEALLOC_BARRIER_H
#define FRAMEALLOC_BARRIER_H

#include "annotations.h"
#include "status.h"

/** Names a barrier of one allocator; 0 is none. Since 1.0. */
typedef uint64_t fa_barrier;

/** Most seats of a barrier. Since 1.0. */
#define FA_BARRIER_SEATS_MAX 65535

/** Figures of a barrier. Since 1.0. */
typedef struct fa_barrier_stats {
    uint32_t struct_size;     /**< sizeof(fa_barrier_stats). */
    uint32_t participants;    /**< Seats, free ones included. */
    uint32_t arrived;         /**< Of these, those that have arrived in the present generation. */
    uint32_t waiting;         /**< Threads that wait now. */
    uint64_t generation;      /**< Generations completed. */
    uint64_t arrivals;        /**< Arrivals, waiting or not. */
    uint64_t waits;           /**< Calls that had to wait. */
    uint64_t wait_ns;         /**< Nanoseconds they waited. */
    uint64_t longest_wait_ns; /**< Nanoseconds of the longest wait. */
    uint64_t timeouts;        /**< Waits that ended with FA_ERROR_TIMEOUT. */
    uint64_t lost;            /**< Seats left by threads that ended without unregistering. */
    char name[64];            /**< Its name, cut at 63 bytes; empty for none. */
} fa_barrier_stats;

/** Initialiser. Since 1.0. */
#define FA_BARRIER_STATS_INIT {(uint32_t)sizeof(fa_barrier_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}}

/**
 * @brief Makes a barrier.
 * @param name copied, at most 63 bytes are kept; NULL for none.
 * @param seats free seats that the first lanes to arrive take, 0 to FA_BARRIER_SEATS_MAX; the barrier waits for all of them.
 * @param barrier receives the id, 0 on failure.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_OUT_OF_MEMORY, FA_ERROR_INVALID_ALLOCATOR. Ownership: the caller's,
 * until fa_barrier_destroy() or the end of the allocator. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_create(fa_allocator *a, FA_NULLABLE const char *name, uint32_t seats,
                            FA_OUT FA_RELEASED_BY(fa_barrier_destroy) fa_barrier *barrier);

/**
 * @brief Ends a barrier.
 * @return FA_OK; FA_ERROR_BUSY while somebody waits at it; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_destroy(fa_allocator *a, fa_barrier barrier);

/**
 * @brief Makes the calling lane a participant, beginning with the present generation.
 * @return FA_OK; FA_ERROR_EXISTS if it is one already; FA_ERROR_FULL at FA_BARRIER_SEATS_MAX; FA_ERROR_OUT_OF_MEMORY;
 * FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_register(fa_allocator *a, fa_barrier barrier);

/**
 * @brief Has the calling lane leave, arrived or not; that may complete the generation.
 * @return FA_OK; FA_ERROR_NOT_FOUND if it is no participant; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_unregister(fa_allocator *a, fa_barrier barrier);

/**
 * @brief Arrives without waiting.
 * @param generation receives the generation that will be complete when all have arrived, for fa_barrier_wait_for(); may be NULL.
 * @return FA_OK; FA_ERROR_STATE if the lane has arrived in this generation already; FA_ERROR_FULL if it is no participant
 * and no seat is free; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_signal(fa_allocator *a, fa_barrier barrier, FA_OUT FA_NULLABLE uint64_t *generation);

/**
 * @brief Arrives, unless the lane has arrived in the present generation, and waits until that is complete.
 *
 * Who has signalled and does something else meanwhile waits with fa_barrier_wait_for(): the generation may be over by now.
 * @return as fa_barrier_signal(), but never FA_ERROR_STATE; FA_ERROR_INVALID_ALLOCATOR also if the allocator is destroyed
 * meanwhile. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_wait(fa_allocator *a, fa_barrier barrier);

/**
 * @brief fa_barrier_wait() for @p timeout_ns nanoseconds at most.
 *
 * A lane whose time is up has arrived all the same: waiting again goes on waiting for the same generation, even if that
 * has completed meanwhile, so that a loop until the result is not FA_ERROR_TIMEOUT takes part in exactly one.
 * @param timeout_ns in nanoseconds; 0 only looks, FA_FOREVER waits as long as it takes.
 * @return as fa_barrier_wait(); FA_ERROR_TIMEOUT. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_wait_timed(fa_allocator *a, fa_barrier barrier, uint64_t timeout_ns);

/**
 * @brief Waits until a generation is complete, without arriving; for participants that have signalled, and for anybody else.
 * @param generation as fa_barrier_signal() gave it; one that is complete already returns at once.
 * @param timeout_ns as for fa_barrier_wait_timed().
 * @return FA_OK; FA_ERROR_TIMEOUT; FA_ERROR_STATE for a participant that has not arrived in that generation and would wait
 * for itself for ever; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_wait_for(fa_allocator *a, fa_barrier barrier, uint64_t generation, uint64_t timeout_ns);

/** @brief Generations completed, 0 for a barrier that is gone (FA_ERROR_STALE). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint64_t fa_barrier_generation(fa_allocator *a, fa_barrier barrier);

/**
 * @brief Reads the figures of a barrier.
 * @param out its struct_size must be set (FA_BARRIER_STATS_INIT does).
 * @return FA_OK; FA_ERROR_STALE; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_barrier_get_stats(fa_allocator *a, fa_barrier barrier, FA_INOUT fa_barrier_stats *out);

#endif
