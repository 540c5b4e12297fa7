/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file text.h
 * @brief Strings in frame memory.
 *
 * Each string is one frame allocation of its length and the terminating 0,
 * and lives until the frame ends. A function that fails takes nothing.
 */
#ifndef FRAMEALLOC_TEXT_H
#define FRAMEALLOC_TEXT_H

#include "annotations.h"
#include "status.h"

#include <stdarg.h>

/**
 * @brief Formats a string as printf() does; bindings format by themselves and call fa_frame_text().
 * @param length receives the bytes before the terminating 0; may be NULL; left as it was on failure.
 * @param format as for printf(); the result may have up to INT_MAX bytes.
 * @return the string, or NULL with fa_last_status(): the errors of fa_frame_alloc(), FA_ERROR_INVALID_ARGUMENT (FA903) if
 * the text cannot be formatted, as for a wide character that has no encoding, or @p format is NULL. Lifetime: the frame.
 * Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_FORMAT(3, 4) FA_MUST_USE FA_SINCE(1, 0)
char *fa_frame_printf(fa_allocator *a, FA_NULLABLE FA_OUT size_t *length, const char *format, ...);

/** @brief fa_frame_printf() with the arguments of another function. Thread safety: any thread. */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_FORMAT(3, 0) FA_MUST_USE FA_SINCE(1, 0)
char *fa_frame_vprintf(fa_allocator *a, FA_NULLABLE FA_OUT size_t *length, const char *format, va_list arguments);

/**
 * @brief Copies @p length bytes and terminates them with 0.
 * @param bytes may contain 0; NULL if @p length is 0.
 * @return the string, or NULL as fa_frame_alloc(); FA_ERROR_INVALID_ARGUMENT (FA903) for NULL bytes. Lifetime: the frame.
 * Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MUST_USE FA_SINCE(1, 0)
char *fa_frame_text(fa_allocator *a, FA_NULLABLE FA_ARRAY(length) const char *bytes, size_t length);

/** @brief fa_frame_text() of a string that 0 ends; FA_ERROR_INVALID_ARGUMENT (FA903) for NULL. Thread safety: any thread. */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MUST_USE FA_SINCE(1, 0)
char *fa_frame_strdup(fa_allocator *a, const char *text);

/**
 * @brief Puts strings together, with a separator between two of them.
 * @param parts strings that 0 ends. @param count 0 gives an empty string. @param separator NULL for none.
 * @param length receives the bytes before the terminating 0; may be NULL; left as it was on failure.
 * @return the string, or NULL as fa_frame_alloc(); FA_ERROR_INVALID_ARGUMENT (FA903) if @p parts or one of them is NULL.
 * Lifetime: the frame. Thread safety: any thread, each with its own lane.
 */
FA_API FA_LEAF FA_FRAME_LIFETIME FA_MUST_USE FA_SINCE(1, 0)
char *fa_frame_join(fa_allocator *a, FA_ARRAY(count) const char *const *parts, size_t count,
                    FA_NULLABLE const char *separator, FA_NULLABLE FA_OUT size_t *length);

#endif
