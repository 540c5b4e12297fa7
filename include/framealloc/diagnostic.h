/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file diagnostic.h
 * @brief Messages that name a mistake and how to mend it, and where they go.
 *
 * A mistake (not a mere lack of memory in a `try` form) is reported in the form
 *
 *     [framealloc][FA001] error: frame memory used outside a frame
 *       note: 64 bytes aligned to 16 were asked for: no frame is running on this lane (on thread "main", after frame 3)
 *       help: call fa_frame_begin() first, or use fa_pool_alloc() for data that outlives a frame
 *
 * on stderr, or to a sink of the program, or both. What repeats thins out: the first eight reports of one code are
 * delivered, then every one whose count is a power of two. All are counted. The last ones can also be read back.
 * The codes are in codes.h, own messages and assertions in raise.h, stopping at the first mistake in strict.h.
 */
#ifndef FRAMEALLOC_DIAGNOSTIC_H
#define FRAMEALLOC_DIAGNOSTIC_H

#include "annotations.h"
#include "codes.h"
#include "status.h"

#define FA_SEVERITY_NOTE 0    /**< For information. */
#define FA_SEVERITY_WARNING 1 /**< Probably not what was meant. */
#define FA_SEVERITY_ERROR 2   /**< The call was refused, or memory is damaged. */

/** Where a report was made. Since 1.0. */
typedef struct fa_diagnostic_context {
    uint32_t struct_size;    /**< sizeof(fa_diagnostic_context). */
    int32_t frame_active;    /**< 1: a frame is running on the lane. */
    int32_t main_thread;     /**< 1: it is the thread that the process began with. */
    int32_t engine_attached; /**< 1: between fa_engine_attach() and fa_engine_detach(). */
    uint64_t frame_number;   /**< Frame of the lane, 0 before the first. */
    uint64_t lane;           /**< Id of the lane, 0 for none. */
    uint64_t thread_id;      /**< Of the operating system. */
    uint64_t tag;            /**< The current tag, 0 for none. */
    char thread_name[32];    /**< Name of the thread; control characters are written as \\xNN, as in all names here. */
    char lane_name[64];      /**< Name of the lane, "" for none. */
    char phase[64];          /**< Innermost open phase, "" for none. */
    char tag_path[128];      /**< Path of the tag, such as "ai::paths", "" for none; cut off if it is longer. */
} fa_diagnostic_context;

/** Initialiser. Since 1.0. */
#define FA_DIAGNOSTIC_CONTEXT_INIT \
    {(uint32_t)sizeof(fa_diagnostic_context), 0, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}, {0}}

/** One report. Texts are valid only during the sink call. Since 1.0. */
typedef struct fa_diagnostic {
    uint32_t struct_size;  /**< Bytes of this struct. */
    int32_t severity;      /**< FA_SEVERITY_*. */
    int32_t code;          /**< FA_CODE_*, 0 for messages of the program. */
    fa_status status;      /**< Status the failing call returns or leaves. */
    const char *message;   /**< What happened. */
    const char *note;      /**< With which values and where; may have several lines. */
    const char *help;      /**< How to mend it. */
    uint64_t frame_number; /**< Frame of the lane, 0 before the first. */
    uint64_t occurrences;  /**< How often this code was reported by the allocator, this time included. */
    const char *code_text; /**< "FA001", or the code of a message of the program. */
    const fa_diagnostic_context *context; /**< Where. */
} fa_diagnostic;

/** Receives reports. Called on the thread of the mistake, with no lock held; may use the allocator. Since 1.0. */
typedef void (*fa_diagnostic_sink)(void *user, const fa_diagnostic *diagnostic);

/**
 * @brief Sends the reports of @p a to @p sink.
 *
 * What a sink itself does wrong goes to stderr. Once this returns, the sink before it is not running and will not be
 * called again, unless this is called from within a sink.
 * @param sink NULL for none. @param user handed to the sink; stays the caller's and must live as long as the sink.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; waits while the sink runs on another one.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_diagnostic_set_sink(fa_allocator *a, FA_KEPT FA_NULLABLE fa_diagnostic_sink sink,
                                 FA_KEPT FA_NULLABLE void *user);

#define FA_OUTPUT_AUTO 0   /**< To the sink if there is one, else to stderr. */
#define FA_OUTPUT_STDERR 1 /**< To stderr only. */
#define FA_OUTPUT_SINK 2   /**< To the sink only, nowhere without one. */
#define FA_OUTPUT_BOTH 3   /**< To stderr, then to the sink. */

