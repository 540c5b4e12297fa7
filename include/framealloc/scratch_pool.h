/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file scratch_pool.h
 * @brief Named scratch pools, and scopes that give scratch memory back.
 *
 * A pool is bump memory with a name that any thread may use and that survives
 * frames until somebody resets it. A scope remembers where a pool, or the
 * calling lane's scratch arena, had come to, and goes back there at its end.
 */
#ifndef FRAMEALLOC_SCRATCH_POOL_H
#define FRAMEALLOC_SCRATCH_POOL_H

#include "annotations.h"
#include "scratch.h"
#include "stats.h"
#include "status.h"

/** A named scratch pool; opaque. Since 1.0. */
typedef struct fa_scratch_pool fa_scratch_pool;

#define FA_SCRATCH_NAME_MAX 63 /**< Bytes of a name at most. */

/**
 * @brief The pool of a name, made if there is none.
 * @param name 1 to FA_SCRATCH_NAME_MAX bytes; copied.
 * @return NULL on failure, with fa_last_status(): FA_ERROR_INVALID_ARGUMENT, FA_ERROR_OUT_OF_MEMORY or FA_ERROR_INVALID_ALLOCATOR.
 * Ownership: the allocator's. Lifetime: usable until fa_scratch_pool_destroy(), valid as a handle until the allocator ends.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(allocator) FA_SINCE(1, 0)
fa_scratch_pool *fa_scratch_pool_get(fa_allocator *a, const char *name);

/** @brief The pool of a name; NULL with FA_ERROR_NOT_FOUND and no report if there is none. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_LIFETIME(allocator) FA_SINCE(1, 0)
fa_scratch_pool *fa_scratch_pool_find(fa_allocator *a, const char *name);

/**
 * @brief Takes memory from a pool.
 * @param size bytes; 0 gives a block of its own, too. @param align power of two up to FA_ALIGN_MAX.
 * @return uninitialised memory, or NULL with fa_last_status(): FA_ERROR_FULL at the pool's limit, FA_ERROR_STALE (FA006) for a
 * pool that was destroyed, otherwise as fa_scratch_alloc(). Lifetime: until the pool is reset or destroyed, or the scope
 * around it ends. Thread safety: any thread; takes the pool's lock.
 */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_LIFETIME(scratch) FA_SINCE(1, 0)
void *fa_scratch_pool_alloc(fa_scratch_pool *pool, size_t size, size_t align);

/** @brief fa_scratch_pool_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_LIFETIME(scratch) FA_SINCE(1, 0)
void *fa_scratch_pool_alloc_zeroed(fa_scratch_pool *pool, size_t size, size_t align);

/** @brief fa_scratch_pool_alloc() of @p count elements of @p size bytes; FA_ERROR_SIZE if that overflows. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_MALLOC FA_ALLOC_SIZE(2, 3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(scratch) FA_SINCE(1, 0)
void *fa_scratch_pool_alloc_array(fa_scratch_pool *pool, size_t count, size_t size, size_t align);

/** @brief Most live bytes of a pool, 0 for no limit; may be below what is in use. @return FA_OK, FA_ERROR_STALE or FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_set_limit(fa_scratch_pool *pool, size_t bytes);

/** @brief Lets go of everything in a pool; it keeps its largest chunk. Ends its scopes. @return FA_OK, FA_ERROR_STALE or FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_reset(fa_scratch_pool *pool);

/** @brief Resets every named pool of the allocator. @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_reset_all(fa_allocator *a);

/** @brief Lets go of a pool's memory and its name. @return FA_OK, FA_ERROR_STALE (FA006) if it was destroyed before, or FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_destroy(fa_scratch_pool *pool);

/** Figures of a named pool. Since 1.0. */
typedef struct fa_scratch_pool_stats {
    uint32_t struct_size;                /**< sizeof(fa_scratch_pool_stats). */
    uint32_t scopes;                     /**< Scopes open. */
    char name[FA_SCRATCH_NAME_MAX + 1];  /**< Its name. */
    fa_intent_stats blocks;              /**< Blocks and bytes; total bytes are in total_bytes. */
    uint64_t total_bytes;                /**< Bytes ever taken. */
    uint64_t reserved_bytes;             /**< Bytes of its chunks. */
    uint64_t limit;                      /**< As set, 0 for none. */
    uint64_t resets;                     /**< Times it was reset. */
} fa_scratch_pool_stats;

