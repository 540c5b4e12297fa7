/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file subframe.h
 * @brief Scopes within a frame: what is allocated inside goes at their end.
 *
 * A sub-frame is for passes that need much memory for a short part of the
 * frame. Its end frees everything allocated since its beginning, blocks that
 * look ahead included, after the cleanup functions registered since, newest
 * first; the time does not depend on the number of allocations. Sub-frames nest
 * and are ended innermost first. Checkpoints taken inside end with them.
 */
#ifndef FRAMEALLOC_SUBFRAME_H
#define FRAMEALLOC_SUBFRAME_H

#include "annotations.h"
#include "status.h"

/** A scope of a running frame; 0 is none. Valid until it is ended, something around it is rolled back, or the frame ends. Since 1.0. */
typedef uint64_t fa_subframe;

/**
 * @brief Begins a sub-frame of the running frame.
 *
 * The frame's end closes it if it was left open, and reports that (FA007).
 * @param scope receives the sub-frame, 0 on failure.
 * @return FA_OK or the errors of fa_frame_alloc(); FA_ERROR_BUSY (FA008) inside a cleanup function; FA_ERROR_INVALID_ARGUMENT
 * (FA903) for NULL. Thread safety: any thread, for its own lane.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_subframe_begin(fa_allocator *a, FA_OUT FA_RELEASED_BY(fa_subframe_end) fa_subframe *scope);

/**
 * @brief Ends a sub-frame: runs its cleanup functions, then frees everything allocated since its beginning.
 * @param scope from fa_subframe_begin().
 * @param bytes receives the bytes in use since the beginning, padding included, before its cleanup functions ran; may be NULL.
 * @param blocks receives the number of blocks of the same, 0 if the library was built without statistics; may be NULL.
 * @return FA_OK; FA_ERROR_UNBALANCED (FA008) while a sub-frame inside is open, and then nothing is done; FA_ERROR_STALE (FA008)
 * if it has ended; FA_ERROR_WRONG_LANE (FA008) if another lane began it; FA_ERROR_NO_FRAME (FA008); FA_ERROR_BUSY (FA008) inside
 * a cleanup function; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane.
 */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_subframe_end(fa_allocator *a, fa_subframe scope, FA_NULLABLE FA_OUT size_t *bytes,
                          FA_NULLABLE FA_OUT uint64_t *blocks);

/** A sub-frame that ends with its block. Since 1.0. */
typedef struct fa_subframe_guard {
    fa_allocator *allocator; /**< Whose frame. */
    fa_subframe scope;       /**< 0 if it could not be begun. */
    int32_t turns;           /**< 1 until the block of FA_SUBFRAME() has run. */
} fa_subframe_guard;

/** @brief What the beginning of the block calls. Thread safety: any thread, for its own lane. Since 1.0. */
FA_INLINE fa_subframe_guard fa_subframe_guard_begin(fa_allocator *a)
{
    fa_subframe_guard guard = {a, 0, 1};
    (void)fa_subframe_begin(a, &guard.scope);
    return guard;
}

/** @brief What the end of the block calls. Thread safety: the thread that made it. Since 1.0. */
FA_INLINE void fa_subframe_guard_end(FA_INOUT fa_subframe_guard *guard)
{
    if (guard->scope != 0)
        (void)fa_subframe_end(guard->allocator, guard->scope, NULL, NULL);
}

#ifdef FA_CLEANUP
/** Declares guard @p name, whose sub-frame ends when the enclosing block is left. Since 1.0. */
#define FA_SUBFRAME_GUARD(name, a) FA_CLEANUP(fa_subframe_guard_end) fa_subframe_guard name = fa_subframe_guard_begin(a)

/** The block that follows is a sub-frame, which ends however it is left. It runs once, also when the sub-frame could not be begun;
 * fa_last_status() tells why. Since 1.0. */
#define FA_SUBFRAME(a) FA_SUBFRAME_BLOCK(a, FA_UNIQUE(fa_subframe_at_))
/** Step of FA_SUBFRAME(): the loop that runs once. Since 1.0. */
#define FA_SUBFRAME_BLOCK(a, name) for (FA_SUBFRAME_GUARD(name, a); name.turns != 0; name.turns = 0)
#endif

#endif
