/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file checkpoint.h
 * @brief Undoing part of a frame.
 *
 * A checkpoint remembers how far the frame had come. Rolling back frees what
 * was allocated since, blocks that look ahead included, and runs the cleanup
 * functions registered since. Checkpoints nest: ending one ends those taken after it.
 * Rolling back also ends the sub-frames begun since (subframe.h).
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
 * @return as fa_frame_rollback(); FA_ERROR_UNBALANCED (FA008) while a sub-frame begun since is open, and then nothing is done.
 * Thread safety: any thread, for its own lane.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_commit(fa_allocator *a, fa_checkpoint checkpoint);

/** An attempt at something that may come to nothing: returns other than 0 to keep what it allocated. Since 1.0. */
typedef int32_t (*fa_attempt)(void *user);

/**
 * @brief Makes an attempt: what it allocates in the frame stays if it returns other than 0, and is rolled back otherwise.
 * @param attempt called once, or not at all if no checkpoint could be taken. @param user handed to it; may be NULL.
 * @param kept receives 1 if what it allocated stays, else 0; may be NULL.
 * @return FA_OK, kept or not; the errors of fa_frame_alloc(); FA_ERROR_INVALID_ARGUMENT (FA903) for a NULL attempt; FA_ERROR_UNBALANCED
 * (FA008) if it left a sub-frame open, and then it is rolled back; the errors of fa_frame_rollback() if it ended the frame,
 * or the call was inside a cleanup function. Thread safety: any thread, for its own lane.
 */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_frame_speculate(fa_allocator *a, fa_attempt attempt, FA_NULLABLE void *user,
                             FA_NULLABLE FA_OUT int32_t *kept);

/** A checkpoint that is rolled back at the end of its block unless committed. Since 1.0. */
typedef struct fa_checkpoint_guard {
    fa_allocator *allocator;  /**< Whose frame. */
    fa_checkpoint checkpoint; /**< 0 once committed. */
} fa_checkpoint_guard;

/** @brief Commits a guard: its block ends without rolling back. Thread safety: the thread that made it. Since 1.0. */
FA_INLINE fa_status fa_checkpoint_guard_commit(FA_INOUT fa_checkpoint_guard *guard)
{
    fa_checkpoint checkpoint = guard->checkpoint;
    guard->checkpoint = 0;
    return fa_frame_commit(guard->allocator, checkpoint);
}

/** @brief What the end of the block calls; rolls back unless committed. Since 1.0. */
FA_INLINE void fa_checkpoint_guard_end(FA_INOUT fa_checkpoint_guard *guard)
{
    if (guard->checkpoint != 0)
        (void)fa_frame_rollback(guard->allocator, guard->checkpoint);
}

#ifdef FA_CLEANUP
/** Declares guard @p name, rolled back when the enclosing block is left unless fa_checkpoint_guard_commit(&name) was called. Since 1.0. */
#define FA_CHECKPOINT_GUARD(name, a) \
    FA_CLEANUP(fa_checkpoint_guard_end) fa_checkpoint_guard name = {(a), fa_frame_checkpoint(a)}
#endif

/** An attempt written as a block, see FA_SPECULATIVE(). Since 1.0. */
typedef struct fa_speculation {
    fa_allocator *allocator;  /**< Whose frame. */
    fa_checkpoint checkpoint; /**< 0 once kept. */
    int32_t turns;            /**< 1 until the block has run; 0 at once if no checkpoint could be taken. */
} fa_speculation;

/** @brief What the beginning of the block calls. Thread safety: any thread, for its own lane. Since 1.0. */
FA_INLINE fa_speculation fa_speculation_begin(fa_allocator *a)
{
    fa_speculation speculation = {a, fa_frame_checkpoint(a), 0};
    speculation.turns = speculation.checkpoint != 0;
    return speculation;
}

/** @brief Keeps what the block has allocated and will allocate. Returns as fa_frame_commit(). Thread safety: the thread
 * that made it. Since 1.0. */
FA_INLINE fa_status fa_speculation_keep(FA_INOUT fa_speculation *speculation)
{
    fa_status status = fa_frame_commit(speculation->allocator, speculation->checkpoint);
    if (status == FA_OK)
        speculation->checkpoint = 0;
    return status;
}

/** @brief What the end of the block calls; rolls back unless kept. Thread safety: the thread that made it. Since 1.0. */
FA_INLINE void fa_speculation_end(FA_INOUT fa_speculation *speculation)
{
    if (speculation->checkpoint != 0)
        (void)fa_frame_rollback(speculation->allocator, speculation->checkpoint);
}

#ifdef FA_CLEANUP
/** What the block that follows allocates is rolled back, however it is left, unless fa_speculation_keep(&name) was called. It runs
 * once, or not at all if no checkpoint could be taken; fa_last_status() tells why. Since 1.0. */
#define FA_SPECULATIVE(a, name) \
    for (FA_CLEANUP(fa_speculation_end) fa_speculation name = fa_speculation_begin(a); name.turns != 0; name.turns = 0)
#endif

#endif
