/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file retain.h
 * @brief Retention: frame memory that may outlive its frame.
 *
 * A block is taken, or marked, with what shall become of it when its frame
 * ends. fa_frame_end_with_promotions() copies retained blocks to their new
 * home before the cleanup functions run and the memory goes, and tells where
 * they are. A block rolled back or given back is not promoted. fa_frame_end()
 * drops retained blocks, with a warning (FA009).
 *
 * A promotion charges the tag that was current when the block was retained. One that fails (budget, limit, no memory, no
 * such scratch pool) leaves the block to go with its frame, and its result says why.
 */
#ifndef FRAMEALLOC_RETAIN_H
#define FRAMEALLOC_RETAIN_H

#include "annotations.h"
#include "status.h"
#include "tag.h"

#define FA_RETAIN_DISCARD 0    /**< It goes with its frame, like any frame block; results count it. */
#define FA_RETAIN_TO_POOL 1    /**< Copied into a pool block (the heap's above the pool threshold); yours until fa_release(). */
#define FA_RETAIN_TO_HEAP 2    /**< Copied into a heap block; yours until fa_release(). */
#define FA_RETAIN_TO_SCRATCH 3 /**< Copied into a named scratch pool; until that is reset. */
#define FA_RETAIN_LEAK 4       /**< Copied into heap memory that stays as long as the allocator and that no leak report names. */

#define FA_IMPORTANCE_EPHEMERAL 0  /**< FA_RETAIN_DISCARD. */
#define FA_IMPORTANCE_REUSABLE 1   /**< FA_RETAIN_TO_POOL. */
#define FA_IMPORTANCE_PERSISTENT 2 /**< FA_RETAIN_TO_HEAP. */
#define FA_IMPORTANCE_SCRATCH 3    /**< FA_RETAIN_TO_SCRATCH. */

#define FA_RETAIN_NAME_MAX 63 /**< Bytes of a type or scratch pool name that are kept. */

/** What shall become of a block. Start from FA_RETENTION_INIT. Since 1.0. */
typedef struct fa_retention {
    uint32_t struct_size;  /**< sizeof(fa_retention). */
    int32_t policy;        /**< FA_RETAIN_*. */
    uint32_t frames_ahead; /**< 0, or up to FA_FRAMES_AHEAD_MAX: it is promoted when the k-th next frame ends. */
    uint32_t reserved;     /**< Must be 0. */
    const char *scratch;   /**< Name of the scratch pool for FA_RETAIN_TO_SCRATCH, which must exist by then; copied; else NULL. */
    const char *type_name; /**< Shown in results; copied; may be NULL. */
} fa_retention;

/** Discards. Since 1.0. */
#define FA_RETENTION_INIT {(uint32_t)sizeof(fa_retention), FA_RETAIN_DISCARD, 0, 0, NULL, NULL}

/** What became of one block. Since 1.0. */
typedef struct fa_promotion {
    void *before;     /**< Its address in the frame; not to be followed any more. */
    void *after;      /**< Its new address; NULL if it was discarded or could not be promoted. */
    uint64_t size;    /**< Bytes. */
    uint64_t align;   /**< Its alignment, which the new block has, too. */
    int32_t policy;   /**< FA_RETAIN_*. */
    fa_status status; /**< FA_OK, or why it failed: FA_ERROR_BUDGET, FA_ERROR_MEMORY_LIMIT, FA_ERROR_OUT_OF_MEMORY,
                           FA_ERROR_NOT_FOUND for a scratch pool, FA_ERROR_FULL for one at its limit. */
    fa_tag tag;       /**< Tag that was current when it was retained. */
    char type_name[FA_RETAIN_NAME_MAX + 1]; /**< As given, or empty. */
    char phase[FA_RETAIN_NAME_MAX + 1];     /**< Phase that was open when it was retained, or empty. */
} fa_promotion;

/** Blocks and their bytes. Since 1.0. */
typedef struct fa_promotion_sum {
    uint64_t count; /**< Blocks. */
    uint64_t bytes; /**< Bytes as asked for. */
} fa_promotion_sum;

