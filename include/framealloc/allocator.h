/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file allocator.h
 * @brief Making, sharing and ending an allocator.
 *
 * An allocator may be used from any thread at once; no thread needs setting
 * up. Several allocators in one process share nothing.
 */
#ifndef FRAMEALLOC_ALLOCATOR_H
#define FRAMEALLOC_ALLOCATOR_H

#include "annotations.h"
#include "config.h"
#include "status.h"

/**
 * @brief Gives up one reference; the last one destroys the allocator and everything allocated from it.
 *
 * Cleanup functions of frames that are still open or held are run. With debug_mode, blocks that were not
 * released are reported first. NULL is ignored; an allocator that is gone already is reported and ignored.
 * No other thread may be inside a call on the allocator when the last reference goes.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
void fa_allocator_release(FA_NULLABLE fa_allocator *a);

/**
 * @brief Makes an allocator with one reference.
 * @param config NULL for FA_CONFIG_INIT; copied.
 * @return NULL on failure, with fa_last_status() as fa_config_check() would say or FA_ERROR_OUT_OF_MEMORY.
 * Ownership: the caller's, until fa_allocator_release(). Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MUST_USE FA_SINCE(1, 0)
fa_allocator *fa_allocator_create(FA_NULLABLE const fa_config *config);

/**
 * @brief Adds a reference.
 * @return @p a, or NULL if it is NULL or gone (FA_ERROR_INVALID_ALLOCATOR). Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_allocator *fa_allocator_retain(fa_allocator *a);

/** @brief References held now, 0 for NULL or an allocator that is gone. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint32_t fa_allocator_references(fa_allocator *a);

/** @brief A number that no other allocator of the process has or will have, 0 for NULL or one that is gone. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
uint64_t fa_allocator_id(fa_allocator *a);

/**
 * @brief Reads back the configuration in force.
 * @param out its struct_size must be set.
 * @return FA_OK, FA_ERROR_INVALID_ALLOCATOR, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_STRUCT_SIZE. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_allocator_config(fa_allocator *a, FA_OUT fa_config *out);

/**
 * @brief Gives memory that nobody uses back to the backend.
 *
 * Takes in blocks that other threads released (not those of a lane that another thread is on), empties the caches of the
 * calling lane and of lanes that no thread is on, the chunk pool, spare pages and the cache of large blocks. Blocks and
 * frames in use stay untouched. In the child of a fork, lanes that other threads were on in the parent are left alone.
 * @param released receives the bytes given back; may be NULL.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_allocator_trim(fa_allocator *a, FA_OUT FA_NULLABLE size_t *released);

#endif
