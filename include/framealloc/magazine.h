/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file magazine.h
 * @brief The inline magazine: pool blocks of one size taken and given back without a call.
 *
 * For loops that spawn and kill thousands of objects. The caller holds the
 * magazine; the library refills and empties it in batches. Blocks are ordinary
 * pool blocks: one taken here may go back with fa_release(), and one from
 * fa_pool_alloc() of the same class may be given here. Statistics include a
 * magazine's doings as of its last refill, emptying or closing. Its blocks
 * belong to no tag; one that is opened while a tag is current, or on a lane with
 * a pool budget, holds nothing, so that every block passes through the library
 * and counts for the tag that is current then. The layout is part of the ABI
 * and never changes.
 */
#ifndef FRAMEALLOC_MAGAZINE_H
#define FRAMEALLOC_MAGAZINE_H

#include "annotations.h"
#include "status.h"

/** Blocks that a magazine holds at most. Since 1.0. */
#define FA_MAGAZINE_CAPACITY 64

/** A stack of free blocks of one size. Used by one thread at a time; do not copy one that is open. Since 1.0. */
typedef struct fa_magazine {
    uint32_t count;                      /**< Free blocks it holds. */
    uint32_t capacity;                   /**< Most it may hold; 0 when closed, with debug_mode, and under a tag or a pool budget. */
    uint64_t takes;                      /**< Blocks taken and not booked yet. */
    size_t block_size;                   /**< Bytes of every block. */
    fa_allocator *allocator;             /**< Whose blocks; NULL when closed. */
    uint64_t lane;                       /**< Lane that filled it last. */
    uint64_t reserved[3];                /**< For the library. */
    void *blocks[FA_MAGAZINE_CAPACITY];  /**< The stack. */
} fa_magazine;

/**
 * @brief Opens an empty magazine for blocks of @p size bytes.
 * @param size 1 to the pool threshold of the configuration. @param align power of two, likewise.
 * @return FA_OK, FA_ERROR_SIZE, FA_ERROR_ALIGNMENT, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_magazine_open(fa_allocator *a, FA_OUT fa_magazine *magazine, size_t size, size_t align);

/**
 * @brief Refills the magazine and takes a block from it.
 * @return as fa_pool_alloc(); FA_ERROR_STALE (FA006) for a closed magazine. Thread safety: one thread at a time.
 */
FA_API FA_MUST_USE FA_RELEASED_BY(fa_release) FA_SINCE(1, 0)
void *fa_magazine_refill(FA_INOUT fa_magazine *magazine);

/**
 * @brief Makes room in the magazine and gives @p block back.
 * @return as fa_release(); FA_ERROR_STALE for a closed magazine. Thread safety: one thread at a time.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_magazine_empty(FA_INOUT fa_magazine *magazine, FA_NULLABLE void *block);

/**
 * @brief Gives all its blocks back to the pool and books what was done.
 * @return FA_OK, for a closed magazine too, or FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: one thread at a time.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_magazine_close(FA_INOUT fa_magazine *magazine);

/**
 * @brief Takes a block, inline.
 * @return uninitialised memory of block_size bytes, or NULL as fa_magazine_refill(). Ownership: the caller's, until
 * fa_magazine_give() or fa_release(). Thread safety: one thread at a time. Since 1.0.
 */
FA_INLINE FA_RELEASED_BY(fa_release) void *fa_magazine_take(FA_INOUT fa_magazine *magazine)
{
    uint32_t count = magazine->count;
    if (FA_LIKELY(count != 0)) {
        magazine->takes++;
        magazine->count = --count;
        return magazine->blocks[count];
    }
    return fa_magazine_refill(magazine);
}

/**
 * @brief Gives a block back, inline.
 * @param block a live pool block of the magazine's class.
 * @return FA_OK, or as fa_magazine_empty(). Thread safety: one thread at a time. Since 1.0.
 */
FA_INLINE fa_status fa_magazine_give(FA_INOUT fa_magazine *magazine, void *block)
{
    uint32_t count = magazine->count;
    if (FA_LIKELY(block != NULL && count < magazine->capacity)) {
        magazine->blocks[count] = block;
        magazine->count = count + 1;
        return FA_OK;
    }
    return fa_magazine_empty(magazine, block);
}

#endif
