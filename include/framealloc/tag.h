/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file tag.h
 * @brief Tags: whose memory it is.
 *
 * A tag names a part of the program, and tags nest: `ai::pathfinding`. Each
 * lane has a stack of them; what it allocates belongs to the tag on top.
 * Frame and scratch memory is attributed by difference when a scope opens or
 * closes, and costs nothing per allocation. A pool or heap block remembers its
 * tag: it leaves the tag's figures when it is released, under whatever tag and
 * on whatever thread. Pool blocks taken under a tag go through a slower path.
 */
#ifndef FRAMEALLOC_TAG_H
#define FRAMEALLOC_TAG_H

#include "annotations.h"
#include "stats.h"
#include "status.h"

/** A tag of one allocator; 0 is no tag. Valid as long as the allocator. Since 1.0. */
typedef uint64_t fa_tag;

#define FA_TAG_DEPTH_MAX 64  /**< Tags that can be on a lane's stack at once. */
#define FA_TAG_LEVELS_MAX 16 /**< Names in a path at most. */
#define FA_TAG_NAME_MAX 63   /**< Bytes of one name at most. */

/**
 * @brief The tag with a path, made if there is none.
 * @param path names separated by `::`, as in `ai::pathfinding`; copied.
 * @return 0 on failure, with fa_last_status(): FA_ERROR_INVALID_ARGUMENT for NULL, empty or too long names;
 * FA_ERROR_DEPTH for too many; FA_ERROR_FULL for more than 65,535 tags; FA_ERROR_OUT_OF_MEMORY. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_tag fa_tag_get(fa_allocator *a, const char *path);

/** @brief fa_tag_get() of a name inside a tag; @p parent 0 for the outermost level. @return as fa_tag_get(); FA_ERROR_NOT_FOUND (FA401) for an unknown parent. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_tag fa_tag_nested(fa_allocator *a, fa_tag parent, const char *name);

/** @brief The tag with a path, 0 with FA_ERROR_NOT_FOUND and no report if there is none. Takes no lock. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_tag fa_tag_find(fa_allocator *a, const char *path);

/**
 * @brief Writes the path of a tag.
 * @param buffer receives up to @p size bytes, always terminated if size is not 0; may be NULL with size 0.
 * @return the bytes of the whole path without the terminator; 0 for an unknown tag, with FA_ERROR_NOT_FOUND. Thread safety: any thread.
 */
FA_API FA_SINCE(1, 0)
size_t fa_tag_path(fa_allocator *a, fa_tag tag, FA_OUT FA_NULLABLE FA_ARRAY(size) char *buffer, size_t size);

/** @brief Lists tags in order of making, up to @p capacity of them; @p total receives how many there are. @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_SINCE(1, 0)
fa_status fa_tag_list(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_tag *tags, size_t capacity,
                      FA_OUT size_t *total);

/**
 * @brief Makes @p tag the calling lane's current one, until it is popped. Frames may begin and end meanwhile.
 * @param tag 0 for none: what follows belongs to no tag.
 * @return FA_OK; FA_ERROR_DEPTH beyond FA_TAG_DEPTH_MAX; FA_ERROR_NOT_FOUND (FA401) for a tag of another allocator;
 * FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_tag_push(fa_allocator *a, fa_tag tag);

/** @brief fa_tag_push() of a name nested in the current tag, made if there is none. @return as fa_tag_push() and fa_tag_get(). Thread safety: any thread, for its own lane. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_tag_push_name(fa_allocator *a, const char *name);

/** @brief Goes back to the tag before. @return FA_OK; FA_ERROR_UNBALANCED (FA008) when there is nothing to pop; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
fa_status fa_tag_pop(fa_allocator *a);

/** @brief The calling lane's current tag, 0 for none. Thread safety: any thread, for its own lane. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_tag fa_tag_current(fa_allocator *a);

/** @brief Tags on the calling lane's stack. Thread safety: any thread, for its own lane. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_tag_depth(fa_allocator *a);

/**
 * Figures of one tag, without those nested in it. live_count = allocations - frees for each. Frame and scratch memory is
 * up to date as of the last scope opened or closed, frame ended or figures read on each lane. Since 1.0.
 */
