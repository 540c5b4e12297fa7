/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file task.h
 * @brief Memory of a task: pool blocks that are freed together when the task ends, whichever threads it ran on.
 *
 * A task may be begun on one thread, allocate on several, also at once, and end on yet another. Tasks nest: the end of one
 * ends those below it first. A task can be entered on a lane, so that what runs there need not be handed its id; a
 * coroutine that goes on elsewhere enters it there.
 *
 *     fa_task_begin(a, "load level", 0, &task);
 *     void *buffer = fa_task_alloc(a, task, size, 16);    // on any thread
 *     fa_task_end(a, task);                               // on any thread
 */
#ifndef FRAMEALLOC_TASK_H
#define FRAMEALLOC_TASK_H

#include "annotations.h"
#include "status.h"

/** Names a task of one allocator; 0 is none, or the current one. Since 1.0. */
typedef uint64_t fa_task;

/** Bytes that each block of a task takes beside what was asked for; alignments above take as much as they are. Since 1.0. */
#define FA_TASK_OVERHEAD 32

/** Called when a task ends. Since 1.0. */
typedef void (*fa_task_function)(void *user);

/** Figures of a task; those nested in it count for themselves. Since 1.0. */
typedef struct fa_task_stats {
    uint32_t struct_size;  /**< sizeof(fa_task_stats). */
    uint32_t children;     /**< Tasks begun below it that have not ended. */
    uint64_t parent;       /**< The task it was begun below, 0 for none. */
    uint64_t live_count;   /**< Blocks it has. */
    uint64_t live_bytes;   /**< Bytes asked for in these. */
    uint64_t peak_bytes;   /**< Highest live_bytes. */
    uint64_t allocations;  /**< Blocks it ever had. */
    char name[64];         /**< Name given. */
} fa_task_stats;

/** Initialiser. Since 1.0. */
#define FA_TASK_STATS_INIT {(uint32_t)sizeof(fa_task_stats), 0, 0, 0, 0, 0, 0, {0}}

/**
 * @brief Begins a task.
 * @param name copied, at most 63 bytes are kept; NULL for none.
 * @param parent the task to begin it below, 0 for none.
 * @param task receives the id, 0 on failure.
 * @return FA_OK; FA_ERROR_STALE for a parent that has ended; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_OUT_OF_MEMORY;
 * FA_ERROR_INVALID_ALLOCATOR. Ownership: the caller's, until fa_task_end(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_task_begin(fa_allocator *a, FA_NULLABLE const char *name, fa_task parent,
                        FA_OUT FA_RELEASED_BY(fa_task_end) fa_task *task);

/**
 * @brief Allocates a block that lives as long as the task.
 * @param task 0 for the current task of the calling lane. @param size in bytes, 0 is as 1.
 * @param align a power of two, at most FA_ALIGN_MAX.
 * @return NULL on failure with fa_last_status(): as fa_pool_alloc(), FA_ERROR_STALE for a task that has ended, also
 * meanwhile, FA_ERROR_STATE for 0 without a current task. Ownership: the task's. Lifetime: until the task ends or
 * fa_task_release(). Thread safety: any thread, several at once.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(task) FA_SINCE(1, 0)
void *fa_task_alloc(fa_allocator *a, fa_task task, size_t size, size_t align);

/** @brief fa_task_alloc() that reports no lack of memory. Thread safety: any thread, several at once. */
FA_API FA_MAY_BLOCK FA_LIFETIME(task) FA_SINCE(1, 0)
void *fa_task_try_alloc(fa_allocator *a, fa_task task, size_t size, size_t align);

/**
 * @brief Frees one block of a task before its end. NULL is ignored.
 * @return FA_OK; FA_ERROR_FOREIGN_POINTER if it is no block of the task; FA_ERROR_CORRUPT if bytes in front of it were
 *         overwritten: it stays until the allocator ends; FA_ERROR_STALE; FA_ERROR_STATE as above;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_task_release(fa_allocator *a, fa_task task, FA_NULLABLE void *block);

/**
 * @brief Has a function called when the task ends, before its blocks are freed; the last one given is called first.
 * @param user handed to the function; may lie in a block of the task.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT for NULL; FA_ERROR_OUT_OF_MEMORY; FA_ERROR_STALE; FA_ERROR_STATE as above;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; the function runs on the thread that ends the task, with no lock
 * held, and may use the allocator, but finds the task ended.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_task_on_end(fa_allocator *a, fa_task task, FA_KEPT fa_task_function function,
                         FA_KEPT FA_NULLABLE void *user);

/**
 * @brief Ends a task and those below it, innermost first: runs their functions, frees their blocks. Waits for tasks right
 * below that other threads are about to end, as their functions may use what the task has; not from within such a function.
 * Blocks in front of which the program has written are reported (FA508) and stay until the allocator ends.
 * @return FA_OK; FA_ERROR_STALE if it has ended, or is of another allocator; FA_ERROR_INVALID_ALLOCATOR. Thread safety:
 * any thread. An allocation on another thread at the same moment either belongs to the task and is freed, or fails.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_task_end(fa_allocator *a, fa_task task);

/**
 * @brief Makes a task independent of the one it was begun below.
 * @return FA_OK, also if it is already; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_task_detach(fa_allocator *a, fa_task task);

/**
 * @brief Makes a task the current one of the calling lane.
 * @param task 0 for none. @param previous receives the one before, for the way back; may be NULL.
 * @return FA_OK; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR; FA_ERROR_OUT_OF_MEMORY. Thread safety: any thread, for its own lane.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_task_enter(fa_allocator *a, fa_task task, FA_OUT FA_NULLABLE fa_task *previous);

/** @brief The current task of the calling lane, 0 for none or one that has ended. Thread safety: any thread, for its own lane. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_task fa_task_current(fa_allocator *a);

/** @brief Tasks that have begun and not ended; 0 for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint32_t fa_task_count(fa_allocator *a);

/**
 * @brief Reads the figures of a task.
 * @param out its struct_size must be set (FA_TASK_STATS_INIT does).
 * @return FA_OK; FA_ERROR_STALE; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_task_get_stats(fa_allocator *a, fa_task task, FA_INOUT fa_task_stats *out);

#endif
