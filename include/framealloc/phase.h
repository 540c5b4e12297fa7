/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file phase.h
 * @brief Phases: parts of a frame with names, and what each takes.
 *
 * A phase is begun and ended inside a frame; phases nest. A phase that is
 * entered several times in a frame, inside the same phase, is one with the
 * sums. Figures of the running and of the last frame can be read. They come by
 * difference when a phase begins and ends: allocations cost nothing more.
 */
#ifndef FRAMEALLOC_PHASE_H
#define FRAMEALLOC_PHASE_H

#include "annotations.h"
#include "status.h"

#define FA_PHASE_DEPTH_MAX 32 /**< Phases that can be open at once. */
#define FA_PHASE_NAME_MAX 63  /**< Bytes of a name at most. */

#define FA_PHASES_RUNNING 0 /**< Of the running frame. */
#define FA_PHASES_LAST 1    /**< Of the frame that ended last on the lane. */

/** Figures of one phase of one frame. Phases nested in it are included. Since 1.0. */
typedef struct fa_phase_stats {
    uint32_t struct_size;             /**< sizeof(fa_phase_stats). */
    int32_t parent;                   /**< Index of the phase around it, -1 for none. */
    uint32_t level;                   /**< 0 for an outermost phase. */
    uint32_t entered;                 /**< Times it was begun. */
    int32_t open;                     /**< 1 while it runs: figures are as of now. */
    uint32_t reserved;                /**< 0. */
    char name[FA_PHASE_NAME_MAX + 1]; /**< Its name. */
    uint64_t bytes;                   /**< Bytes of frame memory taken, those given back since included. */
    uint64_t count;                   /**< Blocks taken. */
    uint64_t peak_bytes;              /**< Highest bytes in use beyond those it began with. */
    uint64_t nanoseconds;             /**< Time between begin and end, of the monotonic clock. */
} fa_phase_stats;

/** Initialiser of fa_phase_stats. Since 1.0. */
#define FA_PHASE_STATS_INIT {(uint32_t)sizeof(fa_phase_stats), -1, 0, 0, 0, 0, {0}, 0, 0, 0, 0}

/**
 * @brief Begins a phase of the running frame.
 * @param name 1 to FA_PHASE_NAME_MAX bytes; copied.
 * @return FA_OK; FA_ERROR_NO_FRAME (FA001); FA_ERROR_DEPTH beyond FA_PHASE_DEPTH_MAX; FA_ERROR_INVALID_ARGUMENT for NULL, an
 * empty or a too long name; FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_phase_begin(fa_allocator *a, const char *name);

/**
 * @brief Ends the phase begun last. The end of the frame does so for phases left open, with a warning (FA007).
 * @return FA_OK; FA_ERROR_UNBALANCED (FA008) if none is open; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_phase_end(fa_allocator *a);

/** @brief Phases open on the calling lane. Thread safety: any thread, for its own lane. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_phase_depth(fa_allocator *a);

/** @brief Number of phases of a frame of the calling lane; @p which FA_PHASES_RUNNING or FA_PHASES_LAST. Thread safety: any thread, for its own lane. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_phase_count(fa_allocator *a, int32_t which);

/**
 * @brief Reads the phase with an index, in order of first begin.
 * @param which FA_PHASES_RUNNING or FA_PHASES_LAST. @param out its struct_size must be set.
 * @return FA_OK; FA_ERROR_NOT_FOUND if @p index is not below fa_phase_count(); FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_phase_at(fa_allocator *a, int32_t which, uint32_t index, FA_INOUT fa_phase_stats *out);

/** @brief fa_phase_at() by name: the first phase of that name. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
fa_status fa_phase_find(fa_allocator *a, int32_t which, const char *name, FA_INOUT fa_phase_stats *out);

/** What FA_PHASE_SCOPE() keeps. Since 1.0. */
typedef struct fa_phase_scope {
    fa_allocator *allocator; /**< NULL once ended, or if the phase could not begin. */
    int32_t open;            /**< 1 while the block runs. */
} fa_phase_scope;

/** @brief Opens the scope of FA_PHASE_SCOPE(). Thread safety: the calling lane. Since 1.0. */
FA_INLINE fa_phase_scope fa_phase_scope_begin(fa_allocator *a, const char *name)
{
    fa_phase_scope scope = {fa_phase_begin(a, name) == FA_OK ? a : NULL, 1};
    return scope;
}

/** @brief Ends a scope, once. Thread safety: the lane that opened it. Since 1.0. */
FA_INLINE void fa_phase_scope_end(FA_INOUT fa_phase_scope *scope)
{
    if (scope->allocator != NULL)
        (void)fa_phase_end(scope->allocator);
    scope->allocator = NULL;
    scope->open = 0;
}

#ifdef FA_CLEANUP
/** `FA_PHASE_SCOPE(a, "render") { ... }`: the block is a phase; left in any way, it ends. Since 1.0. */
#define FA_PHASE_SCOPE(a, name) \
    FA_PHASE_SCOPE_NAMED(FA_UNIQUE(fa_phase_scope_), a, name)
/** FA_PHASE_SCOPE() with the name of its variable. Since 1.0. */
#define FA_PHASE_SCOPE_NAMED(scope, a, name)                                                                     \
    for (FA_CLEANUP(fa_phase_scope_end) fa_phase_scope scope = fa_phase_scope_begin((a), (name)); scope.open != 0; \
         fa_phase_scope_end(&scope))
#endif

#endif
