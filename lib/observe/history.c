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

static bool lock_if_there(fa_allocator *a)
{
    lock(a);
    if (shared_of(a)->samples != NULL)
        return true;
    unlock(a);
    return false;
}

/* Locked. */
static uint64_t next_turn(fa_history_shared *shared)
{
    fa_counter_add(&shared->turns, 1);
    return fa_peek(shared->turns);
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
    uint64_t turn = status == FA_OK ? next_turn(shared_of(a)) : 0;
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
    if (!lock_if_there(a))
        return fa_fail(FA_ERROR_NOT_FOUND);
    remove_all(shared_of(a));
    uint64_t turn = next_turn(shared_of(a));
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
    uint64_t turn = fa_peek_acquire(lane->allocator->observe.history.turns);
    if (!wanted(lane))
        return;
    lane->history.turn = turn;
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

/* A reader that takes portion after portion would leave a lane no turn, as locks go to whoever is awake. */
static void lock_before_readers(fa_history_shared *shared)
{
    if (fa_mutex_try_lock(&shared->lock))
        return;
    fa_counter_add_shared(&shared->waiting, 1);
    fa_mutex_lock(&shared->lock);
    fa_counter_add_shared(&shared->waiting, UINT64_MAX);
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
    lock_before_readers(shared_of(a));
    if (shared_of(a)->samples != NULL && fa_peek(shared_of(a)->turns) == lane->history.turn)
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

/* Locked: serial number of the oldest sample. */
static uint64_t oldest_of(const fa_history_shared *shared)
{
    return shared->taken < shared->capacity ? 1 : shared->taken - shared->capacity + 1;
}

bool fa_history_look(fa_allocator *a, fa_history_view *view)
{
    const fa_history_shared *shared = shared_of(a);
    if (!lock_if_there(a))
        return false;
    *view = (fa_history_view){a, fa_peek(shared->turns), oldest_of(shared), shared->taken, shared->tag_capacity};
    unlock(a);
    return true;
}

/* Locked. */
static void copy(const fa_history_shared *shared, uint64_t first, uint64_t last, uint32_t tag,
                 fa_history_portion *portion)
{
    uint64_t serial = fa_max(first, oldest_of(shared));
    uint32_t count = 0;
    for (; serial <= last && count < FA_HISTORY_PORTION; serial++, count++) {
        size_t place = (size_t)((serial - 1) % shared->capacity);
        portion->samples[count] = shared->samples[place];
        portion->tags[count] = tag == 0 ? 0 : shared->tags[place * shared->tag_capacity + tag - 1];
    }
    portion->count = count;
}

bool fa_history_copy(const fa_history_view *view, uint64_t first, uint64_t last, uint32_t tag,
                     fa_history_portion *portion)
{
    enum { PATIENCE = 64 };
    fa_history_shared *shared = shared_of(view->allocator);
    for (unsigned waits = 0; waits < PATIENCE && fa_peek(shared->waiting) != 0; waits++)
        fa_os_wait(waits);
    if (!lock_if_there(view->allocator))
        return false;
    bool same = fa_peek(shared->turns) == view->turn;
    if (same)
        copy(shared, first, last, tag, portion);
    unlock(view->allocator);
    return same;
}

uint64_t fa_history_newest(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a) || !lock_if_there(a))
        return 0;
    uint64_t newest = shared_of(a)->taken;
    unlock(a);
    return newest;
}

/* Copies what came after one sample, oldest first. What is lost counts up to the last sample that is copied: a short ring
 * may have moved on before anything was. False if the history has ended. */
static bool copy_since(const fa_history_view *view, uint64_t after, fa_history_sample *samples, size_t capacity,
                       size_t *count, uint64_t *lost)
{
    fa_history_portion portion;
    uint64_t next = after >= view->newest ? view->newest + 1 : fa_max(after + 1, view->oldest);
    *lost = after >= view->newest ? 0 : next - after - 1;
    *count = 0;
    while (next <= view->newest && *count < capacity) {
        uint64_t last = next - 1 + fa_min(view->newest - next + 1, capacity - *count);
        if (!fa_history_copy(view, next, last, 0, &portion))
            return false;
        if (portion.count == 0)
            break;
        *lost += portion.samples[0].serial - next;
        next = portion.samples[portion.count - 1].serial + 1;
        memcpy(samples + *count, portion.samples, portion.count * sizeof *samples);
        *count += portion.count;
    }
    return true;
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
    fa_history_view view;
    size_t copied;
    uint64_t missed;
    do {
        if (!fa_history_look(a, &view) || !copy_since(&view, after, samples, capacity, &copied, &missed))
            return fa_fail(FA_ERROR_NOT_FOUND);
    } while (copied == 0 && capacity != 0 && view.newest > after);
    *count = copied;
    if (lost != NULL)
        *lost = missed;
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

/* Who waited in the parent does not in the child. */
static void forked(fa_allocator *a)
{
    fa_poke(shared_of(a)->waiting, 0);
}

const fa_room fa_history_room = {
    .allocator_init = init,
    .allocator_dispose = dispose,
    .allocator_lock = lock,
    .allocator_unlock = unlock,
    .allocator_forked = forked,
};
