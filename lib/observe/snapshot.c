/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* When snapshots are written. One thread at a time has them in hand; others go on with their frames. */
#include "observe/snapshot.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/versioned.h"
#include "core/watch.h"
#include "observe/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MILLISECOND ((uint64_t)1000000)
#define LEAST_INTERVAL (FA_SNAPSHOT_INTERVAL_MIN_MS * MILLISECOND)
#define LOOK_INTERVAL (100 * MILLISECOND)

static fa_snapshot_shared *shared_of(fa_allocator *a)
{
    return &a->snapshots;
}

static bool try_hold(fa_snapshot_shared *shared)
{
    void *nobody = NULL;
    return atomic_compare_exchange_strong(&shared->writer, &nobody, &fa_tls);
}

static void hold(fa_snapshot_shared *shared)
{
    for (unsigned waits = 0; !try_hold(shared); waits++)
        fa_os_wait(waits);
}

static void let_go(fa_snapshot_shared *shared)
{
    atomic_store(&shared->writer, NULL);
}

static bool statistics_kept(const fa_allocator *a)
{
    return FA_STATISTICS && a->config.statistics;
}

static fa_status refuse(fa_allocator *a, const char *why)
{
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "snapshots need %s", why);
}

/* What does not depend on texts. */
static const char *fault_in_numbers(const fa_snapshot_config *config)
{
    if (config->automatic != 0 && config->automatic != 1)
        return "automatic to be 0 or 1";
    if (config->interval_ms < FA_SNAPSHOT_INTERVAL_MIN_MS)
        return "an interval of at least 500 ms";
    if (config->kept == 0 || config->kept > FA_SNAPSHOT_KEPT_MAX)
        return "1 to 10000 files to keep";
    if (config->most_diagnostics > FA_SNAPSHOT_DIAGNOSTICS_MAX)
        return "at most 256 reports";
    return config->reserved != 0 ? "reserved to be 0" : NULL;
}

static bool is_file_name(const char *name)
{
    return strchr(name, '/') == NULL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strlen(name) <= FA_SNAPSHOT_NAME_MAX;
}

static const char *fault_in(const fa_snapshot_config *config)
{
    if (config->folder == NULL || config->folder[0] == '\0')
        return "a folder";
    if (config->name != NULL && strlen(config->name) > FA_SNAPSHOT_NAME_MAX)
        return "a name of up to 63 bytes";
    if (config->request_file != NULL && !is_file_name(config->request_file))
        return "a request file whose name has up to 63 bytes and no slash";
    return fault_in_numbers(config);
}

static fa_status take_in(fa_allocator *a, const fa_snapshot_config *config, fa_snapshot_settings **out)
{
    const char *fault = fault_in(config);
    if (fault != NULL)
        return refuse(a, fault);
    fa_snapshot_settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL)
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "the settings of snapshots find no memory");
    if (fa_file_absolute(config->folder, settings->folder, sizeof settings->folder) != 0) {
        free(settings);
        return refuse(a, "a folder whose path is not too long");
    }
    if (config->name != NULL)
        memcpy(settings->scope.name, config->name, strlen(config->name) + 1);
    if (config->request_file != NULL)
        memcpy(settings->request_file, config->request_file, strlen(config->request_file) + 1);
    settings->automatic = config->automatic != 0;
    settings->interval_ms = config->interval_ms;
    settings->kept = config->kept;
    settings->scope.most_tags = config->most_tags;
    settings->scope.most_threads = config->most_threads;
    settings->scope.most_diagnostics = config->most_diagnostics;
    *out = settings;
    return FA_OK;
}

/* Held. What was asked for before is forgotten, and what is asked for at the same time is of either turn. */
static uint64_t replace(fa_snapshot_shared *shared, fa_snapshot_settings *settings)
{
    fa_snapshot_settings *before = shared->settings;
    shared->settings = settings;
    free(before);
    memset(shared->warned, 0, sizeof shared->warned);
    shared->due = 0;
    shared->look = 0;
    fa_counter_add(&shared->turns, 1);
    uint64_t turn = fa_peek(shared->turns);
    atomic_store(&shared->on, settings != NULL ? turn : 0);
    atomic_store(&shared->wake, settings != NULL ? 0 : UINT64_MAX);
    return turn;
}

