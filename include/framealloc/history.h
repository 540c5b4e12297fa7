/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file history.h
 * @brief What the last frames came to: samples, graphs to draw, and how long frames take.
 *
 * Off until it is started; then each end of a frame of the chosen lane writes one sample into a ring of a chosen size. No
 * memory is allocated for a frame. Whoever draws a user interface reads samples, curves that are scaled to its pixels, or
 * the figures of the window, from any thread; who would rather be told listens for FA_EVENT_HISTORY_SAMPLE.
 */
#ifndef FRAMEALLOC_HISTORY_H
#define FRAMEALLOC_HISTORY_H

#include "annotations.h"
#include "status.h"

#define FA_HISTORY_SAMPLES_MAX 1048576u /**< Most samples that are kept. */
#define FA_HISTORY_TAGS_MAX 4096u       /**< Most tags that have a curve. */

/** What is kept. Since 1.0. */
typedef struct fa_history_options {
    uint32_t struct_size; /**< sizeof(fa_history_options). */
    uint32_t samples;     /**< Frames that are kept, 1 to FA_HISTORY_SAMPLES_MAX; about 120 bytes each, and 8 for each tag. */
    uint32_t tags;        /**< How many tags have a curve: the first that were made; 0 to FA_HISTORY_TAGS_MAX. */
    int32_t every_lane;   /**< 1: the frames of every lane are samples; 0: those of one. */
    fa_lane *lane;        /**< Whose frames; NULL for the calling thread's lane. NULL if every_lane is 1. */
} fa_history_options;

/** Ten seconds at sixty frames, with 32 tags, of the calling thread. Since 1.0. */
#define FA_HISTORY_OPTIONS_INIT {(uint32_t)sizeof(fa_history_options), 600, 32, 0, NULL}

/** One frame. Live bytes are those of the whole allocator, just before the frame ends. Since 1.0. */
typedef struct fa_history_sample {
    uint32_t struct_size;      /**< sizeof(fa_history_sample). */
    uint32_t reserved;         /**< 0. */
    uint64_t serial;           /**< 1 for the first sample since the start, then one more for each. */
    uint64_t lane;             /**< Id of the lane. */
    uint64_t frame;            /**< Number of its frame. */
    uint64_t time_ns;          /**< Nanoseconds of CLOCK_MONOTONIC at its end. */
    uint64_t frame_ns;         /**< Nanoseconds that it ran. */
    uint64_t allocations;      /**< Blocks that its lane allocated meanwhile, of every intent. */
    uint64_t bytes;            /**< Bytes of frame memory that it had in use at its end. */
    uint64_t peak_bytes;       /**< Most bytes that it had in use. */
    uint64_t frame_live_bytes; /**< Live frame memory of all lanes. */
    uint64_t pool_live_bytes;  /**< Live pool blocks. */
    uint64_t heap_live_bytes;  /**< Live heap blocks. */
    uint64_t scratch_live_bytes; /**< Live scratch memory. */
    uint64_t total_live_bytes; /**< The four together. */
    uint64_t reserved_bytes;   /**< Bytes held from the backend. */
} fa_history_sample;

/** Initialiser. Since 1.0. */
#define FA_HISTORY_SAMPLE_INIT {(uint32_t)sizeof(fa_history_sample), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Starts to take samples: of frames that begin after this.
 * @param options NULL for FA_HISTORY_OPTIONS_INIT; copied.
 * @return FA_OK; FA_ERROR_EXISTS if it was started before; FA_ERROR_INVALID_ARGUMENT (FA903); FA_ERROR_WRONG_LANE for a
 * lane of another allocator; FA_ERROR_DISABLED without statistics; FA_ERROR_OUT_OF_MEMORY (FA904); FA_ERROR_STRUCT_SIZE;
 * FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_history_start(fa_allocator *a, FA_NULLABLE const fa_history_options *options);

/** @brief Stops taking samples, and forgets those there are. @return FA_OK; FA_ERROR_NOT_FOUND if it was not started; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_history_stop(fa_allocator *a);

/** @brief Serial number of the newest sample; 0 before the first, without a history and for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint64_t fa_history_newest(fa_allocator *a);

/**
 * @brief Reads the samples that came after one, oldest first; to be polled.
 * @param after serial number of the last sample that is known, 0 for none.
 * @param samples receives up to @p capacity of them; NULL with capacity 0.
 * @param count receives how many were written. @param lost receives how many were overwritten before they could be read; may be NULL.
 * @return FA_OK; FA_ERROR_NOT_FOUND if it was not started; FA_ERROR_INVALID_ARGUMENT (FA903); FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_history_read(fa_allocator *a, uint64_t after, FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_history_sample *samples,
                          size_t capacity, FA_OUT size_t *count, FA_OUT FA_NULLABLE uint64_t *lost);

#define FA_CURVE_TOTAL 0       /**< fa_history_sample::total_live_bytes. */
#define FA_CURVE_FRAME 1       /**< frame_live_bytes. */
#define FA_CURVE_POOL 2        /**< pool_live_bytes. */
#define FA_CURVE_HEAP 3        /**< heap_live_bytes. */
#define FA_CURVE_SCRATCH 4     /**< scratch_live_bytes. */
#define FA_CURVE_TAG 5         /**< Live bytes of a tag and of those nested in it. */
#define FA_CURVE_RESERVED 6    /**< reserved_bytes. */
#define FA_CURVE_FRAME_BYTES 7 /**< bytes. */
#define FA_CURVE_FRAME_PEAK 8  /**< peak_bytes. */
#define FA_CURVE_FRAME_TIME 9  /**< frame_ns. */
#define FA_CURVE_ALLOCATIONS 10 /**< allocations. */
#define FA_CURVES 11           /**< How many there are. */

