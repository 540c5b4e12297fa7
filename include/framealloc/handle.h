/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file handle.h
 * @brief Handles: memory that may move, named by ids that never go wrong.
 *
 * A handle is resolved to a pointer when it is used. In between the library may move the block, so that memory which
 * has become full of holes can be compacted, at once or in slices of a frame. A block that is pinned stays where it is.
 *
 * What a pointer is good for: one from fa_handle_resolve() until a defragmentation, on any thread, or until the handle
 * is freed; one from fa_handle_pin() until it is unpinned. Freeing, resolving and pinning from other threads is legal
 * during a defragmentation. Ids are never used twice: a place retires before its generation wraps.
 *
 * The blocks lie in regions of 256 KiB from the heap, or have heap memory of their own; neither belongs to a tag.
 */
#ifndef FRAMEALLOC_HANDLE_H
#define FRAMEALLOC_HANDLE_H

#include "annotations.h"
#include "status.h"

/** A relocatable block; 0 is none. Since 1.0. */
typedef uint64_t fa_handle;

/**
 * @brief Takes a block that may move.
 * @param size bytes; 0 counts as 1. @param align power of two up to FA_ALIGN_MAX; above 4 KiB, and for blocks above 64 KiB, the
 * block has memory of its own and never moves. @param handle receives the id.
 * @return FA_OK; FA_ERROR_ALIGNMENT; FA_ERROR_SIZE; FA_ERROR_OUT_OF_MEMORY; FA_ERROR_MEMORY_LIMIT; FA_ERROR_FULL beyond 2^31
 * blocks; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Ownership: the caller's, until fa_handle_free(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_handle_alloc(fa_allocator *a, size_t size, size_t align,
                          FA_OUT FA_RELEASED_BY(fa_handle_free) fa_handle *handle);

/** @brief fa_handle_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_handle_alloc_zeroed(fa_allocator *a, size_t size, size_t align,
                                 FA_OUT FA_RELEASED_BY(fa_handle_free) fa_handle *handle);

/** @brief Frees a block. @return FA_OK; FA_ERROR_PINNED (FA403) and nothing happens; FA_ERROR_STALE (FA401); FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_handle_free(fa_allocator *a, fa_handle handle);

/** @brief Where the block is now. @return NULL with FA_ERROR_STALE (FA401). Takes no lock. Lifetime: see above. Thread safety: any thread. */
FA_API FA_LEAF FA_LIFETIME(move) FA_SINCE(1, 0)
void *fa_handle_resolve(fa_allocator *a, fa_handle handle);

/** @brief Where the block is, and stays until fa_handle_unpin(); counted. @return NULL with FA_ERROR_STALE (FA401), or FA_ERROR_FULL beyond 2^29 pins. Takes no lock; waits for a move of this block to end. Thread safety: any thread. */
FA_API FA_LIFETIME(pin) FA_SINCE(1, 0)
void *fa_handle_pin(fa_allocator *a, fa_handle handle);

/** @brief Undoes one pin. @return FA_OK; FA_ERROR_UNBALANCED (FA008) if it is not pinned; FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_handle_unpin(fa_allocator *a, fa_handle handle);

/** @brief 1 if the handle names a live block of this allocator, else 0, without a report. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
int32_t fa_handle_valid(fa_allocator *a, fa_handle handle);

/** @brief Bytes asked for, 0 with FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
size_t fa_handle_size(fa_allocator *a, fa_handle handle);

/** @brief Times the block was moved: whoever keeps a resolved pointer can see that it is old. 0 with FA_ERROR_STALE (FA401). Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_handle_moves(fa_allocator *a, fa_handle handle);

/** What a defragmentation did. Since 1.0. */
typedef struct fa_defragmentation {
    uint32_t struct_size;    /**< sizeof(fa_defragmentation). */
    int32_t finished;        /**< 1 when the pass is over: the next step begins a new one. */
    uint64_t moved;          /**< Blocks moved. */
    uint64_t moved_bytes;    /**< Their bytes. */
    uint64_t pinned;         /**< Blocks passed over since they are pinned. */
    uint64_t released_bytes; /**< Bytes of regions given back to the heap. */
    uint64_t nanoseconds;    /**< Time taken, of the monotonic clock. */
} fa_defragmentation;

/** Initialiser of fa_defragmentation. Since 1.0. */
#define FA_DEFRAGMENTATION_INIT {(uint32_t)sizeof(fa_defragmentation), 0, 0, 0, 0, 0, 0}

/**
 * @brief Compacts all that can be moved.
 * @param out receives what was done; may be NULL. @return FA_OK, FA_ERROR_STRUCT_SIZE, FA_ERROR_BUSY while another thread or a
 * relocation function defragments, FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_handle_defragment(fa_allocator *a, FA_INOUT FA_NULLABLE fa_defragmentation *out);

/**
 * @brief Goes on with a compaction until a limit is met: one slice per frame.
 * @param most_bytes bytes to move, 0 for no limit; a step looks at one block at least. @param most_nanoseconds time to take, 0 for no limit.
 * @return as fa_handle_defragment(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_handle_defragment_step(fa_allocator *a, uint64_t most_bytes, uint64_t most_nanoseconds,
                                    FA_INOUT FA_NULLABLE fa_defragmentation *out);

/** Called after a block was moved, with no lock held; may use, pin and free handles. @p before is not to be followed. Since 1.0. */
typedef void (*fa_handle_relocated)(void *user, fa_handle handle, const void *before, void *after, size_t size);

/** @brief Has @p relocated called for every block that is moved. @param relocated NULL for none. @param user stays the caller's. @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_handle_set_relocated(fa_allocator *a, FA_KEPT FA_NULLABLE fa_handle_relocated relocated,
                                  FA_KEPT FA_NULLABLE void *user);

/** Figures of all handles of an allocator. Since 1.0. */
typedef struct fa_handle_stats {
    uint32_t struct_size;    /**< sizeof(fa_handle_stats). */
    uint32_t regions;        /**< Regions that blocks share. */
    uint64_t live_count;     /**< Blocks. */
    uint64_t live_bytes;     /**< Bytes asked for. */
    uint64_t peak_bytes;     /**< Highest live bytes. */
    uint64_t pinned;         /**< Blocks pinned now. */
    uint64_t allocations;    /**< Blocks ever taken. */
    uint64_t frees;          /**< Blocks freed. */
    uint64_t reserved_bytes; /**< Bytes of regions and of blocks with memory of their own. */
    uint64_t moved;          /**< Blocks ever moved. */
    uint64_t moved_bytes;    /**< Their bytes. */
    uint64_t retired;        /**< Places that have given out all their generations. */
    double fragmentation;    /**< Share of reserved_bytes that holds no block, 0 to 1. */
} fa_handle_stats;

/** Initialiser of fa_handle_stats. Since 1.0. */
#define FA_HANDLE_STATS_INIT {(uint32_t)sizeof(fa_handle_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.0}

/** @brief Reads the figures of the handles. @return FA_OK, FA_ERROR_STRUCT_SIZE, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_handle_get_stats(fa_allocator *a, FA_INOUT fa_handle_stats *out);

#endif
