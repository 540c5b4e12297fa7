/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file window.h
 * @brief The inline window: frame allocation compiled into the caller.
 *
 * A window borrows a stretch of the running frame. fa_window_alloc() bumps it
 * without a call; the library steps in when the stretch is used up. Closing
 * gives the unused tail back and books what was allocated. The layout is part
 * of the ABI and never changes.
 *
 * A rollback, or the end of a sub-frame, frees what a window has borrowed since:
 * one that was opened or refilled inside must be closed, not used again. The
 * inline path cannot see the rollback and would hand out memory that others get
 * too; the next refill refuses, unless the frame has grown over the place again.
 * In debug mode nothing is borrowed: every block is a refill, so that the mistake
 * is refused at once.
 */
#ifndef FRAMEALLOC_WINDOW_H
#define FRAMEALLOC_WINDOW_H

#include "annotations.h"
#include "status.h"

/** A borrowed stretch of a frame. A plain value, used by one thread; do not copy one that is open. Since 1.0. */
typedef struct fa_window {
    unsigned char *cursor; /**< Where the next block starts, a multiple of 16. */
    unsigned char *limit;  /**< End of the stretch. */
    uint64_t count;        /**< Blocks taken and not booked yet. */
    fa_allocator *allocator; /**< Whose frame; NULL when closed. */
    uint64_t epoch;        /**< Epoch of the frame it was opened in. */
    uint64_t rewinds;      /**< Rollbacks the lane had made when the stretch was taken. */
    size_t stretch;        /**< Bytes to borrow at a time. */
    uint64_t lane;         /**< The lane it was opened on. */
} fa_window;

/** A closed window. Since 1.0. */
#define FA_WINDOW_INIT {NULL, NULL, 0, NULL, 0, 0, 0, 0}

/**
 * @brief Opens a window on the running frame.
 * @param window overwritten; it must not be open. @param stretch bytes to borrow at a time, 0 for 64 KiB; less when the frame cap
 * leaves less.
 * @return FA_OK, or the errors of fa_frame_alloc(), and then the window is closed. Thread safety: any thread, for its own lane.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_window_open(fa_allocator *a, FA_OUT fa_window *window, size_t stretch);

/**
 * @brief Takes a block through the library: what fa_window_alloc() does when the stretch is used up.
 * @return as fa_frame_alloc(); FA_ERROR_STALE (FA006) if the window is closed, its frame has ended or a
 * rollback has freed what it had borrowed. Thread safety: the thread that opened it.
 */
FA_API FA_FRAME_LIFETIME FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_window_refill(FA_INOUT fa_window *window, size_t size, size_t align);

/**
 * @brief Closes a window: books its blocks and gives the unused tail back if nothing was allocated behind it.
 * @return FA_OK, for a closed window too; FA_ERROR_STALE (FA006) if its frame has ended; FA_ERROR_WRONG_LANE if the
 * thread is on another lane, and then it stays open; FA_ERROR_INVALID_ARGUMENT for NULL. Thread safety: the thread that opened it.
 */
FA_API FA_SINCE(1, 0)
fa_status fa_window_close(FA_INOUT fa_window *window);

/**
 * @brief Takes @p size bytes that live until the frame ends, inline.
 * @param align power of two; above 16 the call goes through the library.
 * @return as fa_window_refill(). Lifetime: the frame. Thread safety: the thread that opened it. Since 1.0.
 */
FA_INLINE FA_FRAME_LIFETIME void *fa_window_alloc(FA_INOUT fa_window *window, size_t size, size_t align)
{
    unsigned char *block = window->cursor;
    if (FA_LIKELY(align <= 16 && ((0x10116u >> align) & 1u) && size - 1 < (size_t)(window->limit - block))) {
        window->cursor = block + ((size + 15) & ~(size_t)15);
        window->count++;
        return block;
    }
    return fa_window_refill(window, size, align);
}

/** One object of @p type from a window. Since 1.0. */
#define fa_window_new(window, type) ((type *)fa_window_alloc((window), sizeof(type), FA_ALIGNOF(type)))

#endif
