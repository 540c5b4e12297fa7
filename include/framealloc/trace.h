/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file trace.h
 * @brief A file that trace viewers open: frames, phases, tag scopes and memory over time.
 *
 * The file is in the Chrome trace event format (JSON), which Perfetto (ui.perfetto.dev), chrome://tracing, speedscope and
 * others read. It has a track for the frames and phases of each lane and one for its tag scopes, both named after the
 * lane; counters of live bytes by intent and by tag; marks for frames, discards and diagnostics.
 *
 * Each lane writes into a buffer of its own without a lock. Buffers are bounded, and so is the file: what finds no room is
 * left out, counted, and the counts are in the file. The file appears under its name when it is complete.
 */
#ifndef FRAMEALLOC_TRACE_H
#define FRAMEALLOC_TRACE_H

#include "annotations.h"
#include "status.h"

#define FA_TRACE_WRITE_AS_NEEDED 0 /**< A thread that finds its buffer half full writes it to the file, unless another is writing. */
#define FA_TRACE_WRITE_WHEN_ASKED 1 /**< Only fa_trace_flush() and fa_trace_stop() write: no frame ever waits for the file. */

#define FA_TRACE_RECORDS_MIN 64u        /**< Fewest records of a buffer. */
#define FA_TRACE_RECORDS_MAX 1048576u   /**< Most records of a buffer. */
#define FA_TRACE_FILE_MIN ((uint64_t)16384) /**< Smallest limit of a file in bytes. */

/** How a trace is taken. Since 1.0. */
typedef struct fa_trace_options {
    uint32_t struct_size; /**< sizeof(fa_trace_options). */
    uint32_t records;     /**< Records in the buffer of each lane, of 128 bytes: a power of two from FA_TRACE_RECORDS_MIN to FA_TRACE_RECORDS_MAX. */
    uint64_t file_limit;  /**< Bytes of the file at most; from FA_TRACE_FILE_MIN. */
    uint64_t counter_interval_ns; /**< Nanoseconds between two samples of the counters at least; 0 for every end of a frame. */
    uint32_t tags;        /**< Tags that have a counter: the first that were made; 0 to 65535. */
    int32_t write;        /**< FA_TRACE_WRITE_*. */
} fa_trace_options;

/** 4096 records for each lane, 256 MiB, a sample of the counters each millisecond, 64 tags. Since 1.0. */
#define FA_TRACE_OPTIONS_INIT \
    {(uint32_t)sizeof(fa_trace_options), 4096, (uint64_t)268435456, (uint64_t)1000000, 64, FA_TRACE_WRITE_AS_NEEDED}

/** How far a trace has come. Since 1.0. */
typedef struct fa_trace_stats {
    uint32_t struct_size;    /**< sizeof(fa_trace_stats). */
    int32_t active;          /**< 1 while it is taken. */
    uint64_t written;        /**< Events in the file. */
    uint64_t bytes;          /**< Bytes of the file. */
    uint64_t dropped_buffer; /**< Records left out as a buffer was full, or there was no memory for one. */
    uint64_t dropped_limit;  /**< Events left out as the file would have become too large, or could not be written. */
    int32_t failed;          /**< 1 if the file could not be written. */
    int32_t reserved;        /**< 0. */
} fa_trace_stats;

/** Initialiser. Since 1.0. */
#define FA_TRACE_STATS_INIT {(uint32_t)sizeof(fa_trace_stats), 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Begins a trace; one at a time. Frames, phases and scopes that begin after this are in it.
 * @param path of the file that appears at the end, and replaces one that is there; copied. Until then what is written
 * stands beside it, under the same name with the number of the process and `.tmp`.
 * @param options NULL for FA_TRACE_OPTIONS_INIT.
 * @return FA_OK; FA_ERROR_EXISTS if one is being taken; FA_ERROR_IO (FA921) if the file cannot be made;
 * FA_ERROR_INVALID_ARGUMENT (FA903); FA_ERROR_STRUCT_SIZE; FA_ERROR_OUT_OF_MEMORY (FA904); FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_trace_start(fa_allocator *a, const char *path, FA_NULLABLE const fa_trace_options *options);

/** @brief Writes what is in the buffers to the file, as from a thread in the background. @return FA_OK; FA_ERROR_NOT_FOUND without a trace; FA_ERROR_IO (FA921); FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_trace_flush(fa_allocator *a);

/**
 * @brief Ends the trace: the file is complete under its name. Scopes that are still open are not in it. The end of the
 * allocator does the same. In the child of a fork there is no trace; it stays the parent's.
 * @return FA_OK; FA_ERROR_NOT_FOUND without a trace; FA_ERROR_IO (FA921) if the file could not be written, and then it
 * is not there; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread, while others use the allocator.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_trace_stop(fa_allocator *a);

/** @brief Figures of the trace, or of the last one. @param out its struct_size must be set. @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_trace_get_stats(fa_allocator *a, FA_INOUT fa_trace_stats *out);

#endif
