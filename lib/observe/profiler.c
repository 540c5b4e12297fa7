/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/profiler.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "observe/usage.h"
#include "threads/event.h"

static fa_profiler_shared *shared_of(fa_allocator *a)
{
    return &a->observe.profiler;
}

static fa_profile_function function_for(const fa_profiler *profiler, int32_t kind)
{
    switch (kind) {
    case FA_EVENT_ALLOC:
        return profiler->allocate;
    case FA_EVENT_FREE:
        return profiler->release;
    case FA_EVENT_DISCARD:
        return profiler->discard;
    case FA_EVENT_FRAME_BEGIN:
    case FA_EVENT_FRAME_END:
        return profiler->frame_mark;
    case FA_EVENT_ZONE_BEGIN:
        return profiler->zone_begin;
    case FA_EVENT_ZONE_END:
        return profiler->zone_end;
    default:
        return NULL;
    }
}

static uint32_t watched_for(const fa_profiler *profiler)
{
    uint32_t wanted = 0;
    wanted |= profiler->allocate != NULL ? FA_WATCH_ARENAS | FA_WATCH_BLOCKS : 0;
    wanted |= profiler->release != NULL ? FA_WATCH_RELEASES : 0;
    wanted |= profiler->discard != NULL ? FA_WATCH_FRAMES | FA_WATCH_DISCARDS : 0;
    wanted |= profiler->frame_mark != NULL ? FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES | FA_WATCH_MARKS : 0;
    wanted |= profiler->zone_begin != NULL || profiler->zone_end != NULL ? FA_WATCH_ZONES : 0;
    wanted |= profiler->counter != NULL ? FA_WATCH_FRAMES : 0;
    return wanted;
}

/* Locked. */
static uint64_t watch_turn(fa_profiler_shared *shared)
{
    return ++shared->turns;
}

/* Locked; NULL while all are in use. */
static fa_profiler_seat *free_seat(fa_profiler_shared *shared)
{
    for (unsigned i = 0; i < FA_PROFILER_SEATS; i++) {
        if (atomic_load(&shared->seats[i].running) == 0)
            return &shared->seats[i];
    }
    return NULL;
}

/* Values that were told to another profiler are news to this one. */
static void forget_told(fa_allocator *a)
{
    for (uint32_t number = fa_usage_tags(a); number > 0; number--)
        fa_poke(fa_tag_node_at(a, number)->told, 0);
}

/* Locked. */
static fa_status take_seat(fa_profiler_shared *shared, const fa_profiler *profiler)
{
    if (atomic_load(&shared->attached) != NULL)
        return FA_ERROR_EXISTS;
    fa_profiler_seat *seat = free_seat(shared);
    if (seat == NULL)
        return FA_ERROR_BUSY;
    seat->profiler = *profiler;
    seat->events = 0;
    for (int32_t kind = 0; kind < FA_EVENT_KINDS; kind++)
        seat->events |= function_for(profiler, kind) != NULL ? FA_EVENT_BIT(kind) : 0;
    atomic_store(&shared->attached, seat);
    return FA_OK;
}

static fa_status attach(fa_allocator *a, const fa_profiler *profiler)
{
    fa_profiler_shared *shared = shared_of(a);
    forget_told(a);
    fa_mutex_lock(&shared->lock);
    fa_status status = take_seat(shared, profiler);
    uint64_t turn = watch_turn(shared);
    fa_mutex_unlock(&shared->lock);
    if (status != FA_OK)
        return fa_fail(status);
    fa_watch(a, FA_WATCHER_PROFILER, watched_for(profiler), turn);
    return FA_OK;
}

fa_status fa_profiler_attach(fa_allocator *a, const fa_profiler *theirs)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_status status = fa_versioned_check(theirs, sizeof *theirs);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "a profiler begins with FA_PROFILER_INIT");
    fa_profiler profiler;
    fa_versioned_read(&profiler, sizeof profiler, theirs);
    if (watched_for(&profiler) == 0)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the profiler has no function");
    return attach(a, &profiler);
}

/* From within a listener or a profiler nobody is waited for, since two that detach each other would wait for ever. */
static void await_others(fa_allocator *a, fa_profiler_seat *seat)
{
    fa_lane *lane = fa_lane_existing(a);
    bool within = lane != NULL && lane->telling != 0;
    for (unsigned waits = 0; !within && atomic_load(&seat->running) != 0; waits++) {
        fa_lane_rest(lane);
        fa_os_wait(waits);
    }
    fa_lane_go_on(lane);
}

fa_status fa_profiler_detach(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_profiler_shared *shared = shared_of(a);
    fa_mutex_lock(&shared->lock);
    fa_profiler_seat *seat = atomic_exchange(&shared->attached, NULL);
    uint64_t turn = watch_turn(shared);
    fa_mutex_unlock(&shared->lock);
    if (seat == NULL)
        return fa_fail(FA_ERROR_NOT_FOUND);
    fa_watch(a, FA_WATCHER_PROFILER, 0, turn);
    await_others(a, seat);
    return FA_OK;
}

