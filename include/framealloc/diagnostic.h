/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file diagnostic.h
 * @brief Messages that name a mistake and how to mend it.
 *
 * A mistake (not a mere lack of memory in a `try` form) is reported once in
 * the form
 *
 *     [framealloc][FA001] error: frame memory used outside a frame
 *       note: 64 bytes aligned to 16 were asked for: no frame is running on this lane (on thread "main", after frame 3)
 *       help: call fa_frame_begin() first, or use fa_pool_alloc() for data that outlives a frame
 *
 * on stderr or to a sink of the caller. The first eight reports of one code
 * per allocator are written, then every one whose count is a power of two.
 */
#ifndef FRAMEALLOC_DIAGNOSTIC_H
#define FRAMEALLOC_DIAGNOSTIC_H

#include "annotations.h"
#include "status.h"

#define FA_SEVERITY_NOTE 0    /**< For information. */
#define FA_SEVERITY_WARNING 1 /**< Probably not what was meant. */
#define FA_SEVERITY_ERROR 2   /**< The call was refused. */

/** One report. Texts are valid only during the sink call. Since 1.0. */
typedef struct fa_diagnostic {
    uint32_t struct_size;  /**< Bytes of this struct. */
    int32_t severity;      /**< FA_SEVERITY_*. */
    int32_t code;          /**< Number in the code: 1 for FA001. */
    fa_status status;      /**< Status the failing call returns or leaves. */
    const char *message;   /**< What happened. */
    const char *note;      /**< With which values and where. */
    const char *help;      /**< How to mend it. */
    uint64_t frame_number; /**< Frame of the lane, 0 before the first. */
    uint64_t occurrences;  /**< How often this code was reported by the allocator, this time included. */
} fa_diagnostic;

/** Receives reports. Called on the thread of the mistake, with no lock held; may use the allocator. Since 1.0. */
typedef void (*fa_diagnostic_sink)(void *user, const fa_diagnostic *diagnostic);

/**
 * @brief Sends the reports of @p a to @p sink instead of stderr.
 * @param sink NULL for stderr again.
 * @param user handed to the sink; stays the caller's and must live as long as the sink is set.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; a report under way may still reach the old sink.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_diagnostic_set_sink(fa_allocator *a, FA_KEPT FA_NULLABLE fa_diagnostic_sink sink,
                                 FA_KEPT FA_NULLABLE void *user);

#endif
