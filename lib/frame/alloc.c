/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Taking memory from the running frame. The slow path asks, in this order: which lane, is the request valid, does a
 * frame run, does the cap allow it, which chunk is next. */
#include "core/call.h"
#include "core/report.h"
#include "core/tell.h"
#include "core/watch.h"
#include "debug/debug.h"
#include "frame/frame.h"

#include <string.h>

/* Bytes the request takes at the cursor of the arena, padding included. */
static size_t cost_here(const fa_arena *arena, size_t size, size_t align)
{
    uintptr_t cursor = fa_peek(arena->cursor);
    return fa_round_up(cursor, fa_max(align, FA_GRAIN)) - cursor + fa_round_up(size, FA_GRAIN);
}

static bool fits(const fa_arena *arena, size_t size, size_t align)
{
    return cost_here(arena, size, align) <= arena->ceiling - fa_peek(arena->cursor);
}

/* Asked before a chunk is fetched, and again when the padding is known. */
static bool allowed(fa_lane *lane, size_t bytes, bool *promoted, fa_status *status)
{
    *status = lane->frame.capped ? fa_frame_ask(lane, bytes, promoted) : FA_OK;
    return *status == FA_OK;
}

static void *take_from(fa_lane *lane, fa_arena *arena, size_t size, size_t align, size_t preferred, bool *promoted,
                       fa_status *status)
{
    *promoted = false;
    if (!allowed(lane, fa_round_up(size, FA_GRAIN), promoted, status))
        return NULL;
    if (!fits(arena, size, align)) {
        *status = fa_arena_grow(lane, arena, size, align, preferred);
        if (*status != FA_OK)
            return NULL;
    }
    if (!allowed(lane, cost_here(arena, size, align), promoted, status))
        return NULL;
    arena->limit = arena->ceiling;
    return fa_arena_bump_aligned(arena, size, align);
}

/* A frame that starts without a chunk, as after one that is held, gets one that would have held the last frame. */
static size_t first_chunk_hint(const fa_lane *lane)
{
    if (lane->frame.arena.chunk != NULL || lane->frame.end_work & FA_END_POLICY)
        return 0;
    return fa_min(fa_peek(lane->frame.last_used), lane->allocator->config.frame_chunk_max);
}

static void *take_now(fa_lane *lane, size_t size, size_t align, bool *promoted, fa_status *status)
{
    fa_arena *arena = &lane->frame.arena;
    void *block = take_from(lane, arena, size, align, first_chunk_hint(lane), promoted, status);
    fa_end_work_set(lane, FA_END_SPILLED, arena->chunk != arena->oldest);
    fa_frame_raise_limit(lane);
    return block;
}

static void *take_ahead(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, bool *promoted, fa_status *status)
{
    unsigned slot = fa_ahead_slot(fa_frame_current(lane) + frames_ahead);
    fa_arena *arena = &lane->frame.ahead[slot];
    size_t preferred = arena->chunk == NULL ? lane->frame.ahead_hint : 0;
    void *block = take_from(lane, arena, size, align, preferred, promoted, status);
    if (arena->chunk != NULL) {
        lane->frame.ahead_mask |= 1u << slot;
        lane->frame.end_work |= FA_END_AHEAD;
    }
    if (lane->frame.capped || lane->watch & FA_WATCH_ARENAS) {
        arena->limit = fa_peek(arena->cursor);
        fa_frame_raise_limit(lane);
    }
    return block;
}

static void *take(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, bool *promoted, fa_status *status)
{
    *promoted = false;
    *status = FA_ERROR_NO_FRAME;
    if (!fa_frame_running(lane))
        return NULL;
    return frames_ahead == 0 ? take_now(lane, size, align, promoted, status)
                             : take_ahead(lane, frames_ahead, size, align, promoted, status);
}

void *fa_frame_take_ahead(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align, fa_status *status)
{
    bool promoted;
    void *block = take(lane, frames_ahead, size, align, &promoted, status);
    return promoted ? fa_overflow_take(lane, frames_ahead, size, align, status) : block;
}

void *fa_frame_take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    return fa_frame_take_ahead(lane, 0, size, align, status);
}

