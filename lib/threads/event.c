/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "threads/event.h"

#include "base/os.h"
#include "core/call.h"
#include "core/ending.h"
#include "core/report.h"
#include "core/versioned.h"
#include "core/watch.h"

#include <framealloc/event.h>

_Static_assert(sizeof(((fa_event_shared *)0)->listeners) / sizeof(fa_event_seat) == FA_EVENT_LISTENERS_MAX,
               "one seat for each listener");

/* What has to be watched for each kind. */
static const uint32_t watched[FA_EVENT_KINDS] = {
    [FA_EVENT_FRAME_BEGIN] = FA_WATCH_FRAMES | FA_WATCH_MARKS,
    [FA_EVENT_FRAME_END] = FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES | FA_WATCH_MARKS,
    [FA_EVENT_ALLOC] = FA_WATCH_ARENAS | FA_WATCH_BLOCKS,
    [FA_EVENT_FREE] = FA_WATCH_RELEASES,
    [FA_EVENT_FREE_QUEUED] = FA_WATCH_RELEASES,
    [FA_EVENT_DEFERRED_PROCESSED] = FA_WATCH_ARRIVALS,
    [FA_EVENT_DISCARD] = FA_WATCH_FRAMES | FA_WATCH_DISCARDS,
    [FA_EVENT_ZONE_BEGIN] = FA_WATCH_ZONES,
    [FA_EVENT_ZONE_END] = FA_WATCH_ZONES,
};

static fa_event_shared *shared_of(fa_allocator *a)
{
    return &a->threads.events;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

/* Locked. */
static uint32_t all_kinds(const fa_event_shared *shared)
{
    uint32_t kinds = 0;
    for (unsigned i = 0; i < FA_EVENT_LISTENERS_MAX; i++)
        kinds |= shared->listeners[i].kinds;
    return kinds;
}

/* Has the allocator watch what is listened to now. */
static void follow(fa_allocator *a)
{
    fa_event_shared *shared = shared_of(a);
    lock(a);
    uint64_t turn = ++shared->turns;
    uint32_t kinds = all_kinds(shared);
    uint32_t wanted = shared->measuring ? FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES : 0;
    fa_poke(shared->kinds, kinds);
    unlock(a);
    for (unsigned kind = 0; kind < FA_EVENT_KINDS; kind++)
        wanted |= kinds & FA_EVENT_BIT(kind) ? watched[kind] : 0;
    fa_watch(a, FA_WATCHER_EVENTS, wanted, turn);
}

/* Locked. */
static uint64_t take_seat(fa_event_shared *shared, uint32_t kinds, fa_event_listener listener, void *user)
{
    for (unsigned i = 0; i < FA_EVENT_LISTENERS_MAX; i++) {
        fa_event_seat *seat = &shared->listeners[i];
        if (seat->listener == NULL) {
            *seat = (fa_event_seat){++shared->last_id, kinds, listener, user};
            return seat->id;
        }
    }
    return 0;
}

fa_status fa_event_listen(fa_allocator *a, uint32_t kinds, fa_event_listener listener, void *user, uint64_t *id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (listener == NULL || id == NULL || kinds == 0 || (kinds & ~FA_EVENT_ALL) != 0)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a listener needs a function, a place for its id, and kinds of FA_EVENT_ALL");
    lock(a);
    *id = take_seat(shared_of(a), kinds, listener, user);
    unlock(a);
    if (*id == 0)
        return fa_fail(FA_ERROR_FULL);
    follow(a);
    return FA_OK;
}

/* Locked; NULL if nobody has it. */
static fa_event_seat *seat_with(fa_event_shared *shared, uint64_t id)
{
    for (unsigned i = 0; i < FA_EVENT_LISTENERS_MAX; i++) {
        if (shared->listeners[i].id == id && shared->listeners[i].listener != NULL)
            return &shared->listeners[i];
    }
    return NULL;
}

/* From within a sink, listener or profiler nobody is waited for, since two that remove each other would wait for ever. */
static void await_others(fa_allocator *a, uint64_t id)
{
    for (unsigned waits = 0; fa_tls.observing == 0 && fa_runs_any_of(&shared_of(a)->runs, id); waits++) {
        fa_lane_rest(fa_lane_existing(a));
        unlock(a);
        fa_os_wait(waits);
        lock(a);
    }
}

fa_status fa_event_ignore(fa_allocator *a, uint64_t id)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    fa_event_seat *seat = seat_with(shared_of(a), id);
    if (seat != NULL) {
        seat->listener = NULL;
        seat->kinds = 0;
        await_others(a, id);
    }
    unlock(a);
    fa_lane_go_on(fa_lane_existing(a));
    if (seat == NULL)
        return fa_fail(FA_ERROR_NOT_FOUND);
    follow(a);
    return FA_OK;
}

uint64_t fa_event_suppressed(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? fa_peek(shared_of(a)->suppressed) : 0;
}

