/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file scratch.h
 * @brief Bump memory that survives frames, until it is reset by hand.
 */
#ifndef FRAMEALLOC_SCRATCH_H
#define FRAMEALLOC_SCRATCH_H

#include "annotations.h"
#include "status.h"

/**
 * @brief Takes memory from the calling lane's scratch arena, in or outside a frame.
 * @param size bytes; 0 gives a block of its own, too. @param align power of two up to FA_ALIGN_MAX.
 * @return uninitialised memory, or NULL with fa_last_status() as for fa_pool_alloc(). Lifetime: until the lane's next
 * fa_scratch_reset(), or the lane is parked or released. Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_MALLOC FA_ALLOC_SIZE(2) FA_ALLOC_ALIGN(3) FA_MUST_USE FA_LIFETIME(scratch) FA_SINCE(1, 0)
void *fa_scratch_alloc(fa_allocator *a, size_t size, size_t align);

/** @brief Lets go of the calling lane's scratch memory, in constant time. Errors: FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, for its own lane. */
FA_API FA_SINCE(1, 0)
fa_status fa_scratch_reset(fa_allocator *a);

/** @brief Bytes of the calling lane's scratch memory in use. Thread safety: any thread, for its own lane. */
FA_API FA_LEAF FA_SINCE(1, 0)
size_t fa_scratch_used(fa_allocator *a);

#endif
