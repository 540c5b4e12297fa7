/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/frame.h"

#include "account/scope.h"
#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/watch.h"
#include "frame/discard.h"
#include "frame/guard.h"
#include "frame/phase.h"
#include "frame/retain.h"

#include <framealloc/block.h>

/* Bits of end_work that last from frame to frame. */
enum { LASTING_WORK = FA_END_POLICY | FA_END_POISON | FA_END_WATCHED };

static void tell_begun(fa_lane *lane)
{
    lane->frame.span_peak = 0;
    if (lane->watch & FA_WATCH_FRAME_TIMES)
        lane->frame.begun_at = fa_os_nanoseconds();
    for (size_t i = 0; fa_frame_begun[i] != NULL; i++)
        fa_frame_begun[i](lane, fa_frame_current(lane));
}

/* Of a frame that runs: what is only known before it ends. */
static fa_frame_span span_of(const fa_lane *lane)
{
    fa_frame_span span = {fa_frame_current(lane), fa_arena_used(&lane->frame.arena), 0, 0};
    span.peak_bytes = fa_max(span.bytes, lane->frame.span_peak);
    if (lane->watch & FA_WATCH_FRAME_TIMES && lane->frame.begun_at != 0)
        span.nanoseconds = fa_os_nanoseconds() - lane->frame.begun_at;
    return span;
}

static void tell_ended(fa_lane *lane, const fa_frame_span *span)
{
    lane->frame.begun_at = 0;
    for (size_t i = 0; fa_frame_ended[i] != NULL; i++)
        fa_frame_ended[i](lane, span);
}

static FA_NOINLINE fa_status begin_slow(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (fa_frame_running(lane))
        return fa_refuse(a, FA_CODE_DOUBLE_BEGIN, FA_ERROR_FRAME_ACTIVE, "frame %llu is running on this lane",
                         (unsigned long long)fa_frame_current(lane));
    fa_guard_begin(lane, &lane->frame.arena);
    fa_poke(lane->frame.epoch, fa_peek(lane->frame.epoch) + 1);
    fa_frame_renew_budgets(lane);
    fa_frame_raise_limit(lane);
    if (lane->watch & FA_WATCH_FRAMES)
        tell_begun(lane);
    return FA_OK;
}

/* False if there is more to do. */
FA_ALWAYS_INLINE bool begin_quickly(fa_lane *lane)
{
    if (fa_unlikely(lane == NULL))
        return false;
    uint64_t epoch = fa_peek(lane->frame.epoch);
    if (fa_unlikely((epoch & 1) | lane->frame.begin_work))
        return false;
    lane->frame.arena.limit = lane->frame.arena.ceiling;
    fa_poke(lane->frame.epoch, epoch + 1);
    return true;
}

fa_status fa_frame_begin(fa_allocator *a)
{
    bool begun = begin_quickly(fa_call_brief(a));
    fa_call_brief_end();
    return fa_likely(begun) ? FA_OK : begin_slow(a);
}

/* What a reset keeps, for the policies that give something back. */
static void apply_policy(fa_lane *lane, size_t footprint)
{
    const fa_config *config = &lane->allocator->config;
    if (config->frame_reset_policy == FA_RESET_KEEP_UP_TO) {
        fa_chunk_cache_shrink(lane, config->frame_keep_bytes);
    } else if (config->frame_reset_policy == FA_RESET_DECAY) {
        size_t fade = lane->frame.decayed / config->frame_decay_frames;
        lane->frame.decayed = fa_max(footprint, lane->frame.decayed - fade);
        fa_chunk_cache_shrink(lane, lane->frame.decayed);
    } else {
        fa_chunk_cache_shrink(lane, 0);
    }
}

static void tell_discard(fa_lane *lane)
{
    const fa_arena_mark nothing = {0};
    fa_discard d;
    fa_discard_start(&d);
    fa_discard_add_arena(&d, &lane->frame.arena, &nothing);
    fa_discard_add_arena(&d, &lane->frame.ahead[fa_ahead_slot(fa_frame_current(lane))], &nothing);
    fa_discard_tell(&d, lane->allocator, (fa_happening){.what = FA_DISCARD_FRAME, .intent = FA_INTENT_FRAME,
                                                        .frame = fa_frame_current(lane), .other_lane = lane->id});
    /* Who was told may have used the frame once more. */
    fa_cleanup_run_ending(lane);
    fa_checkpoints_forget(lane);
}

