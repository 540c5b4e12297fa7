/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The lane's scratch arena: chunks as frames use them, reset by hand. */
#include "store/scratch.h"

#include "account/charge.h"
#include "account/ledger.h"
#include "core/call.h"
#include "core/report.h"
#include "core/tell.h"
#include "core/watch.h"
#include "debug/debug.h"
#include "frame/arena.h"
#include "frame/discard.h"
#include "store/scope.h"

#include <framealloc/block.h>
#include <framealloc/scratch.h>

/* Whose the scratch memory is, tags find out when they change. */
static void settle(fa_lane *lane, uint64_t *granted)
{
    const fa_arena *arena = &lane->scratch.arena;
    fa_ledger_settle(&lane->account.ledgers[FA_LEDGER_SCRATCH], FA_LEDGER_OF_SCRATCH, lane->account.current,
                     fa_arena_used(arena), fa_arena_live(arena), granted);
}

void fa_scratch_settle(fa_lane *lane)
{
    settle(lane, NULL);
}

/* Under a tag with a limit every request goes through the slow path. */
void fa_scratch_retag(fa_lane *lane)
{
    fa_arena *arena = &lane->scratch.arena;
    bool lowered = lane->account.metered || lane->watch & FA_WATCH_ARENAS;
    arena->limit = lowered ? fa_peek(arena->cursor) : arena->ceiling;
}

static void *bump(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_arena *arena = &lane->scratch.arena;
    arena->limit = arena->ceiling;
    void *block = fa_arena_bump_aligned(arena, size, align);
    if (block != NULL)
        return block;
    *status = fa_arena_grow(lane, arena, size, align, 0);
    return *status == FA_OK ? fa_arena_bump_aligned(arena, size, align) : NULL;
}

/* Charged with any padding it may need; what was too much is returned. */
static void *take_metered(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_scratch_settle(lane);
    uint64_t granted = fa_round_up(size, FA_GRAIN) + (align > FA_GRAIN ? align - FA_GRAIN : 0);
    *status = fa_charge_block(lane, granted);
    if (*status != FA_OK)
        return NULL;
    void *block = bump(lane, size, align, status);
    settle(lane, &granted);
    fa_charge_return(lane->account.current, granted);
    return block;
}

static void *take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    return lane->account.metered ? take_metered(lane, size, align, status) : bump(lane, size, align, status);
}

static void *take_guarded(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_debug_layout layout = fa_debug_lay_out(size, align, size);
    void *base = take(lane, layout.total, align, status);
    return base == NULL ? NULL
                        : fa_debug_frame_block(lane, lane->scratch.arena.chunk, base, &layout, FA_INTENT_SCRATCH, size);
}

static FA_NOINLINE void *alloc_slow(fa_allocator *a, size_t size, size_t align)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = NULL;
    if (status == FA_OK)
        block = fa_debugging(a) ? take_guarded(lane, size, align, &status) : take(lane, size, align, &status);
    fa_scratch_retag(lane);
    if (block == NULL)
        (void)fa_refuse_memory(a, status, wanted, align, false);
    return fa_told_allocation(lane, FA_INTENT_SCRATCH, block, wanted);
}

void *fa_scratch_alloc(fa_allocator *a, size_t size, size_t align)
{
    fa_lane *lane = fa_call_brief(a);
    void *block = fa_likely(lane != NULL) ? fa_arena_bump(&lane->scratch.arena, size, align) : NULL;
    fa_call_brief_end();
    return fa_likely(block != NULL) ? block : alloc_slow(a, size, align);
}

static bool tagged(const fa_lane *lane)
{
    return lane->account.current != NULL || lane->account.ledgers[FA_LEDGER_SCRATCH].used != 0;
}

static void tell_discard(fa_lane *lane, const fa_arena_mark *mark)
{
    fa_discard d;
    fa_discard_start(&d);
    fa_discard_add_arena(&d, &lane->scratch.arena, mark);
    fa_discard_tell(&d, lane->allocator, (fa_happening){.what = FA_DISCARD_SCRATCH, .intent = FA_INTENT_SCRATCH,
                                                        .other_lane = lane->id});
}

static void reset(fa_lane *lane)
{
    fa_arena *arena = &lane->scratch.arena;
    if (fa_discards_watched(lane->allocator))
        tell_discard(lane, &(fa_arena_mark){0});
    if (tagged(lane)) {
        fa_scratch_settle(lane);
        fa_ledger_clear(&lane->account.ledgers[FA_LEDGER_SCRATCH], FA_LEDGER_OF_SCRATCH);
    }
    fa_counter_raise(&lane->scratch.peak, fa_arena_used(arena));
    fa_arena_check(lane->allocator, arena, NULL);
    fa_arena_spoil(lane->allocator, arena);
    fa_arena_reset(lane, arena);
    fa_scratch_marks_reset(&lane->scratch.marks);
    fa_scratch_retag(lane);
}

void fa_scratch_rewind(fa_lane *lane, const fa_scratch_scope *scope)
{
    fa_arena *arena = &lane->scratch.arena;
    if (fa_discards_watched(lane->allocator)) {
        fa_arena_mark mark = fa_scratch_mark_of(scope);
        tell_discard(lane, &mark);
    }
    if (tagged(lane))
        fa_scratch_settle(lane);
    fa_counter_raise(&lane->scratch.peak, fa_arena_used(arena));
    fa_chunk *surplus = fa_scratch_marks_pop(lane->allocator, &lane->scratch.marks, arena, scope);
    fa_chunk_keep_all(lane, surplus);
    if (tagged(lane))
        fa_scratch_settle(lane);
    fa_scratch_retag(lane);
}

fa_status fa_scratch_reset(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    reset(lane);
    return FA_OK;
}

size_t fa_scratch_used(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_lane *lane = fa_lane_existing(a);
    return lane == NULL ? 0 : fa_arena_used(&lane->scratch.arena);
}

/* Runs before the frame room parks, which then shares the chunks. */
static void park_lane(fa_lane *lane)
{
    reset(lane);
    fa_arena_surrender(lane, &lane->scratch.arena);
}

/* An open scope ends in the chunk it began in. */
static void trim_lane(fa_lane *lane)
{
    if (fa_arena_used(&lane->scratch.arena) == 0 && lane->scratch.marks.depth == 0)
        fa_arena_surrender(lane, &lane->scratch.arena);
}

static void read_lane(fa_lane *lane, fa_lane_stats *out)
{
    uint64_t peak = fa_peek(lane->scratch.peak);
    out->scratch.live_bytes = fa_arena_used_seen(&lane->scratch.arena);
    out->scratch.live_count = fa_arena_live(&lane->scratch.arena);
    out->scratch.frees = fa_peek(lane->scratch.arena.gone);
    out->scratch.allocations = fa_peek(lane->scratch.arena.count);
    out->scratch.peak_bytes = peak > out->scratch.live_bytes ? peak : out->scratch.live_bytes;
}

const fa_room fa_scratch_room = {
    .lane_park = park_lane,
    .lane_trim = trim_lane,
    .lane_stats = read_lane,
};
