/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "observe/history.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "observe/usage.h"

#include <framealloc/event.h>

#include <stdlib.h>
#include <string.h>

static fa_history_shared *shared_of(fa_allocator *a)
{
    return &a->observe.history;
}

static void lock(fa_allocator *a)
{
    fa_mutex_lock(&shared_of(a)->lock);
}

static void unlock(fa_allocator *a)
{
    fa_mutex_unlock(&shared_of(a)->lock);
}

bool fa_history_lock(fa_allocator *a)
{
    lock(a);
    if (shared_of(a)->samples != NULL)
        return true;
    unlock(a);
    return false;
}

void fa_history_unlock(fa_allocator *a)
{
    unlock(a);
}

static fa_status check(fa_allocator *a, const fa_history_options *options)
{
    if (options->samples == 0 || options->samples > FA_HISTORY_SAMPLES_MAX || options->tags > FA_HISTORY_TAGS_MAX)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a history keeps 1 to %u samples and up to %u tags, not %u and %u", FA_HISTORY_SAMPLES_MAX,
                         FA_HISTORY_TAGS_MAX, options->samples, options->tags);
    if (options->every_lane != 0 && options->lane != NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "a history is of every lane or of one");
    if (options->lane != NULL && !fa_lane_belongs(a, options->lane))
        return fa_refuse(a, FA_CODE_LANE_MISUSE, FA_ERROR_WRONG_LANE, "the lane belongs to another allocator");
    if (!FA_STATISTICS || !a->config.statistics)
        return fa_fail(FA_ERROR_DISABLED);
    return FA_OK;
}

static void give_up(fa_history_sample *samples, uint64_t *tags)
{
    free(samples);
    free(tags);
}

/* Locked; takes the memory if there is no history yet. */
static fa_status install(fa_allocator *a, const fa_history_options *options, fa_history_sample *samples, uint64_t *tags)
{
    fa_history_shared *shared = shared_of(a);
    if (shared->samples != NULL)
        return FA_ERROR_EXISTS;
    shared->samples = samples;
    shared->tags = tags;
    shared->capacity = options->samples;
    shared->tag_capacity = options->tags;
    shared->taken = 0;
    atomic_store_explicit(&shared->lane, options->every_lane != 0 ? FA_HISTORY_EVERY_LANE : options->lane->id,
                          memory_order_release);
    return FA_OK;
}

static fa_status start(fa_allocator *a, const fa_history_options *options)
{
    fa_history_sample *samples = calloc(options->samples, sizeof *samples);
    uint64_t *tags = calloc(fa_max((size_t)options->samples * options->tags, 1), sizeof *tags);
    if (samples == NULL || tags == NULL) {
        give_up(samples, tags);
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY,
                         "no memory for a history of %u samples with %u tags", options->samples, options->tags);
    }
    lock(a);
    fa_status status = install(a, options, samples, tags);
    uint64_t turn = ++shared_of(a)->turns;
    unlock(a);
    if (status != FA_OK) {
        give_up(samples, tags);
        return fa_fail(status);
    }
    fa_watch(a, FA_WATCHER_HISTORY, FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES, turn);
    return FA_OK;
}

fa_status fa_history_start(fa_allocator *a, const fa_history_options *theirs)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_history_options options = FA_HISTORY_OPTIONS_INIT;
    fa_status status = theirs == NULL ? FA_OK : fa_versioned_check(theirs, sizeof options);
    if (status != FA_OK)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status,
                         "the options of a history begin with FA_HISTORY_OPTIONS_INIT");
    if (theirs != NULL)
        fa_versioned_read(&options, sizeof options, theirs);
    status = check(a, &options);
    if (status != FA_OK)
        return status;
    if (options.every_lane == 0 && options.lane == NULL)
        options.lane = fa_lane_get(a);
    return options.every_lane == 0 && options.lane == NULL ? fa_last_status() : start(a, &options);
}

/* Locked. */
static void remove_all(fa_history_shared *shared)
{
    give_up(shared->samples, shared->tags);
    shared->samples = NULL;
    shared->tags = NULL;
    fa_poke(shared->lane, 0);
}

fa_status fa_history_stop(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (!fa_history_lock(a))
        return fa_fail(FA_ERROR_NOT_FOUND);
    remove_all(shared_of(a));
    uint64_t turn = ++shared_of(a)->turns;
    unlock(a);
    fa_watch(a, FA_WATCHER_HISTORY, 0, turn);
    return FA_OK;
}

static bool wanted(const fa_lane *lane)
{
    uint64_t chosen = atomic_load_explicit(&lane->allocator->observe.history.lane, memory_order_acquire);
    return chosen == lane->id || chosen == FA_HISTORY_EVERY_LANE;
}

static uint64_t allocations_of(fa_lane *lane)
{
    fa_lane_stats stats;
    fa_lane_read_stats(lane, &stats);
    return stats.frame.allocations + stats.pool.allocations + stats.heap.allocations + stats.scratch.allocations;
}

void fa_history_frame_begun(fa_lane *lane, uint64_t number)
{
    if (!wanted(lane))
        return;
    lane->history.frame = number;
    lane->history.allocations = allocations_of(lane);
}