static bool held(fa_lane *lane)
{
    if (!(lane->frame.end_work & FA_END_HELD) || !fa_hold_collect(lane))
        return false;
    fa_poke(lane->frame.set_aside, fa_frame_current(lane));
    return true;
}

static void let_arena_go(fa_lane *lane)
{
    fa_arena *arena = &lane->frame.arena;
    if (lane->frame.end_work & FA_END_POISON && fa_guarding(lane->allocator)) {
        fa_arena_retire(lane, arena);
        return;
    }
    if (lane->frame.end_work & FA_END_POISON)
        fa_arena_spoil(lane->allocator, arena);
    if (lane->frame.end_work & FA_END_POLICY)
        fa_arena_surrender(lane, arena);
    else
        fa_arena_reset(lane, arena);
}

static void let_go(fa_lane *lane)
{
    fa_frame_lane *frame = &lane->frame;
    if (held(lane))
        return;
    if (fa_unlikely(lane->watch & FA_WATCH_DISCARDS)) {
        frame->end_work &= ~(uint32_t)FA_END_HELD;
        tell_discard(lane);
        if (held(lane))
            return;
    }
    if (frame->end_work & FA_END_LEDGER)
        fa_frame_clear_ledgers(lane);
    if (frame->end_work & FA_END_OVERFLOW)
        fa_overflow_release(lane->allocator, &frame->overflow[fa_ahead_slot(fa_frame_current(lane))], 0);
    let_arena_go(lane);
    fa_ahead_expire(lane);
}

/* Bytes of chunks that the end of the frame sets free. */
static size_t footprint_that_goes(const fa_lane *lane)
{
    const fa_frame_lane *frame = &lane->frame;
    return fa_arena_footprint(&frame->arena) + fa_arena_footprint(&frame->ahead[fa_ahead_slot(fa_frame_current(lane))]);
}

static bool any_overflow(const fa_frame_lane *frame)
{
    bool any = false;
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        any = any || frame->overflow[slot] != NULL;
    return any;
}

/* A frame that is held takes its addresses with it. */
static void check_what_goes(fa_lane *lane)
{
    fa_arena *const arenas[] = {&lane->frame.arena, &lane->frame.ahead[fa_ahead_slot(fa_frame_current(lane))]};
    for (size_t i = 0; i < sizeof arenas / sizeof *arenas && fa_debugging(lane->allocator); i++) {
        fa_arena_check(lane->allocator, arenas[i], NULL);
        if (!(lane->frame.end_work & FA_END_HELD))
            fa_arena_look_for_escapes(lane->allocator, arenas[i]);
    }
}

static void end_with_work(fa_lane *lane)
{
    fa_frame_lane *frame = &lane->frame;
    frame->end_work |= FA_END_RUNNING;
    if (frame->end_work & FA_END_PHASES)
        fa_phases_close(lane);
    if (frame->end_work & FA_END_RETAINED)
        fa_retained_expire(lane);
    if (!(frame->end_work & FA_END_HELD))
        fa_cleanup_run_ending(lane);
    if (frame->end_work & FA_END_POISON && !(frame->end_work & FA_END_HELD))
        check_what_goes(lane);
    fa_checkpoints_forget(lane);
    size_t used = fa_arena_used(&frame->arena);
    size_t footprint = frame->end_work & FA_END_POLICY ? footprint_that_goes(lane) : 0;
    fa_frame_before_shrink(lane);
    frame->live_before = 0;
    fa_poke(frame->last_used, used);
    let_go(lane);
    bool tagged = frame->end_work & FA_END_LEDGER;
    frame->end_work &= LASTING_WORK;
    fa_end_work_set(lane, FA_END_AHEAD, frame->ahead_mask != 0);
    fa_end_work_set(lane, FA_END_OVERFLOW, any_overflow(frame));
    fa_end_work_set(lane, FA_END_RETAINED, fa_retained_any(lane));
    fa_poke(frame->epoch, fa_peek(frame->epoch) + 1);
    if (tagged)
        fa_account_retag(lane);
    frame->arena.limit = fa_peek(frame->arena.cursor);
    if (frame->end_work & FA_END_POLICY)
        apply_policy(lane, footprint);
}

