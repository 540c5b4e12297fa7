/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The lane's frames, shared among the files of this room. */
#ifndef FA_FRAME_FRAME_H
#define FA_FRAME_FRAME_H

#include "core/tell.h"
#include "frame/arena.h"

#include <framealloc/frame.h>

struct fa_cleanup_node {
    fa_cleanup_node *older;
    fa_cleanup function;
    void *user;
};

static inline bool fa_frame_running(const fa_lane *lane)
{
    return (fa_peek(lane->frame.epoch) & 1) != 0;
}

/* Number of the running frame, or of the last one. */
static inline uint64_t fa_frame_current(const fa_lane *lane)
{
    return (fa_peek(lane->frame.epoch) + 1) / 2;
}

static inline unsigned fa_ahead_slot(uint64_t frame)
{
    return (unsigned)(frame % FA_AHEAD_RING);
}

/* Bytes of the running frame and of those that look ahead. */
uint64_t fa_frame_live_bytes(const fa_lane *lane);

/* Bytes left under the hard limits of lane and tags that refuse; SIZE_MAX when there are none. */
size_t fa_frame_cap_left(const fa_lane *lane);

/* Called before and after frame memory goes back, other than at the end of the frame: peaks and tags follow it. */
void fa_frame_before_shrink(fa_lane *lane);
void fa_frame_after_shrink(fa_lane *lane);

/* Sets the limit of the running frame's arena to what ceiling and budgets allow. */
void fa_frame_raise_limit(fa_lane *lane);

/* Makes sure that budgets allow so many bytes more: FA_OK, FA_ERROR_FRAME_CAP or FA_ERROR_BUDGET, and then promoted
 * says whether the heap shall serve. May call functions of the user. */
fa_status fa_frame_ask(fa_lane *lane, size_t bytes, bool *promoted);

/* Begins to ask budgets anew. */
void fa_frame_renew_budgets(fa_lane *lane);

/* Books on tags what the frames of the lane have come to. */
void fa_frame_settle(fa_lane *lane);

/* What belongs to the frame that ends is gone from the ledgers. */
void fa_frame_clear_ledgers(fa_lane *lane);

/* The lane's tag or budgets have changed. */
void fa_frame_retag(fa_lane *lane);

/* A block from the heap that expires with a frame. */
void *fa_overflow_take(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status);

/* fa_told_allocation() of frame memory; what a budget sent to the heap since so many were told of was told there. */
static inline void *fa_frame_told(fa_lane *lane, uint64_t overflows, void *block, size_t size)
{
    return lane->frame.overflow_serial == overflows ? fa_told_allocation(lane, FA_INTENT_FRAME, block, size) : block;
}

/* Releases a list of them, newest first, down to a serial number (not released). */
void fa_overflow_release(fa_allocator *a, fa_overflow **list, uint64_t until);

/* Those since a serial number, whenever they expire. */
void fa_overflow_release_since(fa_lane *lane, uint64_t serial);

/* Serves them; set in lib/wiring.c. */
extern void *(*const fa_frame_overflow)(fa_lane *lane, size_t size, size_t align, fa_status *status);

/* Memory of the running frame for a checked request, with everything but a report. */
void *fa_frame_take(fa_lane *lane, size_t size, size_t align, fa_status *status);

/* fa_frame_take_ahead() of a block for the user: in debug mode with guards, and known. */
void *fa_frame_take_block(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status);

/* The same from the arena that expires with a coming frame. */
void *fa_frame_take_ahead(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status);

/* fa_frame_take() for records of the library, which statistics do not count. */
void *fa_frame_take_record(fa_lane *lane, uint32_t frames_ahead, size_t size, fa_status *status);

/* Registers a function with the running frame. The node may lie anywhere; it is the caller's again once the function is
 * called. */
void fa_cleanup_link(fa_lane *lane, fa_cleanup_node *node, fa_cleanup function, void *user);

/* Runs cleanup functions, newest first, down to the node until (not run). */
void fa_cleanup_run(fa_cleanup_node **list, const fa_cleanup_node *until);

/* Runs those of the frame that ends: its own, then those that looked ahead to it. */
void fa_cleanup_run_ending(fa_lane *lane);

/* Moves what the running frame and its expiring slot hold to the held frame. False if no token is left. */
bool fa_hold_collect(fa_lane *lane);

/* Ends checkpoints of the frame that ends, and reports sub-frames among them. */
void fa_checkpoints_forget(fa_lane *lane);

/* Empties the slot that expires with the running frame. */
void fa_ahead_expire(fa_lane *lane);

/* Runs every cleanup function and lets go of all frames; for lanes and allocators that go. */
void fa_frame_abandon(fa_lane *lane);

void fa_hold_dispose_all(fa_allocator *a);

/* Sets or clears a bit of lane->frame.end_work. */
static inline void fa_end_work_set(fa_lane *lane, uint32_t bit, bool on)
{
    lane->frame.end_work = on ? lane->frame.end_work | bit : lane->frame.end_work & ~bit;
}

#endif