#define FA_COLOR_AUTO 0   /**< If stderr is a terminal, NO_COLOR is not set, and TERM is not "dumb". */
#define FA_COLOR_NEVER 1  /**< Plain text. */
#define FA_COLOR_ALWAYS 2 /**< Escape sequences in any case. */

/** How reports are delivered. Since 1.0. */
typedef struct fa_diagnostic_config {
    uint32_t struct_size; /**< sizeof(fa_diagnostic_config). */
    int32_t output;       /**< FA_OUTPUT_*. */
    int32_t color;        /**< FA_COLOR_*. */
    int32_t min_severity; /**< FA_SEVERITY_*: what is below is counted, and not delivered. */
    uint32_t repeats;     /**< Reports of one code that are all delivered, before only powers of two are; UINT32_MAX for all. */
    uint32_t reserved;    /**< Must be 0. */
} fa_diagnostic_config;

/** What an allocator begins with. Since 1.0. */
#define FA_DIAGNOSTIC_CONFIG_INIT \
    {(uint32_t)sizeof(fa_diagnostic_config), FA_OUTPUT_AUTO, FA_COLOR_AUTO, FA_SEVERITY_NOTE, 8, 0}

/**
 * @brief Chooses how the reports of @p a are delivered.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_diagnostic_configure(fa_allocator *a, const fa_diagnostic_config *config);

/**
 * @brief Reports of one code that @p a has made, delivered or not.
 * @param a NULL for those made with no allocator at hand. @param code FA_CODE_*; 0 for all messages of the program.
 * @return 0 for an unknown code. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint64_t fa_diagnostic_count(FA_NULLABLE fa_allocator *a, int32_t code);

/** Most reports that can be read back. Since 1.0. */
#define FA_DIAGNOSTICS_KEPT 32

/** A delivered report, kept. Since 1.0. */
typedef struct fa_diagnostic_record {
    int32_t code;          /**< FA_CODE_*, 0 for messages of the program. */
    int32_t severity;      /**< FA_SEVERITY_*. */
    fa_status status;      /**< Of the failing call. */
    int32_t reserved;      /**< 0. */
    uint64_t occurrences;  /**< Which of its code it was, from 1. */
    uint64_t frame_number; /**< Frame of the lane, 0 before the first. */
    uint64_t time_ns;      /**< Nanoseconds of CLOCK_MONOTONIC. */
    char code_text[16];    /**< "FA001". */
    char message[96];      /**< What happened, cut off if it is longer. */
    char note[256];        /**< With which values and where, likewise. */
} fa_diagnostic_record;

/**
 * @brief Reads the last delivered reports, newest first; for programs that poll instead of setting a sink.
 * @param records receives up to @p capacity of them; NULL if that is 0. @param count receives how many there are,
 * FA_DIAGNOSTICS_KEPT at most.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_diagnostic_recent(fa_allocator *a, FA_OUT FA_ARRAY(capacity) fa_diagnostic_record *records, size_t capacity,
                               FA_OUT size_t *count);

/**
 * @brief Reads where the calling thread is in @p a.
 * @param out its struct_size must be set (FA_DIAGNOSTIC_CONTEXT_INIT does).
 * @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_diagnostic_get_context(fa_allocator *a, FA_INOUT fa_diagnostic_context *out);

/** What is known of a code. The texts are static. Since 1.0. */
typedef struct fa_diagnostic_text {
    uint32_t struct_size; /**< sizeof(fa_diagnostic_text). */
    int32_t code;         /**< FA_CODE_*. */
    int32_t severity;     /**< FA_SEVERITY_*. */
    int32_t reserved;     /**< 0. */
    const char *name;     /**< "FA001". */
    const char *message;  /**< What happened. */
    const char *help;     /**< How to mend it, in a line. */
    const char *explain;  /**< When it happens and how it is mended, in a paragraph. */
} fa_diagnostic_text;

/** Initialiser. Since 1.0. */
#define FA_DIAGNOSTIC_TEXT_INIT {(uint32_t)sizeof(fa_diagnostic_text), 0, 0, 0, NULL, NULL, NULL, NULL}

/**
 * @brief Says what a code means.
 * @param code FA_CODE_*. @param out its struct_size must be set.
 * @return FA_OK; FA_ERROR_NOT_FOUND; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_diagnostic_describe(int32_t code, FA_INOUT fa_diagnostic_text *out);

/** @brief The code that is written as @p text ("FA001"), 0 for NULL or if there is none. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
int32_t fa_diagnostic_code_of(FA_NULLABLE const char *text);

/** @brief The codes one by one, in ascending order. @return 0 from where @p index is as large as their number. Thread safety: any thread. */
FA_API FA_LEAF FA_SINCE(1, 0)
int32_t fa_diagnostic_code_at(size_t index);

#endif