static FA_NOINLINE fa_status end_slow(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (!fa_frame_running(lane) || lane->frame.end_work & FA_END_RUNNING)
        return fa_refuse(a, FA_CODE_STRAY_END, FA_ERROR_NO_FRAME, "%s", lane->frame.end_work & FA_END_RUNNING
                         ? "a cleanup function ended the frame or the rollback that runs it" : "no frame is running on this lane");
    if (!(lane->frame.end_work & FA_END_WATCHED)) {
        end_with_work(lane);
        return FA_OK;
    }
    fa_frame_span span = span_of(lane);
    lane->frame.end_work |= FA_END_RUNNING; /* who is told must not end it */
    for (size_t i = 0; fa_frame_ending[i] != NULL; i++)
        fa_frame_ending[i](lane, &span);
    end_with_work(lane);
    tell_ended(lane, &span);
    return FA_OK;
}

/* Several chunks, and nothing else that takes time. */
static bool end_spilled(fa_lane *lane)
{
    if (lane == NULL || !fa_frame_running(lane) || lane->frame.end_work != FA_END_SPILLED)
        return false;
    fa_frame_lane *frame = &lane->frame;
    size_t used = fa_arena_used(&frame->arena);
    fa_counter_raise(&frame->peak, used);
    fa_poke(frame->last_used, used);
    fa_arena_reset(lane, &frame->arena);
    frame->end_work = 0;
    fa_poke(frame->epoch, fa_peek(frame->epoch) + 1);
    return true;
}

static FA_NOINLINE fa_status end_with_more(fa_allocator *a)
{
    bool ended = end_spilled(fa_call_brief(a));
    fa_call_brief_end();
    return ended ? FA_OK : end_slow(a);
}

/* False if there is more to do. */
FA_ALWAYS_INLINE bool end_quickly(fa_lane *lane)
{
    if (fa_unlikely(lane == NULL))
        return false;
    fa_frame_lane *frame = &lane->frame;
    uint64_t epoch = fa_peek(frame->epoch);
    if (fa_unlikely(!(epoch & 1)) || fa_unlikely(frame->end_work != 0))
        return false;
    uintptr_t base = fa_peek(frame->arena.base);
    size_t used = fa_peek(frame->arena.cursor) - base;
    fa_counter_raise(&frame->peak, used);
    fa_poke(frame->last_used, used);
    fa_poke(frame->arena.cursor, base);
    fa_poke(frame->arena.gone, fa_peek(frame->arena.count));
    frame->arena.limit = base;
    fa_poke(frame->epoch, epoch + 1);
    return true;
}

fa_status fa_frame_end(fa_allocator *a)
{
    bool ended = end_quickly(fa_call_brief(a));
    fa_call_brief_end();
    return fa_likely(ended) ? FA_OK : end_with_more(a);
}

int32_t fa_frame_active(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_lane *lane = fa_lane_existing(a);
    return lane != NULL && fa_frame_running(lane);
}

uint64_t fa_frame_number(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_lane *lane = fa_lane_existing(a);
    return lane == NULL ? 0 : fa_frame_current(lane);
}

size_t fa_frame_used(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_lane *lane = fa_lane_existing(a);
    return lane == NULL ? 0 : fa_arena_used(&lane->frame.arena);
}

size_t fa_frame_remaining(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_lane *lane = fa_lane_existing(a);
    return lane == NULL || !fa_frame_running(lane) ? 0 : fa_frame_cap_left(lane);
}

const uint64_t *fa_frame_epoch(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    return lane == NULL ? NULL : (const uint64_t *)(const void *)&lane->frame.epoch;
}

fa_status fa_frame_check(fa_allocator *a, uint64_t epoch)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (fa_peek(lane->frame.epoch) == epoch && fa_frame_running(lane))
        return FA_OK;
    return fa_refuse(a, FA_CODE_FRAME_ESCAPED, FA_ERROR_STALE, "memory of frame %llu was used",
                     (unsigned long long)(epoch + 1) / 2);
}

void fa_frame_abandon(fa_lane *lane)
{
    if (fa_frame_running(lane) && !(lane->frame.end_work & FA_END_RUNNING))
        end_with_work(lane);
    for (uint32_t frames = 0; (lane->frame.ahead_mask != 0 || any_overflow(&lane->frame)) && frames < FA_AHEAD_RING; frames++) {
        fa_poke(lane->frame.epoch, fa_peek(lane->frame.epoch) + 1);
        end_with_work(lane);
    }
}