/* The heap does not serve records: a rollback has to find them in their arena. */
void *fa_frame_take_record(fa_lane *lane, uint32_t frames_ahead, size_t size, fa_status *status)
{
    bool promoted;
    void *record = take(lane, frames_ahead, size, FA_GRAIN, &promoted, status);
    unsigned slot = fa_ahead_slot(fa_frame_current(lane) + frames_ahead);
    if (record != NULL)
        fa_arena_uncount(frames_ahead == 0 ? &lane->frame.arena : &lane->frame.ahead[slot]);
    return record;
}

static FA_NOINLINE void *alloc_slow(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    FA_ENTER(a);
    fa_lane *lane = quiet ? fa_lane_get_quietly(a) : fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    uint64_t overflows = lane->frame.overflow_serial;
    uint64_t refills = fa_peek(lane->frame.refills);
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? fa_frame_take_block(lane, 0, size, align, &status) : NULL;
    if (fa_unlikely(fa_peek(lane->frame.refills) != refills))
        fa_look(a);
    if (fa_unlikely(block == NULL))
        (void)fa_refuse_memory(a, status, wanted, align, quiet);
    return fa_frame_told(lane, overflows, block, wanted);
}

FA_ALWAYS_INLINE void *alloc(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = fa_call_brief(a);
    void *block = fa_likely(lane != NULL) ? fa_arena_bump(&lane->frame.arena, size, align) : NULL;
    fa_call_brief_end();
    return fa_likely(block != NULL) ? block : alloc_slow(a, size, align, quiet);
}

void *fa_frame_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, false);
}

void *fa_frame_try_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, true);
}

void *fa_frame_alloc_zeroed(fa_allocator *a, size_t size, size_t align)
{
    FA_ENTER(a);
    void *block = alloc(a, size, align, false);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *fa_frame_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align)
{
    return alloc(a, fa_array_bytes(count, size), align, false);
}

void *fa_frame_alloc_array_zeroed(fa_allocator *a, size_t count, size_t size, size_t align)
{
    return fa_frame_alloc_zeroed(a, fa_array_bytes(count, size), align);
}

static FA_NOINLINE void *ahead_slow(fa_allocator *a, uint32_t frames_ahead, size_t size, size_t align)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    if (frames_ahead > FA_FRAMES_AHEAD_MAX) {
        (void)fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                        "a block can look ahead %d frames, not %u", FA_FRAMES_AHEAD_MAX, frames_ahead);
        return NULL;
    }
    size_t wanted = size;
    uint64_t overflows = lane->frame.overflow_serial;
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? fa_frame_take_block(lane, frames_ahead, size, align, &status) : NULL;
    if (fa_unlikely(block == NULL))
        (void)fa_refuse_memory(a, status, wanted, align, false);
    return fa_frame_told(lane, overflows, block, wanted);
}

FA_ALWAYS_INLINE void *bump_ahead(fa_lane *lane, uint32_t frames_ahead, size_t size, size_t align)
{
    if (fa_unlikely(lane == NULL || frames_ahead > FA_FRAMES_AHEAD_MAX || !fa_frame_running(lane)))
        return NULL;
    return fa_arena_bump(&lane->frame.ahead[fa_ahead_slot(fa_frame_current(lane) + frames_ahead)], size, align);
}

void *fa_frame_alloc_ahead(fa_allocator *a, uint32_t frames_ahead, size_t size, size_t align)
{
    if (frames_ahead == 0)
        return alloc(a, size, align, false);
    void *block = bump_ahead(fa_call_brief(a), frames_ahead, size, align);
    fa_call_brief_end();
    return fa_likely(block != NULL) ? block : ahead_slow(a, frames_ahead, size, align);
}

/* Whether block is the newest of the arena, with the size it was asked with. */
static bool is_newest(const fa_arena *arena, const void *block, size_t size)
{
    uintptr_t cursor = fa_peek(arena->cursor);
    uintptr_t address = (uintptr_t)block;
    return block != NULL && address >= fa_peek(arena->base) && address < cursor && size <= cursor - address &&
           cursor - address == fa_round_up(fa_max(size, 1), FA_GRAIN);
}

