/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file filter.h
 * @brief The behaviour filter: memory that is used against its intent.
 *
 * While it is on, allocations and releases of every intent are counted by tag, and four patterns are looked for: frame
 * memory that lives like long-lived data (BF001), pool blocks that are released in the frame which allocated them (BF002),
 * frame memory of which much is promoted (BF003), and heap blocks taken while frames run (BF004). What is found can be read
 * as structs, text or JSON, and is reported as a diagnostic once for each tag.
 *
 * Memory: about 120 bytes for each tag that allocates, and 12 KiB for each lane, whatever the number of blocks: a lane
 * follows up to 512 pool blocks of its current frame at a time; further ones are left out of the share, on both sides.
 * Blocks that another thread releases count as released later.
 *
 * It costs as much as a listener for every allocation and release (event.h), and nothing when it is off.
 */
#ifndef FRAMEALLOC_FILTER_H
#define FRAMEALLOC_FILTER_H

#include "annotations.h"
#include "status.h"
#include "tag.h"

#define FA_FILTER_DEFAULT 0 /**< 10 frames, half of the pool blocks, 5 % promoted, 8 heap blocks in a frame; 100 samples. */
#define FA_FILTER_STRICT 1  /**< 3 frames, a tenth, 1 %, 1 heap block; 20 samples. */
#define FA_FILTER_RELAXED 2 /**< 60 frames, nine tenths, 20 %, 64 heap blocks; 1,000 samples. */

/** What is taken for a mistake. Start from FA_FILTER_CONFIG_INIT or fa_filter_preset(). Since 1.0. */
typedef struct fa_filter_config {
    uint32_t struct_size;      /**< sizeof(fa_filter_config). */
    int32_t raise;             /**< 1: what is found is also reported as a diagnostic, when frames end. */
    uint64_t min_samples;      /**< Blocks (BF004: frames) of a tag below which its shares are not judged, at least 1. BF001 needs one frame. */
    uint64_t frame_lifetime;   /**< BF001: most frames that frame memory may live on, or stay open while others go by. */
    double pool_same_frame;    /**< BF002: largest share of pool blocks released in their own frame, 0 to 1. */
    double promotion_rate;     /**< BF003: largest share of frame blocks promoted, 0 to 1. */
    double heap_per_frame;     /**< BF004: most heap blocks in a frame that takes any, on average, 0 or more. */
} fa_filter_config;

/** The default preset. Since 1.0. */
#define FA_FILTER_CONFIG_INIT {(uint32_t)sizeof(fa_filter_config), 1, 100, 10, 0.5, 0.05, 8.0}

/**
 * @brief Fills @p config with a preset.
 * @param config its struct_size must be set. @param preset FA_FILTER_*.
 * @return FA_OK, FA_ERROR_INVALID_ARGUMENT or FA_ERROR_STRUCT_SIZE. Thread safety: any thread.
 */
FA_API FA_LEAF FA_SINCE(1, 0)
fa_status fa_filter_preset(FA_INOUT fa_filter_config *config, int32_t preset);

/**
 * @brief Switches the filter on, or changes its thresholds; what was counted stays.
 * @param config NULL for FA_FILTER_CONFIG_INIT; copied.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_filter_enable(fa_allocator *a, FA_NULLABLE const fa_filter_config *config);

/** @brief Switches it off; what was counted stays readable. @return FA_OK; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_filter_disable(fa_allocator *a);

/** @brief Forgets what was counted and reported. @return FA_OK; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_filter_reset(fa_allocator *a);

/** One finding. Since 1.0. */
typedef struct fa_filter_issue {
    int32_t code;           /**< FA_CODE_LONG_LIVED_FRAME and so on. */
    int32_t reserved;       /**< 0. */
    fa_tag tag;             /**< Whose memory, 0 for what was allocated without a tag. */
    double observed;        /**< In the unit of the threshold. */
    double threshold;       /**< That it passed. */
    uint64_t samples;       /**< Blocks (BF001, BF004: frames) that were looked at. */
    char tag_path[128];     /**< "" without a tag; cut off if it is longer. */
    const char *message;    /**< What it means; static. */
    const char *suggestion; /**< What to do about it; static. */
} fa_filter_issue;

/**
 * @brief Reads what has been found.
 * @param issues receives up to @p capacity findings, by tag and code; NULL if that is 0. @param total receives how many there are.
 * @return FA_OK; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_filter_report(fa_allocator *a, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_filter_issue *issues, size_t capacity,
                           FA_OUT size_t *total);

#define FA_FILTER_TEXT 0 /**< Lines for a terminal. */
#define FA_FILTER_JSON 1 /**< One object: version, frames, thresholds, issues. */

/**
 * @brief Writes the same as text.
 * @param format FA_FILTER_TEXT or FA_FILTER_JSON. @param buffer receives up to @p size bytes, always terminated; NULL if that is 0.
 * @param needed receives the bytes that all of it takes, with the terminator; may be NULL.
 * @return FA_OK; FA_ERROR_FULL: the buffer is too small, and has what fits; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_filter_format(fa_allocator *a, int32_t format, FA_OUT FA_NULLABLE FA_ARRAY(size) char *buffer, size_t size,
                           FA_NULLABLE FA_OUT size_t *needed);

#endif
