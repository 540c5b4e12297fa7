/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/**
 * @file event.h
 * @brief Being told what happens in an allocator, and figures of the frames of each thread.
 *
 * Nothing is told, and nothing is paid, until somebody listens. A listener chooses kinds; those of single blocks send
 * every allocation or release through the slow path, the others cost where they happen. Events are told on the thread of
 * the event, when the call has done its work, and with no lock held: a listener may use the allocator, also to listen or to
 * stop listening. Memory that goes is told just before it can be handed out again, so that events of one address come in
 * order (but for deferred queues with a capacity, which tell when the block was taken in). What a listener causes itself
 * is not told, but counted (fa_event_suppressed()).
 */
#ifndef FRAMEALLOC_EVENT_H
#define FRAMEALLOC_EVENT_H

#include "annotations.h"
#include "status.h"

#define FA_EVENT_FRAME_BEGIN 0         /**< A frame has begun: frame. */
#define FA_EVENT_FRAME_END 1           /**< A frame was ended by its thread, not by the end of that or of the lane: frame, bytes in use at its end, peak_bytes, nanoseconds. */
#define FA_EVENT_ALLOC 2               /**< A block was allocated: block, bytes asked for, intent. Frame memory that a budget sends to the heap is told as the heap block it is. */
#define FA_EVENT_FREE 3                /**< A block was released, or given back to its frame: block (gone), bytes it had, intent, tag. */
#define FA_EVENT_FREE_QUEUED 4         /**< A block was sent home to another lane: block (gone), bytes, other_lane. */
#define FA_EVENT_DEFERRED_PROCESSED 5  /**< Blocks released by others were taken in: count. */
#define FA_EVENT_TRANSFER_INITIATED 6  /**< A transfer was sent: id, bytes, other_lane (0 for any). */
#define FA_EVENT_TRANSFER_COMPLETED 7  /**< A transfer was taken: id, bytes, block. */
#define FA_EVENT_MEMORY_PRESSURE 8     /**< The allocator passed or met a limit of its own, or got no memory: bytes asked for, used_bytes. */
#define FA_EVENT_BUDGET_EXCEEDED 9     /**< A soft or hard limit of any budget was passed or met: id (the tag), bytes asked for, used_bytes. */
#define FA_EVENT_DISCARD 10            /**< Many blocks go at once: what (FA_DISCARD_*), frame (whose memory it was), ranges, bytes, count, intent, id. */
#define FA_EVENT_ZONE_BEGIN 11         /**< A phase or a tag scope was begun: what (FA_ZONE_*), name, tag. */
#define FA_EVENT_ZONE_END 12           /**< It has ended: what, name, tag. */
#define FA_EVENT_DIAGNOSTIC 13         /**< A report was made: id is its code, 0 for a message of the program (fa_diagnostic_emit()); name its note, or the message of one without. */
#define FA_EVENT_HISTORY_SAMPLE 14     /**< The history has a new sample: id (fa_history_sample::serial), bytes live, nanoseconds. */
#define FA_EVENT_KINDS 15              /**< How many kinds there are. */

#define FA_DISCARD_FRAME 0    /**< A frame has ended; or, if it was held, its last token was released. */
#define FA_DISCARD_ROLLBACK 1 /**< A checkpoint was rolled back, or a sub-frame has ended. */
#define FA_DISCARD_SCRATCH 2  /**< Scratch memory was reset, or a scope of it has ended: of a lane, or of a scratch pool. */
#define FA_DISCARD_GROUP 3    /**< A group was emptied: id. Its blocks are not told one by one; the heap blocks they lay in are, and are told as released after this. */

#define FA_ZONE_PHASE 0 /**< fa_phase_begin() to fa_phase_end(). */
#define FA_ZONE_TAG 1   /**< fa_tag_push() to fa_tag_pop(). */

/** The bit of a kind in the mask of a listener. Since 1.0. */
#define FA_EVENT_BIT(kind) (1u << (kind))
/** Every kind. Since 1.0. */
#define FA_EVENT_ALL ((1u << FA_EVENT_KINDS) - 1)

/** Most listeners of an allocator. Since 1.0. */
#define FA_EVENT_LISTENERS_MAX 16

/** A stretch of memory. Since 1.0. */
typedef struct fa_range {
    const void *start; /**< First address. */
    uint64_t bytes;    /**< How many from there. */
} fa_range;

