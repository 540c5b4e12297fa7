/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file backend.h
 * @brief Where the memory under chunks, pages and large blocks comes from.
 */
#ifndef FRAMEALLOC_BACKEND_H
#define FRAMEALLOC_BACKEND_H

#include "annotations.h"

#define FA_BACKEND_SYSTEM 0 /**< The C library's aligned allocation. */
#define FA_BACKEND_MMAP 1   /**< Pages straight from the operating system. */
#define FA_BACKEND_NUMA 2   /**< Pages bound to one NUMA node; needs libnuma at run time. */
#define FA_BACKEND_CUSTOM 3 /**< The functions in fa_config::backend. */

#define FA_BACKEND_DONE 0     /**< `allocate` wrote a pointer. */
#define FA_BACKEND_FAILED 1   /**< `allocate` has no memory. */
#define FA_BACKEND_FALLBACK 2 /**< Take this one from FA_BACKEND_SYSTEM instead. */

/**
 * @brief Gives memory to the library.
 * @param size bytes wanted, never 0. @param alignment a power of two.
 * @param out receives the address of at least @p size bytes with the alignment asked for.
 * @return FA_BACKEND_DONE, FA_BACKEND_FAILED or FA_BACKEND_FALLBACK.
 * Called from any thread, several at once, with no lock of the library held; must not call into the same allocator. Since 1.0.
 */
typedef int32_t (*fa_backend_allocate)(void *user, size_t size, size_t alignment, void **out);

/**
 * @brief Takes memory back, with the very size and alignment it was asked for with.
 * Called from any thread, several at once, with no lock of the library held; must not call into the same allocator. Since 1.0.
 */
typedef void (*fa_backend_deallocate)(void *user, void *memory, size_t size, size_t alignment);

/** A backend of the caller. The table is copied; @p user stays the caller's and must outlive the allocator. Since 1.0. */
typedef struct fa_backend {
    fa_backend_allocate allocate;     /**< Must not be NULL with FA_BACKEND_CUSTOM. */
    fa_backend_deallocate deallocate; /**< Must not be NULL with FA_BACKEND_CUSTOM. */
    void *user;                       /**< First argument of both. */
} fa_backend;

/**
 * @brief Tells whether a backend can be used on this machine and in this build.
 * @param kind FA_BACKEND_*.
 * @return 1 or 0. Errors: none. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
int32_t fa_backend_available(int32_t kind);

#endif
