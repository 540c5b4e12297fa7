/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file debug.h
 * @brief Debug mode: finds misuse of memory and says where the block came from.
 *
 * Off, it costs nothing. It is switched on for an allocator when that is made (`debug_mode` of the configuration), at any
 * time later (fa_debug_configure()), or from outside, by the environment of the program:
 *
 *     FRAMEALLOC_DEBUG=cheap
 *     FRAMEALLOC_DEBUG=poison,guards,sites,depth=24
 *
 * The words are poison, guards, sites, quarantine, pages, faults, tools, escapes, cheap, all and off; depth=, quarantine= and
 * pages_kept= set the numbers of fa_debug_options, with k, m or g behind bytes. The variable, if it is set, is read when an
 * allocator is made and decides instead of its configuration.
 *
 * Blocks that were allocated before a switch stay valid and are released as ever. Magazines and windows that are open then
 * go on without being watched until they are closed; magazines that are opened later hold nothing. While debug mode is on,
 * a block is larger by its guards: figures and budgets count them, blocks just below the largest pool class come from the
 * heap, fa_usable_size() is the size asked for, and fa_realloc() always moves.
 *
 * What is found is reported (FA002, FA502, FA503, FA506 to FA510, FA010) with size, intent, tag, phase, thread, lane and frame of
 * the block and the functions that allocated and released it.
 */
#ifndef FRAMEALLOC_DEBUG_H
#define FRAMEALLOC_DEBUG_H

#include "annotations.h"
#include "status.h"

#define FA_DEBUG_POISON 1u     /**< Fresh memory is 0xAB, memory that was released or whose frame has ended 0xCD. */
#define FA_DEBUG_GUARDS 2u     /**< Words in front of and behind every block are checked at its release or the end of its frame. */
#define FA_DEBUG_SITES 4u      /**< The functions that allocate and release are kept for every block. */
#define FA_DEBUG_QUARANTINE 8u /**< Released blocks are kept back for a while, and checked for writes when they go. */
#define FA_DEBUG_PAGES 16u     /**< Memory of ended frames is kept back without access: its use faults. Frames that begin after the switch. */
#define FA_DEBUG_FAULTS 32u    /**< Such a fault is reported (FA010) before the program's own handler or its end: sets a handler for SIGSEGV and SIGBUS. */
#define FA_DEBUG_TOOLS 64u     /**< AddressSanitizer or Valgrind, if one watches the process, is told of every block: it reports the very access that is wrong. Stays on. */
#define FA_DEBUG_CHEAP 15u     /**< What debug_mode of the configuration stands for: the first four. */
#define FA_DEBUG_ESCAPES 128u  /**< When a frame ends, blocks in use are searched for addresses within it (FA002), which takes time for all their bytes; what only looks like one is found, too. */
#define FA_DEBUG_ALL 255u      /**< Everything. */

/* A tool that watches the process is told without being asked for as soon as anything of debug mode is on when an allocator
 * is made. */

/** Most functions that are kept of one stack of calls. Since 1.0. */
#define FA_DEBUG_DEPTH_MAX 32

/** What debug mode does. Since 1.0. */
typedef struct fa_debug_options {
    uint32_t struct_size;      /**< sizeof(fa_debug_options). */
    uint32_t flags;            /**< FA_DEBUG_*; 0 is off. */
    uint32_t depth;            /**< Functions kept of each stack of calls, 1 to FA_DEBUG_DEPTH_MAX. */
    uint32_t reserved;         /**< Must be 0. */
    uint64_t quarantine_bytes; /**< Most bytes of released blocks that are kept back; the oldest go first. */
    uint64_t pages_kept_bytes; /**< Most bytes of ended frames that are kept back with FA_DEBUG_PAGES. */
} fa_debug_options;

/** Everything that is cheap, as an initialiser. Since 1.0. */
#define FA_DEBUG_OPTIONS_INIT {(uint32_t)sizeof(fa_debug_options), FA_DEBUG_CHEAP, 16, 0, (uint64_t)4 << 20, (uint64_t)64 << 20}