/** One event. Fields that its kind does not name are 0. Since 1.0. */
typedef struct fa_event {
    uint32_t struct_size;   /**< Bytes of this struct. */
    int32_t kind;           /**< FA_EVENT_*. */
    uint64_t time_ns;       /**< Nanoseconds of CLOCK_MONOTONIC when it was told. */
    uint64_t lane;          /**< Id of the lane it happened on (fa_lane_stats::lane_id), 0 without one. */
    uint64_t frame;         /**< Number of the lane's frame, 0 before the first. DISCARD: number of the frame whose memory goes. */
    const void *block;      /**< Address; to be compared, not followed, once it is gone. */
    uint64_t bytes;         /**< See the kinds. */
    uint64_t peak_bytes;    /**< FRAME_END: most bytes that the frame had in use. */
    uint64_t used_bytes;    /**< MEMORY_PRESSURE, BUDGET_EXCEEDED: bytes in use against the limit before. */
    uint64_t nanoseconds;   /**< FRAME_END: how long the frame ran. */
    uint64_t count;         /**< DEFERRED_PROCESSED, DISCARD: blocks. Otherwise 1. */
    uint64_t id;            /**< Transfer, tag, group, code or sample. */
    uint64_t other_lane;    /**< Id of the lane that gets it. DISCARD: of the lane whose memory it was, 0 for none. */
    int32_t intent;         /**< FA_INTENT_*, -1 where there is none. */
    int32_t what;           /**< FA_DISCARD_* or FA_ZONE_*. */
    uint64_t tag;           /**< ZONE_BEGIN, ZONE_END: the lane's current tag, 0 for none. ALLOC, FREE: the block's. */
    uint64_t range_count;   /**< DISCARD: how many ranges. */
    uint64_t ranges_left_out; /**< DISCARD: how many more there were, but no memory to list them. */
    const fa_range *ranges; /**< DISCARD: what goes; gone when the listener returns. */
    const char *name;       /**< ZONE_BEGIN, ZONE_END: the phase, or the path of the tag. DIAGNOSTIC: the note or message. Likewise. */
} fa_event;

/** Is told events; see the top of the file. Since 1.0. */
typedef void (*fa_event_listener)(void *user, const fa_event *event);

/**
 * @brief Has @p listener told events of some kinds. Calls that begin after this are told; batches, strings and collections
 * as one block each, inline windows and magazines not at all or, for magazines opened later, block by block.
 * @param kinds FA_EVENT_BIT() of each kind, at least one.
 * @param user handed to the listener; stays the caller's and must live as long as the listener.
 * @param id receives what fa_event_ignore() wants.
 * @return FA_OK; FA_ERROR_FULL with FA_EVENT_LISTENERS_MAX listeners; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR.
 * Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_event_listen(fa_allocator *a, uint32_t kinds, FA_KEPT fa_event_listener listener,
                          FA_KEPT FA_NULLABLE void *user, FA_OUT FA_RELEASED_BY(fa_event_ignore) uint64_t *id);

/**
 * @brief Has a listener told no more. Once it returns the listener is not running, unless it is called from within a listener.
 * @return FA_OK; FA_ERROR_NOT_FOUND; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread; waits while the listener runs
 * on another one.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_event_ignore(fa_allocator *a, uint64_t id);

/** @brief Events that were not told, as a listener had caused them itself; 0 for NULL. Thread safety: any thread. */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
uint64_t fa_event_suppressed(fa_allocator *a);

/** Figures of the frames of one lane, while they are measured. Since 1.0. */
typedef struct fa_frame_times {
    uint32_t struct_size;   /**< sizeof(fa_frame_times). */
    uint32_t reserved;      /**< 0. */
    uint64_t frames;        /**< Frames measured. */
    uint64_t total_ns;      /**< Nanoseconds they ran. */
    uint64_t longest_ns;    /**< Nanoseconds of the longest. */
    uint64_t last_ns;       /**< Nanoseconds of the last. */
    uint64_t total_bytes;   /**< Bytes in use at their ends. */
    uint64_t peak_bytes;    /**< Most bytes that one had in use. */
} fa_frame_times;

/** Initialiser. Since 1.0. */
#define FA_FRAME_TIMES_INIT {(uint32_t)sizeof(fa_frame_times), 0, 0, 0, 0, 0, 0, 0}

/**
 * @brief Begins or ends measuring frames on every lane: two readings of the clock for each. Figures stay when it ends.
 * @param on 1 or 0. @return FA_OK, FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_frame_measure(fa_allocator *a, int32_t on);

/**
 * @brief Reads what was measured.
 * @param lane NULL for the calling thread's. @param out its struct_size must be set (FA_FRAME_TIMES_INIT does).
 * @return FA_OK; FA_ERROR_WRONG_LANE; FA_ERROR_STRUCT_SIZE; FA_ERROR_INVALID_ARGUMENT; FA_ERROR_INVALID_ALLOCATOR. Thread safety: any thread.
 */
FA_API FA_MAY_BLOCK FA_SINCE(1, 0)
fa_status fa_frame_get_times(fa_allocator *a, FA_NULLABLE fa_lane *lane, FA_INOUT fa_frame_times *out);

#endif
