/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file pool.h
 * @brief Small blocks, until released: power-of-two classes from 8 bytes to 4 KiB.
 *
 * A block is aligned to its class, so asking for more alignment takes a larger
 * class. Sizes above the threshold of the configuration come from the heap.
 */
#ifndef FRAMEALLOC_POOL_H
#define FRAMEALLOC_POOL_H

#include "annotations.h"
#include "block.h"

/** Smallest and largest block of a pool in bytes. Since 1.0. */
#define FA_POOL_SIZE_MIN ((size_t)8)
#define FA_POOL_SIZE_MAX ((size_t)4096)

/**
 * @brief Takes a block of at least @p size bytes.
 * @param size bytes; 0 counts as 1. @param align power of two up to FA_ALIGN_MAX.
 * @return uninitialised memory, or NULL with fa_last_status(): FA_ERROR_MEMORY_LIMIT (FA301), FA_ERROR_BUDGET of a tag (FA302)
 * or of the lane (FA303), FA_ERROR_OUT_OF_MEMORY,
 * FA_ERROR_ALIGNMENT, FA_ERROR_SIZE, FA_ERROR_INVALID_ALLOCATOR.
 * Ownership: the caller's, until fa_release(). Lifetime: until then, also beyond the thread. Thread safety: any thread.
 */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_pool_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief fa_pool_alloc() that fails without a report. Thread safety: any thread. */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_pool_try_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief fa_pool_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_pool_alloc_zeroed(fa_allocator *a, size_t size, size_t align);

/** @brief fa_pool_alloc() of @p count elements of @p size bytes; FA_ERROR_SIZE if that overflows. Thread safety: any thread. */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2, 3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_SINCE(1, 0)
void *fa_pool_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align);

/** One uninitialised object of @p type, until fa_release(). Since 1.0. */
#define fa_pool_new(a, type) ((type *)fa_pool_alloc((a), sizeof(type), FA_ALIGNOF(type)))

#endif
