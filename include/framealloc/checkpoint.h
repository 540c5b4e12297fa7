/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file checkpoint.h
 * @brief Undoing part of a frame.
 *
 * A checkpoint remembers how far the frame had come. Rolling back frees what
 * was allocated since, blocks that look ahead included, and runs the cleanup
 * functions registered since. Checkpoints nest: ending one ends those taken after it.
 */
#ifndef FRAMEALLOC_CHECKPOINT_H
#define FRAMEALLOC_CHECKPOINT_H

#include "annotations.h"
#include "status.h"

/** A point in a running frame; 0 is none. Valid until rolled back, committed, or the frame ends. Since 1.0. */
typedef uint64_t fa_checkpoint;

/**
 * @brief Takes a checkpoint of the running frame.
 * @return 0 on failure, with fa_last_status() as for fa_frame_alloc(). Thread safety: any thread, for its own lane.
 */
FA_API FA_LEAF FA_MUST_USE FA_SINCE(1, 0)
fa_checkpoint fa_frame_checkpoint(fa_allocator *a);

/**
 * @brief Frees everything allocated in the frame since the checkpoint, which is used up.
 * @return FA_OK; FA_ERROR_STALE (FA006) if it has ended; FA_ERROR_WRONG_LANE (FA006) if another lane took it;
 * FA_ERROR_NO_FRAME; FA_ERROR_BUSY inside a cleanup function; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane.
 */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_frame_rollback(fa_allocator *a, fa_checkpoint checkpoint);

/**
 * @brief Keeps everything allocated since the checkpoint, which is used up.
 * @return as fa_frame_rollback(). Thread safety: any thread, for its own lane.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_commit(fa_allocator *a, fa_checkpoint checkpoint);

/** A checkpoint that is rolled back at the end of its block unless committed. Since 1.0. */
typedef struct fa_checkpoint_guard {
    fa_allocator *allocator;  /**< Whose frame. */
    fa_checkpoint checkpoint; /**< 0 once committed. */
} fa_checkpoint_guard;

/** @brief Commits a guard: its block ends without rolling back. Thread safety: the thread that made it. Since 1.0. */
FA_INLINE fa_status fa_checkpoint_guard_commit(fa_checkpoint_guard *guard)
{
    fa_checkpoint checkpoint = guard->checkpoint;
    guard->checkpoint = 0;
    return fa_frame_commit(guard->allocator, checkpoint);
}

/** @brief What the end of the block calls; rolls back unless committed. Since 1.0. */
FA_INLINE void fa_checkpoint_guard_end(fa_checkpoint_guard *guard)
{
    if (guard->checkpoint != 0)
        (void)fa_frame_rollback(guard->allocator, guard->checkpoint);
}

#ifdef FA_CLEANUP
/** Declares guard @p name, rolled back when the enclosing block is left unless fa_checkpoint_guard_commit(&name) was called. Since 1.0. */
#define FA_CHECKPOINT_GUARD(name, a) \
    FA_CLEANUP(fa_checkpoint_guard_end) fa_checkpoint_guard name = {(a), fa_frame_checkpoint(a)}
#endif

#endif