static fa_history_sample sample_of(fa_lane *lane, const fa_frame_span *span, const fa_usage *usage)
{
    fa_history_sample sample = FA_HISTORY_SAMPLE_INIT;
    sample.lane = lane->id;
    sample.frame = span->number;
    sample.time_ns = fa_os_nanoseconds();
    sample.frame_ns = span->nanoseconds;
    sample.allocations = allocations_of(lane) - lane->history.allocations;
    sample.bytes = span->bytes;
    sample.peak_bytes = span->peak_bytes;
    sample.frame_live_bytes = usage->live[0];
    sample.pool_live_bytes = usage->live[1];
    sample.heap_live_bytes = usage->live[2];
    sample.scratch_live_bytes = usage->live[3];
    sample.total_live_bytes = usage->total;
    sample.reserved_bytes = usage->reserved;
    return sample;
}

/* Locked. */
static void write_tags(fa_allocator *a, uint64_t *row)
{
    uint32_t capacity = shared_of(a)->tag_capacity;
    uint32_t made = fa_usage_tags(a);
    for (uint32_t i = 0; i < capacity; i++)
        row[i] = i < made ? fa_usage_of_tag(fa_tag_node_at(a, i + 1)) : 0;
}

/* Locked; returns the serial number. */
static uint64_t write_sample(fa_allocator *a, const fa_history_sample *sample)
{
    fa_history_shared *shared = shared_of(a);
    size_t place = (size_t)(shared->taken % shared->capacity);
    shared->samples[place] = *sample;
    shared->samples[place].serial = ++shared->taken;
    write_tags(a, shared->tags + place * shared->tag_capacity);
    return shared->taken;
}

/* Frames that began before the history did, or under an earlier one, are not whole. */
void fa_history_frame_ending(fa_lane *lane, const fa_frame_span *span)
{
    fa_allocator *a = lane->allocator;
    fa_usage usage;
    bool whole = lane->history.frame == span->number && span->nanoseconds != 0;
    lane->history.frame = 0;
    if (!wanted(lane) || !whole || !fa_usage_read(lane, &usage))
        return;
    fa_history_sample sample = sample_of(lane, span, &usage);
    if (!fa_history_lock(a))
        return;
    lane->history.fresh = write_sample(a, &sample);
    unlock(a);
    lane->history.fresh_bytes = usage.total;
}

void fa_history_frame_ended(fa_lane *lane, const fa_frame_span *span)
{
    uint64_t serial = lane->history.fresh;
    lane->history.fresh = 0;
    if (serial != 0)
        fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_HISTORY_SAMPLE,
                                                 .intent = -1,
                                                 .id = serial,
                                                 .frame = span->number,
                                                 .bytes = lane->history.fresh_bytes,
                                                 .nanoseconds = span->nanoseconds});
}

uint32_t fa_history_kept(const fa_allocator *a)
{
    const fa_history_shared *shared = &a->observe.history;
    return shared->taken < shared->capacity ? (uint32_t)shared->taken : shared->capacity;
}

static size_t place_of(const fa_history_shared *shared, uint32_t age)
{
    return (size_t)((shared->taken - 1 - age) % shared->capacity);
}

const fa_history_sample *fa_history_sample_at(const fa_allocator *a, uint32_t age)
{
    const fa_history_shared *shared = &a->observe.history;
    return &shared->samples[place_of(shared, age)];
}

bool fa_history_has_tag(const fa_allocator *a, uint32_t number)
{
    return number != 0 && number <= a->observe.history.tag_capacity;
}

uint64_t fa_history_tag_at(const fa_allocator *a, uint32_t age, uint32_t number)
{
    const fa_history_shared *shared = &a->observe.history;
    return shared->tags[place_of(shared, age) * shared->tag_capacity + number - 1];
}

uint64_t fa_history_newest(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a) || !fa_history_lock(a))
        return 0;
    uint64_t newest = shared_of(a)->taken;
    unlock(a);
    return newest;
}

/* Locked: copies what came after one sample, oldest first. */
static size_t copy_since(const fa_allocator *a, uint64_t after, fa_history_sample *samples, size_t capacity,
                         uint64_t *lost)
{
    uint64_t taken = a->observe.history.taken;
    uint64_t missed = taken > after ? taken - after : 0;
    uint64_t there = fa_min(missed, fa_history_kept(a));
    size_t count = (size_t)fa_min(there, capacity);
    for (size_t i = 0; i < count; i++)
        samples[i] = *fa_history_sample_at(a, (uint32_t)(there - 1 - i));
    if (lost != NULL)
        *lost = missed - there;
    return count;
}

fa_status fa_history_read(fa_allocator *a, uint64_t after, fa_history_sample *samples, size_t capacity, size_t *count,
                          uint64_t *lost)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (count == NULL || (samples == NULL && capacity != 0))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "there is nowhere to write samples to");
    if (!fa_history_lock(a))
        return fa_fail(FA_ERROR_NOT_FOUND);
    *count = copy_since(a, after, samples, capacity, lost);
    unlock(a);
    return FA_OK;
}

static bool init(fa_allocator *a)
{
    fa_mutex_init(&shared_of(a)->lock);
    return true;
}

static void dispose(fa_allocator *a)
{
    remove_all(shared_of(a));
    fa_mutex_destroy(&shared_of(a)->lock);
}

const fa_room fa_history_room = {
    .allocator_init = init,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
};