typedef struct fa_tag_stats {
    uint32_t struct_size;      /**< sizeof(fa_tag_stats). */
    uint32_t level;            /**< Names in its path. */
    fa_tag tag;                /**< The tag. */
    fa_tag parent;             /**< The one it is nested in, 0 for none. */
    fa_intent_stats frame;     /**< Frame memory, looking ahead and held included; peak_bytes is the highest of all lanes together. */
    fa_intent_stats pool;      /**< Pool blocks; peak_bytes is the sum of each lane's highest. */
    fa_intent_stats heap;      /**< Heap blocks, likewise. */
    fa_intent_stats scratch;   /**< Scratch memory; peak_bytes as for frames. */
    uint64_t frame_total_bytes;   /**< Bytes of frame memory ever taken. */
    uint64_t pool_total_bytes;    /**< Bytes of pool blocks ever taken. */
    uint64_t heap_total_bytes;    /**< Bytes of heap blocks ever taken. */
    uint64_t scratch_total_bytes; /**< Bytes of scratch memory ever taken. */
    uint64_t nested_live_bytes;   /**< Live bytes of the tag and of all nested in it, every intent. */
} fa_tag_stats;

/** Initialiser of fa_tag_stats. Since 1.0. */
#define FA_TAG_STATS_INIT                                                                                           \
    {(uint32_t)sizeof(fa_tag_stats), 0, 0, 0, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}, 0, 0, 0, 0, 0}

/**
 * @brief Reads the figures of a tag.
 * @param out its struct_size must be set.
 * @return FA_OK; FA_ERROR_NOT_FOUND (FA401) for an unknown tag; FA_ERROR_DISABLED without statistics; FA_ERROR_STRUCT_SIZE;
 * FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_tag_get_stats(fa_allocator *a, fa_tag tag, FA_INOUT fa_tag_stats *out);

/**
 * An allocator seen through one tag: what is taken through the view belongs to the tag, whatever the lane's current one
 * is. A plain value, for any thread. Since 1.0.
 */
typedef struct fa_tagged {
    fa_allocator *allocator; /**< Whose memory; must live as long as the view is used. */
    fa_tag tag;              /**< For whom. */
} fa_tagged;

/** @brief A view bound to the tag with a path. @return FA_OK or what fa_tag_get() leaves. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_tagged_init(FA_OUT fa_tagged *view, fa_allocator *a, const char *path);

/** @brief fa_alloc() through a view. Ownership and lifetime: those of the intent. Thread safety: any thread. */
FA_API FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(intent) FA_SINCE(1, 0)
void *fa_tagged_alloc(const fa_tagged *view, int32_t intent, size_t size, size_t align);

/** @brief fa_alloc_array() through a view. Thread safety: any thread. */
FA_API FA_ALLOC_SIZE(3, 4) FA_ALLOC_ALIGN(5) FA_MUST_USE FA_LIFETIME(intent) FA_SINCE(1, 0)
void *fa_tagged_alloc_array(const fa_tagged *view, int32_t intent, size_t count, size_t size, size_t align);

/** Array of @p count objects of @p type until the frame ends, through a view. Since 1.0. */
#define fa_tagged_frame_new(view, type, count) \
    ((type *)fa_tagged_alloc_array((view), FA_INTENT_FRAME, (count), sizeof(type), FA_ALIGNOF(type)))

/** What FA_TAG_SCOPE() keeps. Since 1.0. */
typedef struct fa_tag_scope {
    fa_allocator *allocator; /**< NULL once closed, or if the tag could not be pushed. */
    int32_t open;            /**< 1 while the block runs. */
} fa_tag_scope;

/** @brief Opens the scope of FA_TAG_SCOPE(). A tag that cannot be pushed leaves the current one in place. Thread safety: the calling lane. Since 1.0. */
FA_INLINE fa_tag_scope fa_tag_scope_begin(fa_allocator *a, const char *name)
{
    fa_tag_scope scope = {fa_tag_push_name(a, name) == FA_OK ? a : NULL, 1};
    return scope;
}

/** @brief Closes a scope, once. Thread safety: the lane that opened it. Since 1.0. */
FA_INLINE void fa_tag_scope_end(FA_INOUT fa_tag_scope *scope)
{
    if (scope->allocator != NULL)
        (void)fa_tag_pop(scope->allocator);
    scope->allocator = NULL;
    scope->open = 0;
}

#ifdef FA_CLEANUP
/** `FA_TAG_SCOPE(a, "ai") { ... }`: the block runs under the tag, nested in the current one; left in any way, it is closed. Since 1.0. */
#define FA_TAG_SCOPE(a, name) \
    FA_TAG_SCOPE_NAMED(FA_UNIQUE(fa_tag_scope_), a, name)
/** FA_TAG_SCOPE() with the name of its variable. Since 1.0. */
#define FA_TAG_SCOPE_NAMED(scope, a, name)                                                                 \
    for (FA_CLEANUP(fa_tag_scope_end) fa_tag_scope scope = fa_tag_scope_begin((a), (name)); scope.open != 0; \
         fa_tag_scope_end(&scope))
#endif

#endif
