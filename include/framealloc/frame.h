/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file frame.h
 * @brief Frame memory: bumped, and reset once per frame.
 *
 * Each lane has its own frames: a thread begins, uses and ends its own.
 * Blocks are multiples of 16 bytes, aligned to at least 16. Nothing is freed
 * one by one; fa_frame_end() lets go of all of it at once in constant time.
 * Every function here concerns the lane of the calling thread; memory may be
 * read and written by any thread while its frame lasts.
 */
#ifndef FRAMEALLOC_FRAME_H
#define FRAMEALLOC_FRAME_H

#include "annotations.h"
#include "status.h"

/** Most frames that a block can look ahead. Since 1.0. */
#define FA_FRAMES_AHEAD_MAX 7

/**
 * @brief Begins a frame on the calling thread's lane.
 * @return FA_OK; FA_ERROR_FRAME_ACTIVE (FA004) if one is running, which goes on; FA_ERROR_INVALID_ALLOCATOR;
 * FA_ERROR_OUT_OF_MEMORY if the thread's lane could not be made. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_begin(fa_allocator *a);

/**
 * @brief Ends the frame: runs its cleanup functions, newest first, then lets go of its memory.
 *
 * Constant time, whatever the number of allocations. Blocks that look ahead and frames that are held stay.
 * @return FA_OK; FA_ERROR_NO_FRAME (FA005) if none is running; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_frame_end(fa_allocator *a);

/** @brief 1 while a frame is running on the calling thread's lane, else 0. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
int32_t fa_frame_active(fa_allocator *a);

/** @brief Number of the running frame, or of the last one; the lane's first is 1, 0 before it. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint64_t fa_frame_number(fa_allocator *a);

/** @brief Bytes of the running frame in use, padding and open windows included, blocks that look ahead not. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
size_t fa_frame_used(fa_allocator *a);

/** @brief Bytes that this lane may still take before its frame cap; SIZE_MAX without a cap; 0 outside a frame. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
size_t fa_frame_remaining(fa_allocator *a);

/**
 * @brief Address of the lane's epoch: odd while a frame runs, one higher at every begin and end.
 *
 * A view keeps the value it was made at; it is stale when the value differs.
 * @return NULL on failure. Lifetime: until the allocator ends. Thread safety: the address, any thread; the value is
 * written by the lane's thread alone, with atomic stores.
 */
FA_API FA_MAY_BLOCK FA_LIFETIME(allocator) FA_SINCE(1, 0)
const uint64_t *fa_frame_epoch(fa_allocator *a);

/**
 * @brief Reports a view that is used when its frame is over (FA002).
 * @param epoch the value of the lane's epoch when the view was made.
 * @return FA_OK while that frame runs; FA_ERROR_STALE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for views of
 * its own lane.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_frame_check(fa_allocator *a, uint64_t epoch);

/**
 * @brief Takes @p size bytes that live until the frame ends.
 * @param size bytes; 0 gives a block of its own, too. @param align power of two up to FA_ALIGN_MAX.
 * @return uninitialised memory, or NULL with fa_last_status(): FA_ERROR_NO_FRAME (FA001), FA_ERROR_FRAME_CAP (FA003),
 * FA_ERROR_BUDGET (FA302) of a tag, FA_ERROR_MEMORY_LIMIT (FA301), FA_ERROR_OUT_OF_MEMORY, FA_ERROR_ALIGNMENT, FA_ERROR_SIZE, FA_ERROR_INVALID_ALLOCATOR.
 * Lifetime: the frame. Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief fa_frame_alloc() that fails without a report: status and NULL only. Thread safety: any thread. */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_try_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief fa_frame_alloc() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc_zeroed(fa_allocator *a, size_t size, size_t align);

