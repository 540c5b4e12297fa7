/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The one place that names every room. Lower rooms reach higher ones through these tables. */
#include "account/limit.h"
#include "account/room.h"
#include "block/release.h"
#include "core/rooms.h"
#include "debug/debug.h"
#include "debug/room.h"
#include "diag/emit.h"
#include "diag/engine.h"
#include "diag/filter.h"
#include "diag/room.h"
#include "frame/frame.h"
#include "frame/guard.h"
#include "frame/phase.h"
#include "frame/retain.h"
#include "frame/room.h"
#include "heap/heap.h"
#include "heap/room.h"
#include "observe/history.h"
#include "observe/probes.h"
#include "observe/profiler.h"
#include "observe/trace.h"
#include "observe/snapshot.h"
#include "pool/deferred.h"
#include "pool/inbox.h"
#include "pool/pool.h"
#include "pool/room.h"
#include "store/group.h"
#include "store/handle.h"
#include "store/scratch.h"
#include "store/scratch_pool.h"
#include "store/stream.h"
#include "threads/barrier.h"
#include "threads/event.h"
#include "threads/task.h"
#include "threads/transfer.h"

#include <stddef.h>

/* Everybody reports, to the end. Debug mode knows the blocks of all, and gives its quarantine back first. Scratch hands its
 * chunks to frames, the heap its pages to pools: the giver comes first. Frames read the budgets of their lane, and let go
 * of transfers. Cleanup functions that run while a lane is parked may still arrive at barriers, which come last. */
const fa_room *const fa_rooms[] = {
    &fa_diag_room,     &fa_account_room,  &fa_debug_room,   &fa_scratch_room, &fa_scratch_pool_room, &fa_group_room,
    &fa_handle_room,   &fa_stream_room,   &fa_task_room,    &fa_event_room,   &fa_frame_room,        &fa_transfer_room,
    &fa_heap_room,     &fa_pool_room,     &fa_barrier_room, &fa_snapshot_room, &fa_profiler_room,    &fa_history_room,
    &fa_trace_room,    &fa_probes_room,   NULL,
};

void (*const fa_lane_settle[])(fa_lane *lane) = {fa_frame_settle, fa_scratch_settle, NULL};
void (*const fa_lane_retag[])(fa_lane *lane) = {fa_frame_retag, fa_scratch_retag, fa_pool_retag, NULL};

void (*const fa_frame_begun[])(fa_lane *lane, uint64_t number) = {
    fa_deferred_at_begin,
    fa_event_frame_begun,
    fa_engine_frame_begun,
    fa_filter_frame_begun,
    fa_history_frame_begun,
    NULL,
};
void (*const fa_frame_ending[])(fa_lane *lane, const fa_frame_span *span) = {
    fa_profiler_frame_ending,
    fa_history_frame_ending,
    fa_trace_frame_ending,
    NULL,
};
void (*const fa_frame_ended[])(fa_lane *lane, const fa_frame_span *span) = {
    fa_deferred_at_end,
    fa_event_frame_ended,
    fa_filter_frame_ended,
    fa_snapshot_frame_ended,
    fa_history_frame_ended,
    NULL,
};

fa_status (*const fa_release_own)(fa_allocator *a, void *block) = fa_block_release_own;

void (*const fa_hearers[])(fa_allocator *a, const fa_happening *happening) = {
    fa_event_tell, fa_filter_hear, fa_profiler_hear, fa_trace_hear, fa_probes_hear, NULL,
};

void (*const fa_look)(fa_allocator *a) = fa_probes_look;


const char *(*const fa_debug_phase)(const fa_lane *lane) = fa_phase_here;

void (*const fa_debug_give)(fa_allocator *a, void *base) = fa_block_give_kept;

void (*const fa_debug_give_frames)(fa_allocator *a, uint64_t keep) = fa_guard_evict;

void (*const fa_lane_left)(fa_lane *lane) = fa_inbox_tend;

void (*const fa_emit)(fa_allocator *a, const fa_report *report) = fa_diag_emit;

void *(*const fa_pool_oversize)(fa_lane *lane, size_t size, size_t align, fa_status *status) = fa_heap_take;

void *(*const fa_frame_overflow)(fa_lane *lane, size_t size, size_t align, fa_status *status) = fa_heap_take;

void (*const fa_on_limit_passed)(fa_allocator *a, fa_meter *meter, const fa_crossing *crossing) = fa_limit_announce;

int32_t (*const fa_on_limit_met)(fa_allocator *a, fa_meter *meter, const fa_crossing *crossing) = fa_limit_decide;

void (*const fa_refusal)(fa_allocator *a, char *buffer, size_t size) = fa_limit_describe_refusal;

const fa_promoter fa_promote = {fa_pool_take, fa_heap_take, fa_heap_take_for_good, fa_scratch_pool_take_named};
