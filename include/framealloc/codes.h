/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Made by lib/diag/codes.py from lib/diag/codes.toml. */
/**
 * @file codes.h
 * @brief The diagnostic codes: FA001 is 1, BF001 is 10001. None is ever reused.
 */
#ifndef FRAMEALLOC_CODES_H
#define FRAMEALLOC_CODES_H

#include "annotations.h"

#define FA_CODE_OUTSIDE_FRAME      1 /**< FA001 error: frame memory used outside a frame. */
#define FA_CODE_FRAME_ESCAPED      2 /**< FA002 error: frame memory escaped from its frame. */
#define FA_CODE_FRAME_EXHAUSTED    3 /**< FA003 error: frame arena exhausted. */
#define FA_CODE_DOUBLE_BEGIN       4 /**< FA004 error: frame begun twice. */
#define FA_CODE_STRAY_END          5 /**< FA005 error: frame ended that was not begun. */
#define FA_CODE_STALE              6 /**< FA006 error: something used that has ended. */
#define FA_CODE_SCOPE_LEFT_OPEN    7 /**< FA007 warning: scope left open at the end of its frame. */
#define FA_CODE_UNBALANCED         8 /**< FA008 error: scope ended that was not begun. */
#define FA_CODE_RETAINED_DROPPED   9 /**< FA009 warning: retained blocks dropped with their frame. */
#define FA_CODE_AFTER_FRAME        10 /**< FA010 error: frame memory used after its frame ended. */
#define FA_CODE_ENGINE_NOT_HOOKED  101 /**< FA101 error: engine hooks not registered. */
#define FA_CODE_ENGINE_HOOK_MISSED 102 /**< FA102 error: frame hooks not run this frame. */
#define FA_CODE_FOREIGN_LANE_FREE  201 /**< FA201 error: frame or scratch memory of another thread released. */
#define FA_CODE_LANE_UNAVAILABLE   202 /**< FA202 error: state of the thread used before it is there or after it has gone. */
#define FA_CODE_DEFERRED_PILE      204 /**< FA204 warning: blocks released by other threads pile up. */
#define FA_CODE_BARRIER            206 /**< FA206 error: barrier misused. */
#define FA_CODE_TRANSFER           207 /**< FA207 error: transfer misused. */
#define FA_CODE_TRANSFER_DROPPED   208 /**< FA208 warning: transfers never received. */
#define FA_CODE_TASK               209 /**< FA209 error: task misused. */
#define FA_CODE_TASK_LEFT          210 /**< FA210 warning: task never ended. */
#define FA_CODE_LANE_MISUSE        211 /**< FA211 error: lane misused. */
#define FA_CODE_STILL_USED         212 /**< FA212 error: allocator destroyed while others use it. */
#define FA_CODE_MEMORY_LIMIT       301 /**< FA301 error: memory limit of the allocator reached. */
#define FA_CODE_TAG_BUDGET         302 /**< FA302 error: budget of a tag used up. */
#define FA_CODE_LANE_BUDGET        303 /**< FA303 error: budget of a lane used up. */
#define FA_CODE_SOFT_LIMIT         304 /**< FA304 warning: budget exceeded, and the policy lets it pass. */
#define FA_CODE_BAD_HANDLE         401 /**< FA401 error: id that names nothing. */
#define FA_CODE_STREAM_BUDGET      402 /**< FA402 error: streaming budget used up, and nothing can be evicted. */
#define FA_CODE_PINNED             403 /**< FA403 error: pinned memory freed or moved. */
#define FA_CODE_WRONG_STATE        404 /**< FA404 error: object used in a state that does not allow it. */
#define FA_CODE_FOREIGN_POINTER    501 /**< FA501 error: pointer released that is no block. */
#define FA_CODE_DOUBLE_FREE        502 /**< FA502 error: block released twice. */
#define FA_CODE_INTERIOR_POINTER   503 /**< FA503 error: pointer into a block released. */
#define FA_CODE_FRAME_MEMORY_FREED 504 /**< FA504 error: frame or scratch memory released. */
#define FA_CODE_WRONG_ALLOCATOR    505 /**< FA505 error: block released to the wrong allocator. */
#define FA_CODE_LEAK               506 /**< FA506 warning: block never released. */
#define FA_CODE_OVERFLOW           507 /**< FA507 error: write past the end of a block. */
#define FA_CODE_UNDERFLOW          508 /**< FA508 error: write in front of a block. */
#define FA_CODE_LATE_WRITE         509 /**< FA509 error: write into a block after its release. */
#define FA_CODE_OLD_BLOCK          510 /**< FA510 warning: blocks in use for long. */
#define FA_CODE_INTERNAL           901 /**< FA901 error: structure of the library damaged. */
#define FA_CODE_INVALID_ALLOCATOR  902 /**< FA902 error: no allocator. */
#define FA_CODE_INVALID_ARGUMENT   903 /**< FA903 error: argument out of its range. */
#define FA_CODE_OUT_OF_MEMORY      904 /**< FA904 error: out of memory. */
#define FA_CODE_BACKEND            905 /**< FA905 error: the backend broke its contract. */
#define FA_CODE_ENVIRONMENT        906 /**< FA906 warning: environment variable not understood. */
#define FA_CODE_ASSERTION          907 /**< FA907 error: assertion of the program failed. */
#define FA_CODE_SNAPSHOT           911 /**< FA911 warning: snapshot could not be written. */
#define FA_CODE_TRACE              921 /**< FA921 warning: trace could not be written. */
#define FA_CODE_LONG_LIVED_FRAME   10001 /**< BF001 warning: frame memory lives like long-lived data. */
#define FA_CODE_SHORT_LIVED_POOL   10002 /**< BF002 warning: pool blocks released in the frame that allocated them. */
#define FA_CODE_PROMOTION_CHURN    10003 /**< BF003 warning: large share of frame memory is promoted. */
#define FA_CODE_HEAP_IN_HOT_PATH   10004 /**< BF004 warning: heap used in a hot path. */

#endif