/** What to draw. Since 1.0. */
typedef struct fa_graph_request {
    uint32_t struct_size; /**< sizeof(fa_graph_request). */
    int32_t curve;        /**< FA_CURVE_*. */
    uint64_t tag;         /**< FA_CURVE_TAG: which one, otherwise 0. */
    uint64_t lane;        /**< Samples of the lane with this id; 0 for all. */
    uint32_t samples;     /**< The newest so many; 0 for all. */
    uint32_t height;      /**< Pixels, rows or any other unit that the full scale is to take; 0 if heights are not wanted. */
    uint64_t full_scale;  /**< Value that has this height; 0 for the highest drawn. Higher values are cut off. */
} fa_graph_request;

/** Initialiser: all of the total. Since 1.0. */
#define FA_GRAPH_REQUEST_INIT {(uint32_t)sizeof(fa_graph_request), FA_CURVE_TOTAL, 0, 0, 0, 0, 0}

/** One value of a curve. Since 1.0. */
typedef struct fa_graph_point {
    uint64_t frame;    /**< Number of the frame. */
    uint64_t value;    /**< Bytes, nanoseconds or blocks. */
    uint32_t height;   /**< The value in the unit of the request, rounded to the nearest; at least 1 for what is not 0. */
    uint32_t reserved; /**< 0. */
} fa_graph_point;

/** A curve. Since 1.0. */
typedef struct fa_graph {
    uint32_t struct_size; /**< sizeof(fa_graph). */
    uint32_t points;      /**< Values drawn. */
    uint64_t current;     /**< The newest of them. */
    uint64_t peak;        /**< The highest. */
    uint64_t minimum;     /**< The lowest. */
    uint64_t mean;        /**< Their mean, rounded down. */
    uint64_t first_frame; /**< Number of the oldest frame drawn. */
    uint64_t last_frame;  /**< Number of the newest. */
    uint64_t full_scale;  /**< Value that has the full height. */
} fa_graph;

/** Initialiser. Since 1.0. */
#define FA_GRAPH_INIT {(uint32_t)sizeof(fa_graph), 0, 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief A curve, ready to be drawn. Without samples all figures are 0.
 * @param request NULL for FA_GRAPH_REQUEST_INIT.
 * @param out its struct_size must be set. @param points receives the newest @p capacity values, oldest first; NULL with
 * capacity 0, and then the figures are those of all values asked for. Otherwise they are those of the values written.
 * @return FA_OK; FA_ERROR_NOT_FOUND if no history was started, or it keeps no curve of the tag; FA_ERROR_INVALID_ARGUMENT
 * (FA903); FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_history_graph(fa_allocator *a, FA_NULLABLE const fa_graph_request *request, FA_INOUT fa_graph *out,
                           FA_OUT FA_NULLABLE FA_ARRAY(capacity) fa_graph_point *points, size_t capacity);

/**
 * How one figure is distributed over the frames of the window. A percentile is the smallest value that so many percent
 * of the frames do not exceed: a value that occurred, exact over the window. Since 1.0.
 */
typedef struct fa_distribution {
    uint64_t minimum;     /**< The lowest. */
    uint64_t maximum;     /**< The highest. */
    uint64_t mean;        /**< The mean, rounded down. */
    uint64_t p50;         /**< 50 percent: the median. */
    uint64_t p90;         /**< 90 percent. */
    uint64_t p95;         /**< 95 percent. */
    uint64_t p99;         /**< 99 percent. */
    uint64_t worst_frame; /**< Number of the frame with the highest; of several, of the newest. */
} fa_distribution;

/** Figures of a window of frames. Since 1.0. */
typedef struct fa_performance {
    uint32_t struct_size;        /**< sizeof(fa_performance). */
    uint32_t frames;             /**< Frames in the window. */
    uint64_t first_frame;        /**< Number of the oldest. */
    uint64_t last_frame;         /**< Number of the newest. */
    fa_distribution nanoseconds; /**< How long they ran. */
    fa_distribution allocations; /**< Blocks allocated in each. */
    fa_distribution bytes;       /**< Frame memory in use at their ends. */
    fa_distribution peak_bytes;  /**< Most frame memory that each had in use. */
} fa_performance;

/** Initialiser. Since 1.0. */
#define FA_PERFORMANCE_INIT \
    {(uint32_t)sizeof(fa_performance), 0, 0, 0, {0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 0, 0, 0, 0, 0}}

/**
 * @brief Figures of the last frames.
 * @param frames the newest so many; 0 for all that are kept. @param lane those of the lane with this id; 0 for all.
 * @param out its struct_size must be set; all 0 without samples.
 * @return FA_OK; FA_ERROR_NOT_FOUND if no history was started; FA_ERROR_OUT_OF_MEMORY (FA904); FA_ERROR_STRUCT_SIZE;
 * FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; it sorts outside of any lock.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_history_performance(fa_allocator *a, uint32_t frames, uint64_t lane, FA_INOUT fa_performance *out);

#endif
