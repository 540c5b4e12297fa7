/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks of frames in debug mode. */
#include "debug/debug.h"
#include "frame/frame.h"

#include <framealloc/block.h>

/* What a budget sent to the heap is guarded there. */
static bool in_newest_chunk(const fa_arena *arena, const void *base)
{
    return arena->chunk != NULL && (uintptr_t)base - fa_peek(arena->base) < arena->ceiling - fa_peek(arena->base);
}

static FA_NOINLINE void *take_guarded(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status)
{
    fa_debug_layout layout = fa_debug_lay_out(size, align, size);
    unsigned char *base = fa_frame_take_ahead(lane, frames_ahead, layout.total, align, status);
    if (base == NULL)
        return NULL;
    unsigned slot = fa_ahead_slot(fa_frame_current(lane) + frames_ahead);
    const fa_arena *arena = frames_ahead == 0 ? &lane->frame.arena : &lane->frame.ahead[slot];
    if (!in_newest_chunk(arena, base))
        return base + layout.front;
    return fa_debug_frame_block(lane, arena->chunk, base, &layout, FA_INTENT_FRAME, size);
}

void *fa_frame_take_block(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status)
{
    /* Only a lane that has heard of it knows at the end of its frame that there is something to forget. */
    if (lane->watch & FA_WATCH_DEBUG && fa_debugging(lane->allocator))
        return take_guarded(lane, frames_ahead, size, align, status);
    return fa_frame_take_ahead(lane, frames_ahead, size, align, status);
}
