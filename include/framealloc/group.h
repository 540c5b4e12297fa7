/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file group.h
 * @brief Blocks that are freed together: a level, a document, a request.
 *
 * Bytes of a group are those its live blocks were asked for, without headers and rounding.
 * Blocks leave with fa_group_release_block(), fa_group_free_all() or their group, never with fa_release(), which refuses
 * them (FA503). Groups that are left when the allocator ends are freed with it, without a report.
 */
#ifndef FRAMEALLOC_GROUP_H
#define FRAMEALLOC_GROUP_H

#include "annotations.h"
#include "status.h"

/** Id of a group, never 0 and never used again. Since 1.0. */
typedef uint64_t fa_group;

/** What a group holds; set struct_size with FA_GROUP_STATS_INIT. Since 1.0. */
typedef struct fa_group_stats {
    uint32_t struct_size; /**< sizeof(fa_group_stats) of the caller. */
    uint32_t slab_count;  /**< Heap blocks that the group has taken. */
    uint64_t count;       /**< Live blocks. */
    uint64_t bytes;       /**< Bytes that the live blocks were asked for. */
    uint64_t peak_bytes;  /**< The most that bytes has been. */
    uint64_t total_count; /**< Blocks ever taken. */
    char name[64];        /**< Name, cut at 63 bytes; empty if it has none. */
} fa_group_stats;

/** Initial value of fa_group_stats. Since 1.0. */
#define FA_GROUP_STATS_INIT {(uint32_t)sizeof(fa_group_stats), 0, 0, 0, 0, 0, {0}}

/**
 * @brief Makes an empty group.
 * @param name copied; NULL or empty for none. @param out the id.
 * @return FA_OK, FA_ERROR_EXISTS quietly if a group has that name, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_MEMORY_LIMIT,
 * FA_ERROR_OUT_OF_MEMORY, FA_ERROR_INVALID_ALLOCATOR. Ownership: the caller's, until fa_group_destroy().
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_create(fa_allocator *a, FA_NULLABLE const char *name,
                          FA_OUT FA_RELEASED_BY(fa_group_destroy) fa_group *out);

/** @brief The group of this name. @return FA_OK, FA_ERROR_NOT_FOUND quietly, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_find(fa_allocator *a, const char *name, FA_OUT fa_group *out);

/**
 * @brief Takes a block that lives as long as its group.
 * @param size bytes; 0 counts as 1. @param align power of two up to FA_ALIGN_MAX.
 * @return uninitialised memory, or NULL with fa_last_status(): FA_ERROR_STALE (FA401) for a group that is not,
 * else as fa_heap_alloc(). Lifetime: until the block, or all blocks of the group, are freed. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(group) FA_SINCE(1, 0)
void *fa_group_alloc(fa_allocator *a, fa_group group, size_t size, size_t align);

/** @brief fa_group_alloc() that reports no lack of memory. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(group) FA_SINCE(1, 0)
void *fa_group_try_alloc(fa_allocator *a, fa_group group, size_t size, size_t align);

/** @brief fa_group_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(group) FA_SINCE(1, 0)
void *fa_group_alloc_zeroed(fa_allocator *a, fa_group group, size_t size, size_t align);

/** @brief fa_group_alloc() of @p count elements of @p size bytes; FA_ERROR_SIZE if that overflows. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(3, 4) FA_ALLOC_ALIGN(5) FA_MUST_USE FA_LIFETIME(group) FA_SINCE(1, 0)
void *fa_group_alloc_array(fa_allocator *a, fa_group group, size_t count, size_t size, size_t align);

/**
 * @brief Frees one block early. Its memory is used again once the slab around it is empty; takes time in the number of slabs.
 * @param block NULL does nothing.
 * @return FA_OK, FA_ERROR_STALE (FA401), FA_ERROR_FOREIGN_POINTER (FA501) if it is no live block of this group,
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_release_block(fa_allocator *a, fa_group group, FA_NULLABLE void *block);

/** @brief Frees all blocks and keeps the group. @return FA_OK, FA_ERROR_STALE (FA401), FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_free_all(fa_allocator *a, fa_group group);

/** @brief Frees all blocks and ends the id. @return FA_OK, FA_ERROR_STALE (FA401), FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_destroy(fa_allocator *a, fa_group group);

/** @brief Reads the figures of a group. @return FA_OK, FA_ERROR_STALE (FA401), FA_ERROR_STRUCT_SIZE, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_get_stats(fa_allocator *a, fa_group group, FA_INOUT fa_group_stats *out);

/**
 * @brief Lists the groups, newest first.
 * @param ids room for @p capacity ids, NULL if that is 0. @param total how many groups there are.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_group_list(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_group *ids, size_t capacity,
                        FA_OUT size_t *total);

#endif
