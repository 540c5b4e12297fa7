/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file snapshot.h
 * @brief Snapshots: where the memory of a running program is, as JSON, in a folder that other programs watch.
 *
 * Off until fa_snapshot_configure() or the environment variable FRAMEALLOC_SNAPSHOTS, which names a folder, switches
 * them on. Then a thread that ends a frame with fa_frame_end() writes one when it is due or was asked for, at most every
 * 500 ms, into a file of its own that appears whole or not at all:
 *
 *     snapshot-20261121T070411.123456Z-4711-1.json     time (UTC), process, fa_allocator_id()
 *
 * The text follows schema version 1, docs/snapshot.schema.json, installed as framealloc/snapshot.schema.json. A folder
 * that cannot be written to costs a warning (FA911) for each cause, and nothing else. framealloc-top shows the newest
 * snapshot, framealloc-report makes a page of all of them.
 */
#ifndef FRAMEALLOC_SNAPSHOT_H
#define FRAMEALLOC_SNAPSHOT_H

#include "annotations.h"
#include "status.h"

#define FA_SNAPSHOT_VERSION 1           /**< Of the schema. */
#define FA_SNAPSHOT_INTERVAL_MIN_MS 500 /**< Least milliseconds between two snapshots of an allocator. */
#define FA_SNAPSHOT_KEPT_MAX 10000      /**< Most snapshots that are kept. */
#define FA_SNAPSHOT_NAME_MAX 63         /**< Bytes of names at most. */

/** Where and when snapshots are written. Start from FA_SNAPSHOT_CONFIG_INIT. Since 1.0. */
typedef struct fa_snapshot_config {
    uint32_t struct_size;     /**< sizeof(fa_snapshot_config). */
    int32_t automatic;        /**< 1: one every interval_ms. 0: on request only. */
    const char *folder;       /**< Where to; must exist when they are written. A relative one is taken from the current
                                   folder. Copied. */
    const char *name;         /**< What to call the allocator in them, up to FA_SNAPSHOT_NAME_MAX bytes; NULL for nothing.
                                   Copied. */
    const char *request_file; /**< Name of a file in the folder that asks for a snapshot when it appears, and is taken away
                                   then; NULL for none. The same name with ".PID-ALLOCATOR" behind it asks one allocator.
                                   Copied. */
    uint32_t interval_ms;     /**< Milliseconds between automatic snapshots, at least FA_SNAPSHOT_INTERVAL_MIN_MS: less is
                                   refused. */
    uint32_t kept;            /**< Snapshots that stay in the folder, 1 to FA_SNAPSHOT_KEPT_MAX: older ones are removed, if
                                   this allocator or a process that has ended wrote them. */
    uint32_t most_tags;       /**< Tags in a snapshot, those with the most bytes; others are counted only. */
    uint32_t most_threads;    /**< Lanes in a snapshot, those that threads use first; likewise. */
    uint32_t most_diagnostics;/**< Codes with their newest report in a snapshot, newest first, up to 256; likewise. */
    uint32_t reserved;        /**< Must be 0. */
} fa_snapshot_config;

/** Every 500 ms, 30 kept, 256 tags, 64 lanes, 32 reports; the folder is to be set. Since 1.0. */
#define FA_SNAPSHOT_CONFIG_INIT                                                                                       \
    {(uint32_t)sizeof(fa_snapshot_config), 1, NULL, NULL, "snapshot.request", FA_SNAPSHOT_INTERVAL_MIN_MS, 30, 256, 64, \
     32, 0}

/** Figures of the snapshots of an allocator. Since 1.0. */
typedef struct fa_snapshot_stats {
    uint32_t struct_size;    /**< sizeof(fa_snapshot_stats). */
    int32_t on;              /**< 1 while snapshots are switched on. */
    uint64_t written;        /**< Files written. */
    uint64_t requested;      /**< Requests by call or file. Several that come before the next frame ends share one. */
    uint64_t skipped;        /**< Times that one was asked for and had to wait: the last was too young, or was just being
                                  written. */
    uint64_t failed;         /**< Files that could not be written. What was asked for is tried again. */
    uint64_t removed;        /**< Files removed since they were too many, or left half by a process that has ended. */
    uint64_t total_ns;       /**< Nanoseconds that frames were longer for it, failures included. */
    uint64_t longest_ns;     /**< Nanoseconds of the longest. */
    uint64_t last_bytes;     /**< Bytes of the last one written. */
    uint64_t largest_bytes;  /**< Bytes of the largest. */
    int32_t pending;         /**< 1 while one is asked for. */
    int32_t last_error;      /**< errno of the last failure, 0 if there was none. */
} fa_snapshot_stats;

/** Initialiser. Since 1.0. */
#define FA_SNAPSHOT_STATS_INIT {(uint32_t)sizeof(fa_snapshot_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Switches snapshots on, changes them, or switches them off. While they are on, the ends of frames take the slow
 * path and read the clock.
 * @param config copied; NULL switches them off. Its struct_size must be set (FA_SNAPSHOT_CONFIG_INIT does).
 * @return FA_OK, whether or not the folder exists; FA_ERROR_INVALID_ARGUMENT (FA903) for no folder, one whose path is too
 * long, a name with a slash, or a number out of its range; FA_ERROR_DISABLED without statistics; FA_ERROR_STRUCT_SIZE;
 * FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; waits while another one writes a
 * snapshot, and nothing is written to the old folder afterwards.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_snapshot_configure(fa_allocator *a, FA_NULLABLE const fa_snapshot_config *config);

/**
 * @brief Asks for a snapshot: the next frame that ends on any thread writes it, or the first that ends 500 ms after the
 * last one.
 * @return FA_OK; FA_ERROR_DISABLED while snapshots are off; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_snapshot_request(fa_allocator *a);

/**
 * @brief Writes a snapshot into memory, at once and whether they are on or not.
 * @param buffer receives the text, always terminated if @p size is not 0; may be NULL with size 0.
 * @param needed receives the bytes of the whole text with its terminator; figures move, so ask for some more. May be
 * NULL.
 * @return FA_OK; FA_ERROR_FULL if it does not fit, and the buffer then has its beginning; FA_ERROR_DISABLED without
 * statistics; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_OUT_OF_MEMORY; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_snapshot_write(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(size) char *buffer, size_t size,
                            FA_OUT FA_NULLABLE size_t *needed);

/**
 * @brief Reads the figures.
 * @param out its struct_size must be set (FA_SNAPSHOT_STATS_INIT does).
 * @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any
 * thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_snapshot_get_stats(fa_allocator *a, FA_INOUT fa_snapshot_stats *out);

#endif