static void adopt(fa_allocator *a, fa_snapshot_settings *settings)
{
    fa_snapshot_shared *shared = shared_of(a);
    hold(shared);
    uint64_t turn = replace(shared, settings);
    let_go(shared);
    fa_watch(a, FA_WATCHER_SNAPSHOT, settings != NULL ? FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES : 0, turn);
}

fa_status fa_snapshot_configure(fa_allocator *a, const fa_snapshot_config *config)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_snapshot_settings *settings = NULL;
    if (config != NULL) {
        fa_snapshot_config ours;
        fa_status status = statistics_kept(a) ? fa_versioned_check(config, sizeof ours) : fa_fail(FA_ERROR_DISABLED);
        if (status != FA_OK)
            return status;
        fa_versioned_read(&ours, sizeof ours, config);
        status = take_in(a, &ours, &settings);
        if (status != FA_OK)
            return status;
    }
    adopt(a, settings);
    return FA_OK;
}

static bool is_wanted(const fa_snapshot_shared *shared)
{
    uint64_t turn = atomic_load(&shared->on);
    return turn != 0 && atomic_load(&shared->wanted) == turn;
}

/* A request that is late does not take the place of one of a later turn. */
static void raise_wanted(fa_snapshot_shared *shared, uint64_t turn)
{
    uint64_t seen = atomic_load(&shared->wanted);
    while (turn > seen && !atomic_compare_exchange_weak(&shared->wanted, &seen, turn)) {
    }
}

/* Whoever works out when to wake looks at what is wanted afterwards. */
static void want(fa_snapshot_shared *shared, uint64_t turn)
{
    fa_counter_add_shared(&shared->requested, 1);
    raise_wanted(shared, turn);
    atomic_store(&shared->wake, 0);
}

fa_status fa_snapshot_request(fa_allocator *a)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    uint64_t turn = atomic_load(&shared_of(a)->on);
    if (turn == 0)
        return fa_fail(FA_ERROR_DISABLED);
    want(shared_of(a), turn);
    return FA_OK;
}

static uint64_t stamp_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* Held. The text in the allocator's own memory, which grows as need be; its length, 0 without memory. */
static size_t compose(fa_allocator *a, fa_snapshot_shared *shared, const fa_snapshot_moment *moment)
{
    const fa_snapshot_scope *scope = &shared->settings->scope;
    size_t needed = 0;
    fa_status status = fa_snapshot_compose(a, scope, moment, shared->text, shared->text_size, &needed);
    while (status == FA_ERROR_FULL) {
        size_t size = needed + needed / 4;
        char *larger = malloc(size);
        if (larger == NULL)
            return 0;
        char *before = shared->text;
        shared->text = larger;
        shared->text_size = size;
        free(before);
        status = fa_snapshot_compose(a, scope, moment, shared->text, shared->text_size, &needed);
    }
    return status == FA_OK ? needed - 1 : 0;
}

/* Held. 0 or an errno. */
static int write_one(fa_allocator *a, fa_snapshot_shared *shared, fa_snapshot_moment *moment)
{
    moment->stamp = fa_max(stamp_now(), shared->last_stamp + 1);
    moment->sequence = fa_peek(shared->written) + 1;
    shared->last_stamp = moment->stamp;
    size_t length = compose(a, shared, moment);
    int error = length == 0 ? ENOMEM : fa_snapshot_store(a, shared->settings, moment->stamp, shared->text, length);
    if (error == 0) {
        fa_counter_add(&shared->written, 1);
        fa_poke(shared->last_bytes, length);
        fa_counter_raise(&shared->largest_bytes, length);
    }
    return error;
}

