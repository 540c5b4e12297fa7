/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file strict.h
 * @brief Stopping the program at the first mistake, for tests and continuous integration.
 *
 * A report that strict mode stops at is written to stderr, delivered to the sink, and then abort() is called, with the
 * mistake on the call stack. The environment variable FRAMEALLOC_STRICT sets the level that allocators begin with: `warn`
 * (reports only), `error` (errors stop), `warning` (warnings stop as well). fa_strict_set() overrides it.
 */
#ifndef FRAMEALLOC_STRICT_H
#define FRAMEALLOC_STRICT_H

#include "annotations.h"
#include "status.h"

#define FA_STRICT_OFF 0     /**< Reports only. */
#define FA_STRICT_ERROR 1   /**< Errors stop the program. */
#define FA_STRICT_WARNING 2 /**< Warnings stop it as well. */

/** Most strict scopes that a lane nests. Since 1.0. */
#define FA_STRICT_DEPTH 16

/**
 * @brief Chooses the level of an allocator.
 * @param level FA_STRICT_*.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_strict_set(fa_allocator *a, int32_t level);

/** @brief The level in force on the calling thread, FA_STRICT_OFF for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
int32_t fa_strict_level(fa_allocator *a);

/**
 * @brief Begins a scope of the calling thread's lane with a level of its own, stricter or more lenient.
 * @param level FA_STRICT_*.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_DEPTH; FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: any thread, each on its own lane.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_strict_begin(fa_allocator *a, int32_t level);

/** @brief Ends the innermost one. @return FA_OK; FA_ERROR_UNBALANCED; FA_ERROR_INVALID_ALLOCATOR. Thread safety: as fa_strict_begin(). */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_strict_end(fa_allocator *a);

#if defined(__GNUC__)
/** What FA_STRICT_SCOPE() keeps. Since 1.0. */
typedef struct fa_strict_guard {
    fa_allocator *allocator; /**< NULL if the scope could not be begun. */
} fa_strict_guard;

/** Begins a scope. Since 1.0. */
FA_INLINE fa_strict_guard fa_strict_guard_begin(fa_allocator *a, int32_t level)
{
    fa_strict_guard guard = {fa_strict_begin(a, level) == FA_OK ? a : NULL};
    return guard;
}

/** Ends it. Since 1.0. */
FA_INLINE void fa_strict_guard_end(FA_INOUT fa_strict_guard *guard)
{
    if (guard->allocator != NULL)
        (void)fa_strict_end(guard->allocator);
}

/** A level until the end of the enclosing block, however that is left. Since 1.0. */
#define FA_STRICT_SCOPE(a, level) \
    FA_CLEANUP(fa_strict_guard_end) fa_strict_guard FA_UNIQUE(fa_strict_) = fa_strict_guard_begin((a), (level))
#endif

#endif