static void tell_given_back(fa_lane *lane, const void *block, size_t size)
{
    if (fa_unlikely(lane->watch & FA_WATCH_RELEASES))
        fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_FREE, .intent = FA_INTENT_FRAME, .block = block, .bytes = size,
                                                 .tag_id = fa_tag_id(lane->allocator, lane->account.current)});
}

/* With what debug mode has put around the block, if anything. */
static void *base_of_newest(fa_lane *lane, void *block, size_t size)
{
    fa_allocator *a = lane->allocator;
    const fa_arena *arena = &lane->frame.arena;
    if (is_newest(arena, block, size))
        return block;
    void *base = arena->chunk != NULL && fa_debug_knows_any(a) ? fa_debug_frame_newest(a, arena->chunk, block, size) : NULL;
    return base != NULL && is_newest(arena, base, fa_debug_lay_out(fa_max(size, 1), (size_t)((char *)block - (char *)base), 0).total) ? base : NULL;
}

int32_t fa_frame_give_back(fa_allocator *a, void *block, size_t size)
{
    FA_ENTER(a);
    fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    void *base = lane != NULL && fa_frame_running(lane) ? base_of_newest(lane, block, size) : NULL;
    if (base == NULL)
        return 0;
    fa_arena *arena = &lane->frame.arena;
    tell_given_back(lane, block, size);
    if (base_of_newest(lane, block, size) != base)
        return 0; /* who was told took some more */
    if (fa_debugging(a))
        fa_debug_frame_check(a, arena->chunk, (uintptr_t)base);
    fa_frame_before_shrink(lane);
    if (fa_debugging(a))
        fa_debug_frame_forget(a, arena->chunk, (uintptr_t)base);
    fa_poke(arena->cursor, (uintptr_t)base);
    fa_counter_add(&arena->gone, FA_STATISTICS);
    fa_frame_after_shrink(lane);
    return 1;
}

/* Moves the cursor behind the block with its new size, if that stays below the limit. */
static bool resize_newest(fa_lane *lane, uintptr_t address, size_t new_size)
{
    fa_arena *arena = &lane->frame.arena;
    size_t bytes = fa_round_up(fa_max(new_size, 1), FA_GRAIN);
    if (new_size > PTRDIFF_MAX || bytes > arena->limit - address)
        return false;
    fa_frame_before_shrink(lane);
    fa_poke(arena->cursor, address + bytes);
    fa_frame_after_shrink(lane);
    return true;
}

void *fa_frame_realloc(fa_allocator *a, void *block, size_t old_size, size_t new_size, size_t align)
{
    FA_ENTER(a);
    if (block == NULL)
        return fa_frame_alloc(a, new_size, align);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    bool stays = fa_is_power_of_two(align) && ((uintptr_t)block & (align - 1)) == 0 && fa_frame_running(lane);
    if (stays && is_newest(&lane->frame.arena, block, old_size) && resize_newest(lane, (uintptr_t)block, new_size)) {
        tell_given_back(lane, block, old_size);
        return fa_told_allocation(lane, FA_INTENT_FRAME, block, new_size);
    }
    if (stays && new_size <= old_size)
        return block;
    void *moved = fa_frame_alloc(a, new_size, align);
    return moved == NULL ? NULL : memcpy(moved, block, fa_min(old_size, new_size));
}

fa_status fa_frame_warm(fa_allocator *a, size_t bytes)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_status status = fa_request_check(&bytes, FA_GRAIN);
    if (status == FA_OK && fa_round_up(bytes, FA_GRAIN) > fa_frame_cap_left(lane))
        status = FA_ERROR_FRAME_CAP;
    fa_arena *arena = &lane->frame.arena;
    if (status == FA_OK && arena->ceiling - fa_peek(arena->cursor) < fa_round_up(bytes, FA_GRAIN))
        status = fa_arena_grow(lane, arena, bytes, FA_GRAIN, 0);
    if (status != FA_OK)
        return fa_refuse_memory(a, status, bytes, FA_GRAIN, false);
    fa_end_work_set(lane, FA_END_SPILLED, arena->chunk != arena->oldest);
    memset((void *)fa_peek(arena->cursor), 0, bytes);
    if (fa_frame_running(lane))
        fa_frame_raise_limit(lane);
    else
        fa_arena_reset(lane, arena);
    return FA_OK;
}
