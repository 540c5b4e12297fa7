/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file heap.h
 * @brief Large and long-lived blocks, tracked until released.
 *
 * Any size, any alignment up to FA_ALIGN_MAX. The library knows every live
 * heap block: it can list them, and it refuses a second release. Freed blocks
 * up to 4 MiB stay warm in a bounded cache, so that a loop which frees and
 * takes them each frame makes no system call.
 */
#ifndef FRAMEALLOC_HEAP_H
#define FRAMEALLOC_HEAP_H

#include "annotations.h"
#include "block.h"

/**
 * @brief Takes a heap block of at least @p size bytes.
 * @param size bytes; 0 counts as 1. @param align power of two up to FA_ALIGN_MAX.
 * @return uninitialised memory, or NULL with fa_last_status() as for fa_pool_alloc().
 * Ownership: the caller's, until fa_release(). Thread safety: any thread.
 */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_heap_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief fa_heap_alloc() that fails without a report. Thread safety: any thread. */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_heap_try_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief fa_heap_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_heap_alloc_zeroed(fa_allocator *a, size_t size, size_t align);

/** @brief fa_heap_alloc() of @p count elements of @p size bytes; FA_ERROR_SIZE if that overflows. Thread safety: any thread. */
FA_API FA_LEAF FA_OWNED(fa_release) FA_ALLOC_SIZE(2, 3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_SINCE(1, 0)
void *fa_heap_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align);

/** One live heap block. Since 1.0. */
typedef struct fa_heap_block {
    void *address; /**< What fa_heap_alloc() returned. */
    size_t usable; /**< Its usable bytes. */
} fa_heap_block;

/**
 * @brief Lists the live heap blocks, for a look at leaks.
 * @param blocks receives up to @p capacity of them; may be NULL with capacity 0.
 * @param total receives how many there are, which may be more than @p capacity.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; exact when no
 * other thread allocates or releases meanwhile.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_heap_blocks(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_heap_block *blocks, size_t capacity,
                         FA_OUT size_t *total);

#endif
