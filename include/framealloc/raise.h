/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file raise.h
 * @brief Messages of the program in the form of the library's own: raised by hand, by assertions, by the compiler.
 */
#ifndef FRAMEALLOC_RAISE_H
#define FRAMEALLOC_RAISE_H

#include "annotations.h"
#include "codes.h"
#include "diagnostic.h"
#include "status.h"

/** A message of the program. Since 1.0. */
typedef struct fa_message {
    uint32_t struct_size;         /**< sizeof(fa_message). */
    int32_t severity;             /**< FA_SEVERITY_*. */
    const char *code;             /**< Two to eight capital letters, then one to six digits, as "GAME042"; not FA or BF. */
    const char *message;          /**< What happened. */
    FA_NULLABLE const char *note; /**< Values; where it happened is added. */
    FA_NULLABLE const char *help; /**< How to mend it. */
} fa_message;

/** A message of this severity, with its code and text. Since 1.0. */
#define FA_MESSAGE(severity, code, message) {(uint32_t)sizeof(fa_message), (severity), (code), (message), NULL, NULL}

/**
 * @brief Reports a message of the program; it is delivered, counted, kept and thinned out as reports of the library are,
 * by its own code, and strict mode stops at it.
 * @param a NULL for none: it goes to stderr. @param message copied.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT for a text that is missing or a code that is not of that form;
 * FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_diagnostic_emit(FA_NULLABLE fa_allocator *a, const fa_message *message);

/**
 * @brief Reports one of the library's own codes, for mistakes that only the program can see.
 * @param a NULL for none. @param code FA_CODE_*. @param note NULL for none; where it happened is added.
 * @return FA_OK; FA_ERROR_NOT_FOUND for an unknown code; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_diagnostic_raise(FA_NULLABLE fa_allocator *a, int32_t code, FA_NULLABLE const char *note);

/**
 * @brief What FA_ASSERT() calls when its condition is false: reports @p code with the condition and its place.
 * @param a NULL for none. @param code FA_CODE_*; an unknown one counts as FA_CODE_ASSERTION.
 * @param condition its text. @param file, line, function where it is. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
void fa_assertion_failed(FA_NULLABLE fa_allocator *a, int32_t code, FA_NULLABLE const char *condition,
                         FA_NULLABLE const char *file, int32_t line, FA_NULLABLE const char *function);

/** Reports FA907, and goes on, if @p condition is false. It is evaluated once, in every build. Since 1.0. */
#define FA_ASSERT(a, condition) FA_ASSERT_CODE(a, condition, FA_CODE_ASSERTION)

/** The same with a code of its own: FA_ASSERT_CODE(a, fa_frame_active(a), FA_CODE_OUTSIDE_FRAME). Since 1.0. */
#define FA_ASSERT_CODE(a, condition, code) \
    (FA_LIKELY(condition) ? (void)0 : fa_assertion_failed((a), (code), #condition, __FILE__, __LINE__, __func__))

/** FA_ASSERT(); with NDEBUG it is not evaluated. Since 1.0. */
#ifdef NDEBUG
#define FA_DEBUG_ASSERT(a, condition) ((void)sizeof((condition) ? 1 : 0), (void)(a))
#else
#define FA_DEBUG_ASSERT(a, condition) FA_ASSERT(a, condition)
#endif

/** `static_assert` that reads the same in C17 and C++17. Since 1.0. */
#ifdef __cplusplus
#define FA_STATIC_ASSERT static_assert
#else
#define FA_STATIC_ASSERT _Static_assert
#endif

/**
 * A compiler error in the form of a report unless the constant @p condition is true:
 * FA_COMPILE_CHECK(sizeof(particle) <= 64, "GAME007", "a particle is larger than a cache line", "split off what is cold");
 * The texts are string literals. Since 1.0.
 */
#define FA_COMPILE_CHECK(condition, code, message, help) \
    FA_STATIC_ASSERT(condition, "[framealloc][" code "] error: " message "; help: " help)

/** A compiler error in the form of a report, where a branch of the preprocessor must not be reached. Since 1.0. */
#define FA_COMPILE_ERROR(code, message, help) \
    FA_STATIC_ASSERT(sizeof(char) == 0, "[framealloc][" code "] error: " message "; help: " help)

#endif