/* Held. Whether the cause was not reported since snapshots were configured. */
static bool is_news(fa_snapshot_shared *shared, int error)
{
    uint64_t bit = (uint64_t)1 << (unsigned)error % 64;
    uint64_t *causes = &shared->warned[(unsigned)error % FA_SNAPSHOT_CAUSES / 64];
    bool news = (*causes & bit) == 0;
    *causes |= bit;
    return news;
}

/* Held. An errno that is to be reported, else 0. */
static int attempt(fa_allocator *a, fa_snapshot_shared *shared, fa_snapshot_moment *moment)
{
    uint64_t begun = fa_os_nanoseconds();
    uint64_t wanted = atomic_exchange(&shared->wanted, 0);
    int error = write_one(a, shared, moment);
    uint64_t ended = fa_os_nanoseconds();
    fa_counter_add(&shared->total_ns, ended - begun);
    fa_counter_raise(&shared->longest_ns, ended - begun);
    shared->earliest = ended + LEAST_INTERVAL;
    shared->due = begun + shared->settings->interval_ms * MILLISECOND;
    if (error == 0)
        return 0;
    raise_wanted(shared, wanted);
    fa_counter_add(&shared->failed, 1);
    fa_poke(shared->last_error, error);
    return is_news(shared, error) ? error : 0;
}

/* Held. When a frame has something to do again. */
static void sleep_until_next(fa_snapshot_shared *shared)
{
    const fa_snapshot_settings *settings = shared->settings;
    uint64_t next = settings->automatic ? fa_max(shared->due, shared->earliest) : UINT64_MAX;
    if (settings->request_file[0] != '\0')
        next = fa_min(next, shared->look);
    atomic_store(&shared->wake, next);
    if (is_wanted(shared))
        atomic_store(&shared->wake, fa_min(next, shared->earliest));
}

/* Held. An errno that is to be reported, else 0. */
static int attend(fa_allocator *a, fa_snapshot_shared *shared, fa_snapshot_moment *moment, uint64_t now)
{
    const fa_snapshot_settings *settings = shared->settings;
    if (settings->request_file[0] != '\0' && now >= shared->look) {
        shared->look = now + LOOK_INTERVAL;
        if (fa_snapshot_take_request(a, settings))
            want(shared, atomic_load(&shared->on));
    }
    bool asked = is_wanted(shared);
    bool due = asked || (settings->automatic && now >= shared->due);
    int error = 0;
    if (due && now >= shared->earliest)
        error = attempt(a, shared, moment);
    else if (asked)
        fa_counter_add_shared(&shared->skipped, 1);
    sleep_until_next(shared);
    return error;
}

static fa_snapshot_moment moment_of(const fa_lane *lane, const fa_frame_span *span)
{
    return (fa_snapshot_moment){.frame = span->number, .lane = lane->id, .duration_ns = span->nanoseconds};
}

/* Held, but no longer at the end; the thread's last status stays as it was. */
static void see_to(fa_allocator *a, fa_snapshot_shared *shared, fa_snapshot_moment moment, uint64_t now)
{
    char folder[161] = "";
    int error = 0;
    fa_status before = fa_tls.last_status;
    if (shared->settings != NULL) {
        error = attend(a, shared, &moment, now);
        (void)snprintf(folder, sizeof folder, "%.160s", shared->settings->folder);
    } else {
        atomic_store(&shared->wake, UINT64_MAX);
    }
    let_go(shared);
    if (error != 0)
        fa_warn(a, FA_CODE_SNAPSHOT, "%s: \"%s\"", strerror(error), folder);
    fa_tls.last_status = before;
}

void fa_snapshot_frame_ended(fa_lane *lane, const fa_frame_span *span)
{
    fa_allocator *a = lane->allocator;
    fa_snapshot_shared *shared = shared_of(a);
    if (fa_likely(fa_peek(shared->wake) == UINT64_MAX))
        return;
    uint64_t now = fa_os_nanoseconds();
    if (fa_likely(now < fa_peek(shared->wake)))
        return;
    if (try_hold(shared))
        see_to(a, shared, moment_of(lane, span), now);
    else if (is_wanted(shared))
        fa_counter_add_shared(&shared->skipped, 1);
}

