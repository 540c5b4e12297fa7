/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Frames in flight are expiry buckets: a ring of arenas, each reset with the frame it expires with. */
#include "frame/frame.h"

void fa_ahead_expire(fa_lane *lane)
{
    fa_frame_lane *frame = &lane->frame;
    unsigned slot = fa_ahead_slot(fa_frame_current(lane));
    if (!(frame->ahead_mask & 1u << slot))
        return;
    fa_arena *arena = &frame->ahead[slot];
    frame->ahead_hint = fa_min(fa_arena_used(arena), lane->allocator->config.frame_chunk_max);
    if (frame->end_work & FA_END_POISON && fa_guarding(lane->allocator))
        fa_arena_retire(lane, arena);
    if (frame->end_work & FA_END_POISON)
        fa_arena_spoil(lane->allocator, arena);
    fa_arena_surrender(lane, arena);
    frame->ahead_mask &= ~(1u << slot);
}