/**
 * @brief Switches debug mode of an allocator on, off, or to other options.
 *
 * Calls that begin after this follow. What no longer is to be kept back goes.
 * @param options NULL switches everything off.
 * @return FA_OK; FA_ERROR_UNSUPPORTED if the library was built without debug mode, or for FA_DEBUG_SITES where
 * the C library has no backtrace(); FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_debug_configure(fa_allocator *a, FA_NULLABLE const fa_debug_options *options);

/**
 * @brief Reads back the options in force.
 * @param out its struct_size must be set.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_STRUCT_SIZE or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_debug_get_options(fa_allocator *a, FA_INOUT fa_debug_options *out);

/** What debug mode keeps and has found. Since 1.0. */
typedef struct fa_debug_stats {
    uint32_t struct_size;       /**< sizeof(fa_debug_stats). */
    uint32_t sites;             /**< Different stacks of calls that are kept. */
    uint64_t live_blocks;       /**< Blocks in use that debug mode knows. */
    uint64_t live_bytes;        /**< Bytes asked for with them. */
    uint64_t kept_blocks;       /**< Released blocks that are kept back. */
    uint64_t kept_bytes;        /**< Bytes these take. */
    uint64_t kept_frame_bytes;  /**< Bytes of ended frames that are kept back without access. */
    uint64_t overhead_bytes;    /**< Bytes that debug mode has mapped for its records, beside the backend. */
    uint64_t sites_lost;        /**< Stacks of calls that found no room in the table. */
    uint64_t overflows;         /**< Findings: FA507. */
    uint64_t underflows;        /**< Findings: FA508. */
    uint64_t late_writes;       /**< Findings: FA509. */
    uint64_t double_releases;   /**< Findings: FA502. */
} fa_debug_stats;

/** An empty fa_debug_stats as an initialiser. Since 1.0. */
#define FA_DEBUG_STATS_INIT {(uint32_t)sizeof(fa_debug_stats), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Reads what debug mode keeps and has found since the allocator was made.
 * @param out its struct_size must be set.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_STRUCT_SIZE or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_debug_get_stats(fa_allocator *a, FA_INOUT fa_debug_stats *out);

/**
 * @brief Looks at every guard, and at every released block that is kept back, now.
 *
 * Each damaged block is reported once, here or where it is released.
 * @param found receives how many blocks were found damaged by this call; may be NULL.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_debug_check(fa_allocator *a, FA_OUT FA_NULLABLE uint64_t *found);

#define FA_DEBUG_BLOCK_LIVE 1     /**< In use. */
#define FA_DEBUG_BLOCK_KEPT 2     /**< Released, and kept back. */
#define FA_DEBUG_BLOCK_RELEASED 3 /**< Released: its memory may belong to another block by now. */
#define FA_DEBUG_BLOCK_ENDED 4    /**< Of a frame that has ended, kept back without access. */

/** What debug mode knows of a block. Since 1.0. */
typedef struct fa_debug_block {
    uint32_t struct_size;      /**< sizeof(fa_debug_block). */
    int32_t state;             /**< FA_DEBUG_BLOCK_*. */
    const void *address;       /**< Start of the block; to be compared, not followed. */
    uint64_t bytes;            /**< Asked for. */
    uint64_t serial;           /**< Number of the allocation: 1 for the first since debug mode was switched on first. */
    int32_t intent;            /**< FA_INTENT_*: where the block lies. */
    uint32_t site;             /**< Stack of calls that allocated it, for fa_debug_site_text(); 0 for none. */
    uint32_t release_site;     /**< Stack of calls that released it; 0 for none. */
    uint32_t reserved;         /**< 0. */
    uint64_t tag;              /**< Tag at its allocation, 0 for none. */
    uint64_t lane;             /**< Id of the lane that allocated it. */
    uint64_t frame;            /**< Frame of that lane, 0 before the first. */
    uint64_t time_ns;          /**< CLOCK_MONOTONIC at its allocation, in nanoseconds. */
    uint64_t release_lane;     /**< Id of the lane that released it, 0 for none. */
    uint64_t release_frame;    /**< Frame of that lane. */
    uint64_t release_time_ns;  /**< CLOCK_MONOTONIC at its release, 0 if it was not. */
    char phase[32];            /**< Phase at its allocation, cut to fit; empty for none. */
    char thread[16];           /**< Thread that allocated it. */
    char release_thread[16];   /**< Thread that released it. */
} fa_debug_block;

/** An empty fa_debug_block as an initialiser. Since 1.0. */
#define FA_DEBUG_BLOCK_INIT {(uint32_t)sizeof(fa_debug_block), 0, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, {0}, {0}, {0}}

