/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file config.h
 * @brief Everything about an allocator that is decided when it is made.
 */
#ifndef FRAMEALLOC_CONFIG_H
#define FRAMEALLOC_CONFIG_H

#include "annotations.h"
#include "backend.h"
#include "status.h"

#define FA_PRESET_DEFAULT 0          /**< Statistics and prefetch on, keeps what frames used. */
#define FA_PRESET_MINIMAL 1          /**< Small footprint: statistics and prefetch off, little kept. */
#define FA_PRESET_HIGH_PERFORMANCE 2 /**< Large chunks and caches from prefaulted pages. */

#define FA_RESET_KEEP_ALL 0   /**< A lane keeps every chunk for its next frames. */
#define FA_RESET_KEEP_UP_TO 1 /**< Keeps chunks up to frame_keep_bytes, gives the rest back. */
#define FA_RESET_KEEP_NONE 2  /**< Gives every chunk back at frame end. */
#define FA_RESET_DECAY 3      /**< Keeps what recent frames needed; a peak fades over frame_decay_frames. */

#define FA_MMAP_HUGE_PAGES 1 /**< Ask for transparent huge pages (a hint to the kernel). */
#define FA_MMAP_PREFAULT 2   /**< Touch pages when they are mapped, not when first used. */

/** Largest alignment that any allocation accepts, in bytes. Since 1.0. */
#define FA_ALIGN_MAX ((size_t)1 << 30)

/** Configuration of an allocator. Start from FA_CONFIG_INIT or fa_config_preset(). Since 1.0. */
typedef struct fa_config {
    uint32_t struct_size;        /**< sizeof(fa_config). */
    int32_t backend_kind;        /**< FA_BACKEND_*. */
    size_t frame_chunk_min;      /**< First chunk of a frame arena in bytes; power of two, 4 KiB to frame_chunk_max. */
    size_t frame_chunk_max;      /**< Chunks double up to this size in bytes; power of two, up to 1 GiB. */
    size_t frame_cap;            /**< Most bytes of live frame memory per lane, held frames aside; 0 for no cap. Honoured if budgets is 1; fa_budget_set_lane() changes it. */
    int32_t frame_reset_policy;  /**< FA_RESET_*. */
    uint32_t frame_decay_frames; /**< FA_RESET_DECAY: frames for a peak to fade by two thirds, 1 to 65,536. */
    size_t frame_keep_bytes;     /**< FA_RESET_KEEP_UP_TO: bytes of chunks that a lane keeps. */
    size_t pool_page_size;       /**< Bytes of pool pages asked of the backend at once; a multiple of 64 KiB up to 4 MiB. */
    uint32_t pool_pages_kept;    /**< Empty 64 KiB pages that a lane keeps per size class, 0 to 1024. */
    uint32_t mmap_flags;         /**< FA_MMAP_* for the mmap and NUMA backends. */
    size_t pool_heap_threshold;  /**< Largest size in bytes served by pools, 8 to 4096. */
    size_t heap_cache_limit;     /**< Bytes of freed large blocks kept warm by the allocator, 0 for none. */
    size_t memory_limit;         /**< Most bytes taken from the backend, 0 for no limit. Honoured if budgets is 1; fa_budget_set_global() changes it. */
    int32_t budgets;             /**< 1: memory_limit, frame_cap and budgets are enforced. 0: none is, and none can be set. */
    int32_t statistics;          /**< 1: figures are kept. 0: fa_allocator_stats() returns FA_ERROR_DISABLED. */
    int32_t prefetch;            /**< 1: memory about to be handed out is prefetched on refills. */
    int32_t debug_mode;          /**< 1: every block is checked, freed memory is poisoned, leaks are reported. */
    int32_t numa_node;           /**< Node for FA_BACKEND_NUMA, 0 upwards; -1 otherwise. */
    int32_t reserved;            /**< Must be 0. */
    fa_backend backend;          /**< For FA_BACKEND_CUSTOM; otherwise all NULL. */
} fa_config;

/** The default preset as an initialiser. Since 1.0. */
#define FA_CONFIG_INIT                                                                                                \
    {(uint32_t)sizeof(fa_config), FA_BACKEND_SYSTEM, (size_t)65536, (size_t)1048576, 0, FA_RESET_KEEP_ALL, 64,        \
     (size_t)4194304, (size_t)1048576, 1, 0, (size_t)4096, (size_t)67108864, 0, 1, 1, 1, 0, -1, 0, {NULL, NULL, NULL}}

/**
 * @brief Fills @p config with a preset.
 * @param config its struct_size must be set (FA_CONFIG_INIT does).
 * @param preset FA_PRESET_*.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_STRUCT_SIZE. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_config_preset(FA_INOUT fa_config *config, int32_t preset);

/**
 * @brief Says whether fa_allocator_create() would take @p config on this machine.
 * @return FA_OK; FA_ERROR_STRUCT_SIZE; FA_ERROR_UNSUPPORTED for a backend that is not available;
 * FA_ERROR_INVALID_ARGUMENT for a field out of its range. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_config_check(const fa_config *config);

#endif
