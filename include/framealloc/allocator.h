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
 *
 * Other threads may be anywhere: calls that are under way come to their end first, with those that they make from inside
 * callbacks; calls that begin afterwards are refused with FA_ERROR_INVALID_ALLOCATOR, and those that wait for something
 * (a barrier, room in a queue) end with it. Threads that are not inside a call keep nobody waiting, whatever frames they
 * have open. The last reference cannot be given up from within a call on the allocator (a cleanup function, a sink, the
 * backend): that is reported, and the reference stays. fa_allocator_destroy() does not wait, or not for ever.
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
FA_API FA_MAY_BLOCK FA_MUST_USE FA_RELEASED_BY(fa_allocator_release) FA_SINCE(1, 0)
fa_allocator *fa_allocator_create(FA_NULLABLE const fa_config *config);

/** Waits as long as it takes. Since 1.0. */
#define FA_FOREVER UINT64_MAX

/**
 * @brief Destroys an allocator that nobody else uses, or refuses to.
 *
 * The caller's reference has to be the only one, and no other thread may be inside a call; otherwise it waits for that,
 * at most @p timeout_ns, while everybody can go on using the allocator.
 * @param timeout_ns in nanoseconds; 0 does not wait, FA_FOREVER waits as long as it takes.
 * @return FA_OK: it is gone, as after fa_allocator_release(); FA_ERROR_BUSY: it is as it was, and the report says who uses
 * it (also from within a call on the allocator, at once); FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_MUST_USE FA_SINCE(1, 0)
fa_status fa_allocator_destroy(fa_allocator *a, uint64_t timeout_ns);

/**
 * @brief Adds a reference. What receives an allocator from somebody else, such as a plugin or a script, begins with this.
 * @return @p a, or NULL if it is NULL, gone, or of another copy of the library in the process (FA_ERROR_INVALID_ALLOCATOR;
 * the report names the files of both). Thread safety: any thread.
 */
FA_API FA_LEAF FA_RELEASED_BY(fa_allocator_release) FA_SINCE(1, 0)
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
fa_status fa_allocator_config(fa_allocator *a, FA_INOUT fa_config *out);

/**
 * @brief Gives memory that nobody uses back to the backend.
 *
 * Takes in blocks that other threads released, and empties the caches of every lane, the chunk pool, spare pages and the
 * cache of large blocks. Lanes whose thread is in the middle of a call are left alone, and in the child of a fork those
 * that other threads were on in the parent. Blocks and frames in use stay untouched.
 * @param released receives the bytes given back; may be NULL.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_allocator_trim(fa_allocator *a, FA_OUT FA_NULLABLE size_t *released);

#endif