/**
 * @brief Says to which block an address belongs or belonged: the newest that debug mode knows, guards included.
 * @param out its struct_size must be set.
 * @return FA_OK; FA_ERROR_NOT_FOUND; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_debug_find(fa_allocator *a, const void *address, FA_INOUT fa_debug_block *out);

/** Pool and heap blocks in use that one stack of calls allocated with one intent under one tag. Since 1.0. */
typedef struct fa_debug_leak {
    uint32_t site;           /**< Stack of calls, for fa_debug_site_text(); 0 for none. */
    int32_t intent;          /**< FA_INTENT_*. */
    uint64_t tag;            /**< Tag, 0 for none. */
    uint64_t blocks;         /**< How many. */
    uint64_t bytes;          /**< Bytes asked for with them. */
    const void *oldest;      /**< Address of the oldest. */
    uint64_t oldest_time_ns; /**< CLOCK_MONOTONIC at its allocation, in nanoseconds. */
    uint64_t oldest_lane;    /**< Id of the lane that allocated it. */
    uint64_t oldest_frame;   /**< Frame of that lane. */
} fa_debug_leak;

/**
 * @brief Lists what is in use for longer than some time, grouped by where it comes from, most bytes first.
 * @param older_than_ns nanoseconds since the allocation; 0 for any.
 * @param older_than_frames frames that the lane which allocated has begun since; 0 for any. Both have to hold.
 * @param leaks receives up to @p capacity groups; may be NULL with capacity 0.
 * @param total receives how many there are, which may be more than @p capacity.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_OUT_OF_MEMORY or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_debug_leaks(fa_allocator *a, uint64_t older_than_ns, uint64_t older_than_frames,
                         FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_debug_leak *leaks, size_t capacity, FA_OUT size_t *total);

/**
 * @brief Reports what is in use for longer than some time (FA510): the largest groups of fa_debug_leaks(), and the sum.
 * @param older_than_ns nanoseconds, as for fa_debug_leaks().
 * @param older_than_frames frames, as for fa_debug_leaks().
 * @param found receives how many blocks are so old; may be NULL.
 * @return FA_OK or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_MAY_CALLBACK FA_SINCE(1, 0)
fa_status fa_debug_report_old(fa_allocator *a, uint64_t older_than_ns, uint64_t older_than_frames,
                              FA_OUT FA_NULLABLE uint64_t *found);

/** A stack of calls that allocates. Since 1.0. */
typedef struct fa_debug_hot_site {
    uint32_t site;        /**< Its number, for fa_debug_site_text(). */
    uint32_t reserved;    /**< 0. */
    uint64_t allocations; /**< Blocks it has allocated, of any intent. */
    uint64_t bytes;       /**< Bytes asked for with them. */
    uint64_t live_blocks; /**< Those in use. */
    uint64_t live_bytes;  /**< Bytes asked for with these. */
} fa_debug_hot_site;

/**
 * @brief Lists the stacks of calls that have allocated since FA_DEBUG_SITES was switched on first, most often first.
 * @param sites receives up to @p capacity of them; may be NULL with capacity 0.
 * @param total receives how many there are, which may be more than @p capacity.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT, FA_ERROR_OUT_OF_MEMORY or FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_debug_hot_sites(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_debug_hot_site *sites, size_t capacity,
                             FA_OUT size_t *total);

/**
 * @brief Writes figures, the hottest sites and the largest groups in use as a text to read.
 * @param buffer receives the text, cut to @p size and terminated; may be NULL if @p size is 0.
 * @param size of the buffer in bytes.
 * @return the bytes of the whole text without its end, 0 for an allocator that is gone. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
size_t fa_debug_report(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(size) char *buffer, size_t size);

/**
 * @brief Writes a stack of calls, innermost first, a line for each: `load_level+0x2c (game+0x12ac)`. What is in parentheses
 * is for `addr2line -e game 0x12ac`.
 * @param site as the structs of this file name it.
 * @param buffer receives the text, cut to @p size and terminated; may be NULL if @p size is 0.
 * @param size of the buffer in bytes.
 * @return the bytes of the whole text without its end, 0 for a site that does not exist. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
size_t fa_debug_site_text(fa_allocator *a, uint32_t site, FA_OUT FA_NULLABLE FA_ARRAY(size) char *buffer, size_t size);

#endif
