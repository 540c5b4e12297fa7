/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file block.h
 * @brief What pool and heap blocks have in common, and the entry by intent.
 *
 * A block knows its owner: releasing, resizing and measuring need only the
 * pointer, from any thread, whatever it was allocated with.
 */
#ifndef FRAMEALLOC_BLOCK_H
#define FRAMEALLOC_BLOCK_H

#include "annotations.h"
#include "status.h"

#define FA_INTENT_AUTO 0    /**< Pool up to the threshold of the configuration, heap above. */
#define FA_INTENT_FRAME 1   /**< Until the frame of the lane ends. */
#define FA_INTENT_POOL 2    /**< Small, until released. */
#define FA_INTENT_HEAP 3    /**< Large or long-lived, until released. */
#define FA_INTENT_SCRATCH 4 /**< Until the scratch memory of the lane is reset. */

/**
 * @brief Gives a pool or heap block back.
 *
 * A block of another lane goes back to its owner without a lock. What a mistake meets: a pointer that is no block is
 * FA_ERROR_FOREIGN_POINTER (FA501), frame memory FA504, a block of another allocator FA505, a heap block released
 * twice FA502, a pointer into a heap block FA503; pool blocks are checked as thoroughly with debug_mode.
 * @param block NULL is allowed and does nothing.
 * @return FA_OK, FA_ERROR_FOREIGN_POINTER, FA_ERROR_DOUBLE_FREE, FA_ERROR_INTERIOR_POINTER, FA_ERROR_WRONG_LANE or
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_LEAF FA_TAKES(2) FA_SINCE(1, 0)
fa_status fa_release(fa_allocator *a, FA_NULLABLE void *block);

/**
 * @brief Takes memory by intent.
 * @param intent FA_INTENT_*. @param size bytes. @param align power of two up to FA_ALIGN_MAX.
 * @return as the direct function of the intent; FA_ERROR_INVALID_ARGUMENT for an unknown intent. Ownership: pool, heap
 * and auto blocks go back with fa_release(). Thread safety: any thread.
 */
FA_API FA_LEAF FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(intent) FA_SINCE(1, 0)
void *fa_alloc(fa_allocator *a, int32_t intent, size_t size, size_t align);

/** @brief fa_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_LEAF FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(intent) FA_SINCE(1, 0)
void *fa_alloc_zeroed(fa_allocator *a, int32_t intent, size_t size, size_t align);

/** @brief fa_alloc() of @p count elements of @p size bytes; FA_ERROR_SIZE if that overflows. Thread safety: any thread. */
FA_API FA_LEAF FA_ALLOC_SIZE(3, 4) FA_ALLOC_ALIGN(5) FA_MUST_USE FA_LIFETIME(intent) FA_SINCE(1, 0)
void *fa_alloc_array(fa_allocator *a, int32_t intent, size_t count, size_t size, size_t align);

/**
 * @brief Changes the size of a pool or heap block, in place where its class or mapping has room.
 * @param block NULL allocates by size, as FA_INTENT_AUTO. @param size new bytes; content is kept up to the smaller size.
 * @param align power of two for the block that is returned. A block that moves stays with its tag.
 * @return the block, maybe elsewhere; NULL on failure, and then @p block is as it was. Errors: those of fa_release() and fa_alloc().
 * Ownership: as fa_alloc(). Thread safety: any thread.
 */
FA_API FA_ALLOC_SIZE(3) FA_MUST_USE FA_RELEASED_BY(fa_release) FA_SINCE(1, 0)
void *fa_realloc(fa_allocator *a, FA_NULLABLE void *block, size_t size, size_t align);

/**
 * @brief Bytes that may be used behind a pool or heap block, at least those asked for.
 * @return 0 for NULL and for pointers that fa_release() would refuse, with fa_last_status(). Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
size_t fa_usable_size(fa_allocator *a, FA_NULLABLE const void *block);

/** @brief 1 if the address lies in a page or large block of this allocator, else 0. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
int32_t fa_owns(fa_allocator *a, FA_NULLABLE const void *address);

#endif