int32_t fa_profiler_attached(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) && fa_peek(shared_of(a)->attached) != NULL;
}

uint64_t fa_profiler_suppressed(fa_allocator *a)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? fa_peek(shared_of(a)->suppressed) : 0;
}

/* Keeps the seat as it is until leave(). Either this sees that the profiler is detached, or who detaches sees this. */
static fa_profiler_seat *enter(fa_profiler_shared *shared)
{
    fa_profiler_seat *seat = fa_peek(shared->attached);
    if (fa_likely(seat == NULL))
        return NULL;
    atomic_fetch_add(&seat->running, 1);
    if (atomic_load(&shared->attached) == seat)
        return seat;
    atomic_fetch_sub(&seat->running, 1);
    return NULL;
}

static void leave(fa_profiler_seat *seat)
{
    atomic_fetch_sub(&seat->running, 1);
}

/* False within a function of a profiler or a listener. */
static bool begin_telling(fa_profiler_shared *shared, fa_lane *lane)
{
    if (lane != NULL && lane->telling != 0) {
        fa_counter_add_shared(&shared->suppressed, 1);
        return false;
    }
    if (lane != NULL)
        lane->telling = FA_TELLING_PROFILER;
    return true;
}

static void end_telling(fa_lane *lane)
{
    if (lane != NULL)
        lane->telling = 0;
}

static void tell(fa_allocator *a, const fa_profiler_seat *seat, const fa_happening *happening)
{
    fa_lane *lane = fa_event_lane(a);
    if (!begin_telling(shared_of(a), lane))
        return;
    fa_event event = fa_event_of(lane, happening);
    function_for(&seat->profiler, happening->kind)(seat->profiler.user, &event);
    end_telling(lane);
}

void fa_profiler_hear(fa_allocator *a, const fa_happening *happening)
{
    fa_profiler_seat *seat = enter(shared_of(a));
    if (fa_likely(seat == NULL))
        return;
    if (seat->events & FA_EVENT_BIT(happening->kind))
        tell(a, seat, happening);
    leave(seat);
}

static void tell_intents(const fa_profiler *profiler, const fa_usage *usage, fa_profile_counter counter)
{
    for (unsigned i = 0; i < FA_USAGE_INTENTS; i++) {
        counter.kind = FA_COUNTER_INTENT;
        counter.intent = fa_usage_intents[i].intent;
        counter.name = fa_usage_intents[i].name;
        counter.bytes = usage->live[i];
        profiler->counter(profiler->user, &counter);
    }
    counter.kind = FA_COUNTER_TOTAL;
    counter.intent = -1;
    counter.name = "total";
    counter.bytes = usage->total;
    profiler->counter(profiler->user, &counter);
}

static void tell_tags(fa_allocator *a, const fa_profiler *profiler, fa_profile_counter counter)
{
    char path[FA_TAG_LEVELS_MAX * (FA_TAG_NAME_MAX + 2) + 1];
    for (uint32_t number = 1; number <= fa_usage_tags(a); number++) {
        fa_tag_node *tag = fa_tag_node_at(a, number);
        counter.bytes = fa_usage_of_tag(tag);
        if (atomic_exchange_explicit(&tag->told, counter.bytes, memory_order_relaxed) == counter.bytes)
            continue;
        counter.kind = FA_COUNTER_TAG;
        counter.tag = fa_tag_id(a, tag);
        (void)fa_tag_path(a, counter.tag, path, sizeof path);
        counter.name = path;
        profiler->counter(profiler->user, &counter);
    }
}

static void tell_counters(fa_lane *lane, const fa_profiler *profiler, uint64_t frame)
{
    fa_usage usage;
    if (!fa_usage_read(lane, &usage) || !begin_telling(shared_of(lane->allocator), lane))
        return;
    fa_profile_counter counter = {
        .struct_size = sizeof counter, .time_ns = fa_os_nanoseconds(), .lane = lane->id, .frame = frame, .intent = -1};
    tell_intents(profiler, &usage, counter);
    tell_tags(lane->allocator, profiler, counter);
    end_telling(lane);
}

void fa_profiler_frame_ending(fa_lane *lane, const fa_frame_span *span)
{
    fa_profiler_seat *seat = enter(shared_of(lane->allocator));
    if (seat == NULL)
        return;
    if (seat->profiler.counter != NULL)
        tell_counters(lane, &seat->profiler, span->number);
    leave(seat);
}

static bool init(fa_allocator *a)
{
    fa_mutex_init(&shared_of(a)->lock);
    return true;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

/* Only this thread's own run, if any, goes on. */
static void forked(fa_allocator *a)
{
    const fa_lane *lane = fa_lane_existing(a);
    bool within = lane != NULL && lane->telling == FA_TELLING_PROFILER;
    for (unsigned i = 0; i < FA_PROFILER_SEATS; i++) {
        fa_profiler_seat *seat = &shared_of(a)->seats[i];
        atomic_store(&seat->running, within && atomic_load(&seat->running) != 0 ? 1 : 0);
    }
}

static void dispose(fa_allocator *a)
{
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_profiler_room = {
    .allocator_init = init,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .allocator_forked = forked,
};
