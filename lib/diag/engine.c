/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A turn of the loop should have one pre-frame and one post-frame hook, in this order. A turn is over at a tick, or, for
 * engines that never tick, when a hook comes that belongs to the next one, or a frame that was begun by hand. */
#include "diag/engine.h"

#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "frame/frame.h"

#include <framealloc/frame.h>

#include <string.h>

static fa_engine_shared *engine_of(fa_allocator *a)
{
    return &a->diag.engine;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&a->diag.lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&a->diag.lock);
}

static bool name_fits(const char *name)
{
    return name != NULL && *name != '\0' && strnlen(name, FA_ENGINE_NAME_MAX + 1) <= FA_ENGINE_NAME_MAX;
}

/* Locked. Returns the turn in which that is so. */
static uint64_t set_attached(fa_engine_shared *engine, const char *name)
{
    engine->info = (fa_engine_info)FA_ENGINE_INFO_INIT;
    engine->turn = (fa_engine_turn){0};
    engine->info.attached = name != NULL;
    if (name != NULL)
        memcpy(engine->info.name, name, strlen(name));
    return ++engine->turns;
}

fa_status fa_engine_attach(fa_allocator *a, const char *name)
{
    FA_ENTER(a);
    const fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (!name_fits(name))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the name of an engine has 1 to %d bytes",
                         FA_ENGINE_NAME_MAX);
    lock(a);
    bool taken = engine_of(a)->info.attached;
    uint64_t turn = taken ? 0 : set_attached(engine_of(a), name);
    if (!taken)
        engine_of(a)->info.lane = lane->id;
    unlock(a);
    if (taken)
        return fa_refuse(a, FA_CODE_WRONG_STATE, FA_ERROR_EXISTS, "an engine is attached already");
    fa_watch(a, FA_WATCHER_ENGINE, FA_WATCH_FRAMES, turn);
    return FA_OK;
}

static fa_status refuse_detached(fa_allocator *a)
{
    return fa_refuse(a, FA_CODE_ENGINE_NOT_HOOKED, FA_ERROR_NOT_FOUND, "no engine is attached, fa_engine_attach() comes first");
}

fa_status fa_engine_detach(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    bool attached = engine_of(a)->info.attached;
    uint64_t turn = attached ? set_attached(engine_of(a), NULL) : 0;
    unlock(a);
    if (!attached)
        return refuse_detached(a);
    fa_watch(a, FA_WATCHER_ENGINE, 0, turn);
    return FA_OK;
}

/* What is missing from a turn. */
typedef struct fa_missing {
    bool pre;
    bool post;
    bool pre_ever;
    bool post_ever;
    uint64_t turn;
    char name[FA_ENGINE_NAME_MAX + 1];
} fa_missing;

/* Locked. The turn is over, and the next one begins with what has run of it already. */
static fa_missing turn_over(fa_engine_shared *engine, fa_engine_turn next)
{
    fa_missing missing = {.pre = engine->turn.pre == 0, .post = engine->turn.post == 0,
                          .pre_ever = engine->info.pre_frames != 0, .post_ever = engine->info.post_frames != 0,
                          .turn = ++engine->info.ticks};
    engine->info.missed += (uint64_t)missing.pre + missing.post;
    memcpy(missing.name, engine->info.name, sizeof missing.name);
    engine->turn = next;
    return missing;
}

static void report_hook(fa_allocator *a, const fa_missing *missing, const char *hook, bool ever)
{
    if (ever)
        fa_warn(a, FA_CODE_ENGINE_HOOK_MISSED, "the %s hook of %s did not run in turn %llu of its loop", hook,
                missing->name, (unsigned long long)missing->turn);
    else
        fa_warn(a, FA_CODE_ENGINE_NOT_HOOKED, "the %s hook of %s has never run by turn %llu of its loop", hook,
                missing->name, (unsigned long long)missing->turn);
}

static void report(fa_allocator *a, const fa_missing *missing)
{
    if (missing->pre)
        report_hook(a, missing, "pre-frame", missing->pre_ever);
    if (missing->post)
        report_hook(a, missing, "post-frame", missing->post_ever);
}

fa_status fa_engine_tick(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    bool attached = engine_of(a)->info.attached;
    fa_missing missing = {0};
    if (attached)
        missing = turn_over(engine_of(a), (fa_engine_turn){0});
    unlock(a);
    if (!attached)
        return refuse_detached(a);
    report(a, &missing);
    return FA_OK;
}

/* The hook before it belongs to an earlier turn. False if no engine is attached. */
static bool hook_comes(fa_allocator *a, const fa_lane *lane, bool pre)
{
    fa_engine_shared *engine = engine_of(a);
    fa_missing missing = {0};
    lock(a);
    bool attached = engine->info.attached;
    if (attached) {
        engine->info.lane = lane->id;
        if (pre ? engine->turn.pre != 0 : engine->turn.post != 0)
            missing = turn_over(engine, (fa_engine_turn){0});
        engine->turn.pre += pre;
        engine->turn.post += !pre;
        engine->info.pre_frames += pre;
        engine->info.post_frames += !pre;
    }
    unlock(a);
    report(a, &missing);
    return attached;
}

/* Of the hook that was left out before. */
static void end_left_over(fa_allocator *a, const fa_lane *lane)
{
    if (fa_frame_running(lane) && lane->diag.by_hook)
        (void)fa_frame_end(a);
}

fa_status fa_engine_pre_frame(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (!hook_comes(a, lane, true))
        return refuse_detached(a);
    end_left_over(a, lane);
    lane->diag.by_hook = true;
    fa_status status = fa_frame_begin(a);
    lane->diag.by_hook = status == FA_OK;
    return status;
}

fa_status fa_engine_post_frame(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (!hook_comes(a, lane, false))
        return refuse_detached(a);
    lane->diag.by_hook = false;
    return fa_frame_end(a);
}

void fa_engine_frame_begun(fa_lane *lane, uint64_t number)
{
    fa_allocator *a = lane->allocator;
    fa_engine_shared *engine = engine_of(a);
    fa_missing missing = {0};
    (void)number;
    if (lane->diag.by_hook)
        return;
    lock(a);
    if (engine->info.attached && engine->info.lane == lane->id)
        missing = turn_over(engine, (fa_engine_turn){0});
    unlock(a);
    report(a, &missing);
}

fa_status fa_engine_get_info(fa_allocator *a, fa_engine_info *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    lock(a);
    fa_engine_info info = engine_of(a)->info;
    unlock(a);
    return fa_versioned_write(a, out, &info, sizeof info);
}