/** Initialiser of fa_scratch_pool_stats. Since 1.0. */
#define FA_SCRATCH_POOL_STATS_INIT {(uint32_t)sizeof(fa_scratch_pool_stats), 0, {0}, {0, 0, 0, 0, 0}, 0, 0, 0, 0}

/** @brief Reads the figures of a pool. @param out its struct_size must be set. @return FA_OK, FA_ERROR_STALE, FA_ERROR_STRUCT_SIZE or FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_get_stats(fa_scratch_pool *pool, FA_INOUT fa_scratch_pool_stats *out);

/** @brief Lists the pools, up to @p capacity of them; @p total receives how many there are. @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_list(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_scratch_pool **pools,
                               size_t capacity, FA_OUT size_t *total);

/** Where scratch memory had come to. A plain value; a scope is ended once, innermost first. Since 1.0. */
typedef struct fa_scratch_scope {
    fa_allocator *allocator; /**< Whose memory; NULL when ended. */
    fa_scratch_pool *pool;   /**< NULL for the lane's scratch arena. */
    uint64_t lane;           /**< Id of the lane, for its arena. */
    uint64_t depth;          /**< Scopes open around it, this one included. */
    uint64_t resets;         /**< Resets made before it. */
    uint64_t reserved[4];    /**< For the library. */
} fa_scratch_scope;

/** An ended scope. Since 1.0. */
#define FA_SCRATCH_SCOPE_INIT {NULL, NULL, 0, 0, 0, {0, 0, 0, 0}}

/** @brief Begins a scope on the calling lane's scratch arena. @param scope overwritten. @return FA_OK, FA_ERROR_INVALID_ARGUMENT or what fa_lane_current() leaves. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
fa_status fa_scratch_scope_begin(fa_allocator *a, FA_OUT fa_scratch_scope *scope);

/** @brief Begins a scope on a named pool. What other threads take from it meanwhile goes with the scope, too. @return FA_OK, FA_ERROR_STALE or FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_pool_scope_begin(fa_scratch_pool *pool, FA_OUT fa_scratch_scope *scope);

/**
 * @brief Lets go of what was taken since the scope began.
 * @return FA_OK, for an ended scope too; FA_ERROR_UNBALANCED (FA008) while a scope inside is open, and then it stays open;
 * FA_ERROR_STALE (FA006) after a reset; FA_ERROR_WRONG_LANE for the arena of another lane; FA_ERROR_INVALID_ARGUMENT for NULL.
 * Thread safety: as the begin.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_scratch_scope_end(FA_INOUT fa_scratch_scope *scope);

/** What FA_SCRATCH_SCOPE() keeps. Since 1.0. */
typedef struct fa_scratch_block {
    fa_scratch_scope scope; /**< The scope. */
    int32_t open;           /**< 1 while the block runs. */
} fa_scratch_block;

/** @brief Opens the block of FA_SCRATCH_SCOPE(). Thread safety: the calling lane. Since 1.0. */
FA_INLINE fa_scratch_block fa_scratch_block_begin(fa_allocator *a)
{
    fa_scratch_block block = {FA_SCRATCH_SCOPE_INIT, 1};
    (void)fa_scratch_scope_begin(a, &block.scope);
    return block;
}

/** @brief Closes it, once. Thread safety: the lane that opened it. Since 1.0. */
FA_INLINE void fa_scratch_block_end(FA_INOUT fa_scratch_block *block)
{
    (void)fa_scratch_scope_end(&block->scope);
    block->open = 0;
}

#ifdef FA_CLEANUP
/** `FA_SCRATCH_SCOPE(a) { ... }`: what the block takes with fa_scratch_alloc() goes at its end, however it is left. Since 1.0. */
#define FA_SCRATCH_SCOPE(a) \
    FA_SCRATCH_SCOPE_NAMED(FA_UNIQUE(fa_scratch_block_), a)
/** FA_SCRATCH_SCOPE() with the name of its variable. Since 1.0. */
#define FA_SCRATCH_SCOPE_NAMED(block, a)                                                                        \
    for (FA_CLEANUP(fa_scratch_block_end) fa_scratch_block block = fa_scratch_block_begin(a); block.open != 0; \
         fa_scratch_block_end(&block))
#endif

#endif
