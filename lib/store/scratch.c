/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The lane's scratch arena: chunks as frames use them, reset by hand. */
#include "store/scratch.h"

#include "account/ledger.h"
#include "core/report.h"
#include "frame/arena.h"

#include <framealloc/scratch.h>

static FA_NOINLINE void *alloc_slow(fa_allocator *a, size_t size, size_t align)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? fa_arena_bump_aligned(&lane->scratch, size, align) : NULL;
    if (status == FA_OK && block == NULL) {
        status = fa_arena_grow(lane, &lane->scratch, size, align, 0);
        if (status == FA_OK)
            block = fa_arena_bump_aligned(&lane->scratch, size, align);
    }
    if (block == NULL)
        (void)fa_refuse_memory(a, status, wanted, align, false);
    return block;
}

void *fa_scratch_alloc(fa_allocator *a, size_t size, size_t align)
{
    fa_lane *lane = fa_lane_cached(a);
    if (fa_unlikely(lane == NULL))
        return alloc_slow(a, size, align);
    void *block = fa_arena_bump(&lane->scratch, size, align);
    return fa_likely(block != NULL) ? block : alloc_slow(a, size, align);
}

/* Whose the scratch memory is, tags find out when they change. */
static void settle_lane(fa_lane *lane)
{
    fa_ledger_settle(&lane->account.ledgers[FA_LEDGER_SCRATCH], FA_LEDGER_OF_SCRATCH, lane->account.current,
                     fa_arena_used(&lane->scratch), fa_arena_live(&lane->scratch), NULL);
}

static bool tagged(const fa_lane *lane)
{
    return lane->account.current != NULL || lane->account.ledgers[FA_LEDGER_SCRATCH].used != 0;
}

static void reset(fa_lane *lane)
{
    if (tagged(lane)) {
        settle_lane(lane);
        fa_ledger_clear(&lane->account.ledgers[FA_LEDGER_SCRATCH], FA_LEDGER_OF_SCRATCH);
    }
    fa_arena *arena = &lane->scratch;
    fa_counter_raise(&lane->scratch_peak, fa_arena_used(arena));
    if (fa_debugging(lane->allocator))
        fa_arena_poison(arena);
    fa_arena_reset(lane, arena);
    arena->limit = arena->ceiling;
}

fa_status fa_scratch_reset(fa_allocator *a)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    reset(lane);
    return FA_OK;
}

size_t fa_scratch_used(fa_allocator *a)
{
    if (!fa_allocator_usable(a))
        return 0;
    fa_lane *lane = fa_lane_existing(a);
    return lane == NULL ? 0 : fa_arena_used(&lane->scratch);
}

/* Runs before the frame room parks, which then shares the chunks. */
static void park_lane(fa_lane *lane)
{
    reset(lane);
    fa_arena_surrender(lane, &lane->scratch);
}

static void trim_lane(fa_lane *lane)
{
    if (fa_arena_used(&lane->scratch) == 0)
        fa_arena_surrender(lane, &lane->scratch);
}

static void read_lane(fa_lane *lane, fa_lane_stats *out)
{
    uint64_t peak = fa_peek(lane->scratch_peak);
    out->scratch.live_bytes = fa_arena_used_seen(&lane->scratch);
    out->scratch.live_count = fa_arena_live(&lane->scratch);
    out->scratch.frees = fa_peek(lane->scratch.gone);
    out->scratch.allocations = fa_peek(lane->scratch.count);
    out->scratch.peak_bytes = peak > out->scratch.live_bytes ? peak : out->scratch.live_bytes;
}

const fa_room fa_scratch_room = {
    .lane_park = park_lane,
    .lane_trim = trim_lane,
    .lane_settle = settle_lane,
    .lane_stats = read_lane,
};