/** What became of all blocks of a frame, a tag or a phase. Since 1.0. */
typedef struct fa_promotion_summary {
    uint32_t struct_size;        /**< sizeof(fa_promotion_summary). */
    uint32_t reserved;           /**< 0. */
    fa_promotion_sum discarded;  /**< By policy. */
    fa_promotion_sum to_pool;    /**< Promoted. */
    fa_promotion_sum to_heap;    /**< Promoted. */
    fa_promotion_sum to_scratch; /**< Promoted. */
    fa_promotion_sum leaked;     /**< Left behind on purpose. */
    fa_promotion_sum failed;     /**< Not promoted, for the reasons that follow. */
    fa_promotion_sum budget;     /**< FA_ERROR_BUDGET. */
    fa_promotion_sum limit;      /**< FA_ERROR_MEMORY_LIMIT. */
    fa_promotion_sum memory;     /**< FA_ERROR_OUT_OF_MEMORY and FA_ERROR_BACKEND. */
    fa_promotion_sum missing;    /**< FA_ERROR_NOT_FOUND: no such scratch pool. */
    fa_promotion_sum full;       /**< FA_ERROR_FULL: the scratch pool is at its limit. */
} fa_promotion_summary;

/** Initialiser of fa_promotion_summary. Since 1.0. */
#define FA_PROMOTION_SUMMARY_INIT \
    {(uint32_t)sizeof(fa_promotion_summary), 0, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}, {0, 0}}

/**
 * @brief Takes frame memory that is retained.
 * @param how copied.
 * @return as fa_frame_alloc() or, looking ahead, fa_frame_alloc_ahead(); NULL with FA_ERROR_INVALID_ARGUMENT or
 * FA_ERROR_STRUCT_SIZE for a bad @p how. Lifetime: the frame. Thread safety: any thread, for its own lane.
 */
FA_API FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc_retained(fa_allocator *a, size_t size, size_t align, const fa_retention *how);

/**
 * @brief fa_frame_alloc_retained() by importance.
 * @param importance FA_IMPORTANCE_*. @param scratch name of the scratch pool for FA_IMPORTANCE_SCRATCH, else NULL.
 * @return as fa_frame_alloc_retained(). Thread safety: any thread, for its own lane.
 */
FA_API FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc_important(fa_allocator *a, size_t size, size_t align, int32_t importance,
                               FA_NULLABLE const char *scratch);

/**
 * @brief Retains memory of the running frame that was taken before: a block, part of one, or a collection's items.
 *
 * The library cannot know the size of a frame block: @p size bytes from @p block are copied.
 * @return FA_OK; FA_ERROR_NO_FRAME; FA_ERROR_FOREIGN_POINTER for memory that is not in use by this lane's frames; FA_ERROR_BUSY
 * inside a cleanup function; otherwise as fa_frame_alloc_retained(). Thread safety: any thread, for its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_frame_retain(fa_allocator *a, void *block, size_t size, size_t align, const fa_retention *how);

/** @brief Blocks retained in the running frame, to be promoted at its end; 0 outside a frame. Thread safety: any thread, for its own lane. */
FA_API FA_LEAF FA_SINCE(1, 0)
size_t fa_frame_retained_count(fa_allocator *a);

/** @brief Forgets all blocks retained on the calling lane, those for coming frames included: they go with their frames. @return how many. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
size_t fa_frame_retained_drop(fa_allocator *a);

/**
 * @brief Promotes what was retained, in that order, then ends the frame as fa_frame_end() does.
 * @param promotions receives what became of each block; may be NULL with capacity 0 if none is retained.
 * @param capacity elements of @p promotions. With less than fa_frame_retained_count() nothing happens and the frame goes on, so that no
 * block is lost.
 * @param count receives how many there are (or would be). @param summary may be NULL; its struct_size must be set.
 * @return FA_OK, failed promotions or not; FA_ERROR_FULL for too little capacity; FA_ERROR_NO_FRAME (FA005); FA_ERROR_STRUCT_SIZE;
 * FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR.
 * Ownership: blocks promoted to pool or heap are the caller's, until fa_release(). Thread safety: any thread, for its own lane.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_frame_end_with_promotions(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_promotion *promotions,
                                       size_t capacity, FA_OUT size_t *count, FA_INOUT FA_NULLABLE fa_promotion_summary *summary);

/** @brief What became of the blocks of one tag in the calling lane's last fa_frame_end_with_promotions(); @p tag 0 for those of no tag. @return FA_OK, all zero if there were none; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
fa_status fa_promotions_of_tag(fa_allocator *a, fa_tag tag, FA_INOUT fa_promotion_summary *out);

/** @brief The same for those of one phase, by name; "" for those of none. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
fa_status fa_promotions_of_phase(fa_allocator *a, const char *phase, FA_INOUT fa_promotion_summary *out);

/**
 * @brief What became of the blocks of all frames of the allocator that ended with promotions.
 * @param out its struct_size must be set.
 * @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_promotions_total(fa_allocator *a, FA_INOUT fa_promotion_summary *out);

/** A retained object of @p type. Since 1.0. */
#define fa_frame_new_retained(a, type, how) ((type *)fa_frame_alloc_retained((a), sizeof(type), FA_ALIGNOF(type), (how)))

#endif