fa_event fa_event_of(const fa_lane *lane, const fa_happening *happening)
{
    fa_event event = {.struct_size = sizeof event, .kind = happening->kind, .time_ns = fa_os_nanoseconds()};
    event.lane = lane == NULL ? 0 : lane->id;
    event.frame = happening->frame != 0 ? happening->frame : lane == NULL ? 0 : (fa_peek(lane->frame.epoch) + 1) / 2;
    event.block = happening->block;
    event.bytes = happening->bytes;
    event.peak_bytes = happening->peak_bytes;
    event.used_bytes = happening->used_bytes;
    event.nanoseconds = happening->nanoseconds;
    event.count = happening->count == 0 ? 1 : happening->count;
    event.id = happening->id;
    event.other_lane = happening->other_lane;
    event.intent = happening->intent;
    event.what = happening->what;
    event.tag = happening->tag_id;
    event.ranges = happening->ranges;
    event.range_count = happening->range_count;
    event.ranges_left_out = happening->ranges_left_out;
    event.name = happening->name;
    return event;
}

/* Locked on the way in and out, but not while the listener runs. */
static void run(fa_allocator *a, fa_lane *lane, const fa_event_seat *seat, const fa_event *event)
{
    fa_event_listener listener = seat->listener;
    void *user = seat->user;
    fa_run run;
    fa_run_begin(&shared_of(a)->runs, &run, seat->id);
    unlock(a);
    if (lane != NULL)
        lane->telling = run.of;
    fa_tls.observing++;
    listener(user, event);
    fa_tls.observing--;
    if (lane != NULL)
        lane->telling = 0;
    lock(a);
    fa_run_end(&run);
}

fa_lane *fa_event_lane(fa_allocator *a)
{
    return fa_ending_begun(a) ? fa_lane_existing(a) : fa_lane_get_quietly(a);
}

void fa_event_tell(fa_allocator *a, const fa_happening *happening)
{
    fa_event_shared *shared = shared_of(a);
    uint32_t bit = FA_EVENT_BIT(happening->kind);
    if (fa_likely((fa_peek(shared->kinds) & bit) == 0))
        return;
    fa_lane *lane = fa_event_lane(a);
    fa_event event = fa_event_of(lane, happening);
    lock(a);
    bool within = fa_runs_any_here(&shared->runs) || (lane != NULL && lane->telling != 0);
    for (unsigned i = 0; i < FA_EVENT_LISTENERS_MAX && !within; i++) {
        if (shared->listeners[i].kinds & bit)
            run(a, lane, &shared->listeners[i], &event);
    }
    unlock(a);
    if (within)
        fa_counter_add_shared(&shared->suppressed, 1);
}

void fa_event_frame_begun(fa_lane *lane, uint64_t number)
{
    (void)number;
    if (lane->watch & FA_WATCH_MARKS)
        fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_FRAME_BEGIN, .intent = -1});
}

static void measure(fa_lane *lane, const fa_frame_span *span)
{
    fa_times_lane *times = &lane->times;
    if (span->nanoseconds == 0)
        return;
    fa_counter_add(&times->frames, 1);
    fa_counter_add(&times->total_ns, span->nanoseconds);
    fa_counter_raise(&times->longest_ns, span->nanoseconds);
    fa_poke(times->last_ns, span->nanoseconds);
    fa_counter_add(&times->total_bytes, span->bytes);
    fa_counter_raise(&times->peak_bytes, span->peak_bytes);
}

void fa_event_frame_ended(fa_lane *lane, const fa_frame_span *span)
{
    measure(lane, span);
    if (lane->watch & FA_WATCH_MARKS)
        fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_FRAME_END, .bytes = span->bytes, .peak_bytes = span->peak_bytes,
                                                 .nanoseconds = span->nanoseconds, .intent = -1});
}

fa_status fa_frame_measure(fa_allocator *a, int32_t on)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    shared_of(a)->measuring = on != 0;
    unlock(a);
    follow(a);
    return FA_OK;
}

fa_status fa_frame_get_times(fa_allocator *a, fa_lane *lane, fa_frame_times *out)
{
    FA_ENTER(a);
    fa_lane *chosen = lane != NULL ? lane : fa_lane_get(a);
    if (chosen == NULL || !fa_allocator_usable(a))
        return fa_last_status();
    if (!fa_lane_belongs(a, chosen))
        return fa_refuse(a, FA_CODE_LANE_MISUSE, FA_ERROR_WRONG_LANE, "the lane belongs to another allocator");
    const fa_times_lane *times = &chosen->times;
    fa_frame_times read = FA_FRAME_TIMES_INIT;
    read.frames = fa_peek(times->frames);
    read.total_ns = fa_peek(times->total_ns);
    read.longest_ns = fa_peek(times->longest_ns);
    read.last_ns = fa_peek(times->last_ns);
    read.total_bytes = fa_peek(times->total_bytes);
    read.peak_bytes = fa_peek(times->peak_bytes);
    return fa_versioned_write(a, out, &read, sizeof read);
}

static bool init(fa_allocator *a)
{
    fa_mutex_init(&shared_of(a)->lock);
    fa_list_init(&shared_of(a)->runs);
    return true;
}

/* Only this thread's own run, if any, goes on. */
static void forked(fa_allocator *a)
{
    fa_runs_forked(&shared_of(a)->runs);
}

static void dispose(fa_allocator *a)
{
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_event_room = {
    .allocator_init = init,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .allocator_forked = forked,
};