/**
 * @brief fa_frame_alloc() of @p count elements of @p size bytes in one stretch.
 *
 * One request for a whole batch: the time does not depend on @p count. Errors: also FA_ERROR_SIZE when count * size overflows.
 * Thread safety: any thread.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2, 3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align);

/** @brief fa_frame_alloc_array() of memory that is all zero bytes. Thread safety: any thread. */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MALLOC FA_ALLOC_SIZE(2, 3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_alloc_array_zeroed(fa_allocator *a, size_t count, size_t size, size_t align);

/**
 * @brief Takes memory that lives until the end of a coming frame.
 * @param frames_ahead 0 to FA_FRAMES_AHEAD_MAX: with k the block lives until the end of the k-th frame after this one.
 * @return as fa_frame_alloc(); FA_ERROR_INVALID_ARGUMENT for more than FA_FRAMES_AHEAD_MAX. Thread safety: any thread.
 */
FA_API FA_LEAF FA_MALLOC FA_ALLOC_SIZE(3) FA_ALLOC_ALIGN(4) FA_MUST_USE FA_LIFETIME(ahead) FA_SINCE(1, 0)
void *fa_frame_alloc_ahead(fa_allocator *a, uint32_t frames_ahead, size_t size, size_t align);

/**
 * @brief Gives the newest block of the frame back before the frame ends.
 * @param block from fa_frame_alloc() in this frame. @param size the bytes it was asked with.
 * @return 1 if it was the newest and its memory is free again, 0 if nothing was done. Errors: none.
 * Thread safety: any thread, for blocks of its own lane.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
int32_t fa_frame_give_back(fa_allocator *a, FA_NULLABLE void *block, size_t size);

/**
 * @brief Changes the size of a frame block, in place when it is the newest and there is room.
 * @param block from fa_frame_alloc() in this frame, or NULL for a new one. @param old_size the bytes it has.
 * @param new_size the bytes it shall have. @param align as it was allocated with.
 * @return the block, maybe elsewhere with its content copied; NULL as fa_frame_alloc(), and then @p block is as it was.
 * Thread safety: any thread, for blocks of its own lane.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_ALLOC_SIZE(4) FA_MUST_USE FA_SINCE(1, 0)
void *fa_frame_realloc(fa_allocator *a, FA_NULLABLE void *block, size_t old_size, size_t new_size, size_t align);

/**
 * @brief Makes sure that the next @p bytes of the frame need no memory from the backend, and touches them.
 * @return FA_OK, FA_ERROR_FRAME_CAP, FA_ERROR_MEMORY_LIMIT, FA_ERROR_OUT_OF_MEMORY, FA_ERROR_SIZE or
 * FA_ERROR_INVALID_ALLOCATOR. In or outside a frame. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_frame_warm(fa_allocator *a, size_t bytes);

/** What a frame runs when its memory goes. Beginning or ending a frame, rolling back, committing and binding lanes are
 * refused inside it. Since 1.0. */
typedef void (*fa_cleanup)(void *user);

/**
 * @brief Has @p function called when the frame ends, or is rolled back past this point; newest first.
 *
 * For a frame that is held, it is called when the last token is released, on the thread that does so.
 * @param user handed to the function; may be NULL.
 * @return FA_OK or the errors of fa_frame_alloc(); FA_ERROR_INVALID_ARGUMENT for a NULL function. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_cleanup(fa_allocator *a, FA_KEPT fa_cleanup function, FA_KEPT FA_NULLABLE void *user);

/** @brief fa_frame_cleanup() for the end of the @p frames_ahead th frame after this one. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_frame_cleanup_ahead(fa_allocator *a, uint32_t frames_ahead, FA_KEPT fa_cleanup function,
                                 FA_KEPT FA_NULLABLE void *user);

/** Keeps the memory of one frame; 0 is none. Since 1.0. */
typedef uint64_t fa_frame_token;

/**
 * @brief Holds the running frame: its memory stays after fa_frame_end() until the token is released.
 *
 * For memory that a graphics processor or another thread still reads. A frame may be held several times. Takes a lock.
 * @param token receives the token.
 * @return FA_OK; FA_ERROR_NO_FRAME; FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_frame_hold(fa_allocator *a, FA_OUT FA_RELEASED_BY(fa_frame_token_release) fa_frame_token *token);

/**
 * @brief Lets go of a held frame; the last token of an ended frame frees its memory, after its cleanup functions.
 * @return FA_OK; FA_ERROR_STALE (FA006) for a token released before or of another allocator. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_frame_token_release(fa_allocator *a, fa_frame_token token);

/** Array of @p count uninitialised objects of @p type until the frame ends. Since 1.0. */
#define fa_frame_new(a, type, count) ((type *)fa_frame_alloc_array((a), (count), sizeof(type), FA_ALIGNOF(type)))

/** fa_frame_new() of zeroed memory. Since 1.0. */
#define fa_frame_new_zeroed(a, type, count) \
    ((type *)fa_frame_alloc_array_zeroed((a), (count), sizeof(type), FA_ALIGNOF(type)))

/** A frame that ends with its block. Since 1.0. */
typedef struct fa_frame_guard {
    fa_allocator *allocator; /**< NULL if the frame could not be begun. */
    int32_t turns;           /**< 1 until the block of FA_FRAME() has run. */
} fa_frame_guard;

/** @brief What the beginning of the block calls. Thread safety: any thread, for its own lane. Since 1.0. */
FA_INLINE fa_frame_guard fa_frame_guard_begin(fa_allocator *a)
{
    fa_frame_guard guard = {fa_frame_begin(a) == FA_OK ? a : NULL, 1};
    return guard;
}

/** @brief What the end of the block calls. Thread safety: the thread that made it. Since 1.0. */
FA_INLINE void fa_frame_guard_end(FA_INOUT fa_frame_guard *guard)
{
    if (guard->allocator != NULL)
        (void)fa_frame_end(guard->allocator);
}

#ifdef FA_CLEANUP
/** Declares guard @p name, whose frame ends when the enclosing block is left. Since 1.0. */
#define FA_FRAME_GUARD(name, a) FA_CLEANUP(fa_frame_guard_end) fa_frame_guard name = fa_frame_guard_begin(a)

/** The block that follows is a frame, which ends however it is left. It runs once, also when the frame could not be begun;
 * fa_last_status() tells why. Since 1.0. */
#define FA_FRAME(a) FA_FRAME_BLOCK(a, FA_UNIQUE(fa_frame_at_))
/** Step of FA_FRAME(): the loop that runs once. Since 1.0. */
#define FA_FRAME_BLOCK(a, name) for (FA_FRAME_GUARD(name, a); name.turns != 0; name.turns = 0)
#endif

#endif