fa_status fa_snapshot_write(fa_allocator *a, char *buffer, size_t size, size_t *needed)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (buffer == NULL && size != 0)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "fa_snapshot_write() has nowhere to write to");
    if (!statistics_kept(a))
        return fa_fail(FA_ERROR_DISABLED);
    const fa_lane *lane = fa_lane_existing(a);
    fa_snapshot_moment moment = {.stamp = stamp_now()};
    if (lane != NULL) {
        moment.lane = lane->id;
        moment.frame = (fa_peek(lane->frame.epoch) + 1) / 2;
        moment.duration_ns = fa_peek(lane->times.last_ns);
    }
    fa_snapshot_scope scope = {.most_tags = 256, .most_threads = 64, .most_diagnostics = 32};
    fa_snapshot_shared *shared = shared_of(a);
    hold(shared);
    if (shared->settings != NULL)
        scope = shared->settings->scope;
    let_go(shared);
    size_t bytes = 0;
    fa_status status = fa_snapshot_compose(a, &scope, &moment, buffer, size, &bytes);
    if (needed != NULL)
        *needed = bytes;
    return status == FA_OK ? FA_OK : fa_fail(status);
}

fa_status fa_snapshot_get_stats(fa_allocator *a, fa_snapshot_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    const fa_snapshot_shared *shared = shared_of(a);
    fa_snapshot_stats stats = FA_SNAPSHOT_STATS_INIT;
    stats.on = fa_peek(shared->on) != 0;
    stats.written = fa_peek(shared->written);
    stats.requested = fa_peek(shared->requested);
    stats.skipped = fa_peek(shared->skipped);
    stats.failed = fa_peek(shared->failed);
    stats.removed = fa_peek(shared->removed);
    stats.total_ns = fa_peek(shared->total_ns);
    stats.longest_ns = fa_peek(shared->longest_ns);
    stats.last_bytes = fa_peek(shared->last_bytes);
    stats.largest_bytes = fa_peek(shared->largest_bytes);
    stats.pending = is_wanted(shared);
    stats.last_error = fa_peek(shared->last_error);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

/* Quiet as far as the status of the thread goes: the allocator is made either way. */
static void follow_environment(fa_allocator *a)
{
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = secure_getenv("FRAMEALLOC_SNAPSHOTS");
    if (config.folder == NULL || config.folder[0] == '\0')
        return;
    if (!statistics_kept(a)) {
        fa_warn(NULL, FA_CODE_SNAPSHOT, "FRAMEALLOC_SNAPSHOTS is set, and allocator %llu keeps no statistics",
                (unsigned long long)a->number);
        return;
    }
    fa_status before = fa_tls.last_status;
    fa_snapshot_settings *settings = NULL;
    if (take_in(NULL, &config, &settings) == FA_OK)
        adopt(a, settings);
    fa_tls.last_status = before;
}

static bool init(fa_allocator *a)
{
    atomic_store(&shared_of(a)->wake, UINT64_MAX);
    follow_environment(a);
    return true;
}

/* What another thread had in hand may be half of one thing and half of another: it is left behind. */
static void forked(fa_allocator *a)
{
    fa_snapshot_shared *shared = shared_of(a);
    void *writer = atomic_load(&shared->writer);
    if (writer == NULL || writer == &fa_tls)
        return;
    shared->text = NULL;
    shared->text_size = 0;
    let_go(shared);
}

static void dispose(fa_allocator *a)
{
    free(shared_of(a)->settings);
    free(shared_of(a)->text);
}

const fa_room fa_snapshot_room = {
    .allocator_init = init,
    .allocator_dispose = dispose,
    .allocator_forked = forked,
};
