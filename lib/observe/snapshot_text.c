/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What is in a snapshot: figures as their readers give them, in the words of docs/snapshot.schema.json. */
#include "account/rank.h"
#include "account/tag.h"
#include "base/json.h"
#include "core/report.h"
#include "diag/recent.h"
#include "observe/snapshot.h"
#include "store/stream.h"

#include <framealloc/block.h>
#include <framealloc/deferred.h>
#include <framealloc/lane.h>
#include <framealloc/tag.h>
#include <framealloc/transfer.h>
#include <framealloc/version.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* FA_TAG_LEVELS_MAX names with separators. */
enum { PATH_SIZE = FA_TAG_LEVELS_MAX * (FA_TAG_NAME_MAX + 2) + 1 };

void fa_snapshot_describe_time(uint64_t stamp, bool compact, char text[static FA_SNAPSHOT_TIME_SIZE])
{
    time_t seconds = (time_t)(stamp / 1000000u);
    struct tm utc = {0};
    (void)gmtime_r(&seconds, &utc);
    const char *format = compact ? "%04d%02d%02dT%02d%02d%02d.%06uZ" : "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ";
    (void)snprintf(text, FA_SNAPSHOT_TIME_SIZE, format, utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
                   utc.tm_min, utc.tm_sec, (unsigned)(stamp % 1000000u));
}

static void put_head(fa_json *json, fa_allocator *a, const fa_snapshot_scope *scope, const fa_snapshot_moment *moment)
{
    char time[FA_SNAPSHOT_TIME_SIZE];
    fa_snapshot_describe_time(moment->stamp, false, time);
    fa_json_number(json, "version", FA_SNAPSHOT_VERSION);
    fa_json_string(json, "timestamp", time);
    fa_json_number(json, "time_us", moment->stamp);
    fa_json_number(json, "sequence", moment->sequence);
    fa_json_number(json, "pid", (uint64_t)getpid());
    fa_json_string(json, "program", program_invocation_short_name);
    fa_json_string(json, "library", FA_VERSION_STRING);
    fa_json_number(json, "allocator", fa_allocator_number(a));
    fa_json_string(json, "name", scope->name);
    fa_json_number(json, "frame", moment->frame);
    fa_json_number(json, "lane", moment->lane);
    fa_json_number(json, "duration_us", moment->duration_ns / 1000u);
}

static void put_intent(fa_json *json, const char *key, const fa_intent_stats *intent)
{
    fa_json_open(json, key, '{');
    fa_json_number(json, "live_bytes", intent->live_bytes);
    fa_json_number(json, "live_count", intent->live_count);
    fa_json_number(json, "peak_bytes", intent->peak_bytes);
    fa_json_number(json, "allocations", intent->allocations);
    fa_json_number(json, "frees", intent->frees);
    fa_json_close(json, '}');
}

/* What a lane between two frames had in use when the last one ended, as long as its thread may go on with another. */
static uint64_t ended_bytes(const fa_lane *lane)
{
    uint64_t epoch = fa_peek(lane->frame.epoch);
    bool between = (epoch & 1) == 0 && fa_peek(lane->cache) != NULL;
    return between && fa_peek(lane->frame.set_aside) != epoch / 2 ? fa_peek(lane->frame.last_used) : 0;
}

static uint64_t frame_bytes(fa_allocator *a, const fa_stats *stats)
{
    uint64_t bytes = stats->frame.live_bytes;
    for (const fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next)
        bytes += ended_bytes(lane);
    return bytes;
}

static void put_summary(fa_json *json, fa_allocator *a, const fa_stats *stats)
{
    uint64_t frame = frame_bytes(a, stats);
    uint64_t others = stats->pool.live_bytes + stats->heap.live_bytes + stats->scratch.live_bytes;
    fa_json_open(json, "summary", '{');
    fa_json_number(json, "frame_bytes", frame);
    fa_json_number(json, "pool_bytes", stats->pool.live_bytes);
    fa_json_number(json, "heap_bytes", stats->heap.live_bytes);
    fa_json_number(json, "scratch_bytes", stats->scratch.live_bytes);
    fa_json_number(json, "total_bytes", frame + others);
    fa_json_number(json, "peak_bytes", stats->frame.peak_bytes + stats->pool.peak_bytes + stats->heap.peak_bytes +
                                           stats->scratch.peak_bytes);
    fa_json_close(json, '}');
    fa_json_open(json, "intents", '{');
    put_intent(json, "frame", &stats->frame);
    put_intent(json, "pool", &stats->pool);
    put_intent(json, "heap", &stats->heap);
    put_intent(json, "scratch", &stats->scratch);
    fa_json_close(json, '}');
}

static void put_backend(fa_json *json, const fa_stats *stats)
{
    fa_json_open(json, "backend", '{');
    fa_json_number(json, "reserved_bytes", stats->reserved_bytes);
    fa_json_number(json, "reserved_peak_bytes", stats->reserved_peak_bytes);
    fa_json_number(json, "allocations", stats->backend_allocations);
    fa_json_number(json, "deallocations", stats->backend_deallocations);
    fa_json_number(json, "failures", stats->backend_failures);
    fa_json_number(json, "fallbacks", stats->backend_fallbacks);
    fa_json_number(json, "chunk_bytes", stats->chunk_bytes);
    fa_json_number(json, "page_bytes", stats->page_bytes);
    fa_json_number(json, "cached_bytes", stats->cached_bytes);
    fa_json_close(json, '}');
}

static const char *policy_word(int32_t policy)
{
    static const char *const words[] = {"fail", "warn", "allow", "promote", "custom"};
    return policy >= FA_BUDGET_FAIL && policy <= FA_BUDGET_CUSTOM ? words[policy] : "fail";
}

/* A limit that is not set is null, as is a budget without any. */
static void put_limit(fa_json *json, const char *key, uint64_t limit)
{
    if (limit == 0)
        fa_json_null(json, key);
    else
        fa_json_number(json, key, limit);
}

static void put_budget(fa_json *json, const char *key, fa_status status, const fa_budget_usage *usage)
{
    if (status != FA_OK || (usage->soft_limit == 0 && usage->hard_limit == 0)) {
        fa_json_null(json, key);
        return;
    }
    fa_json_open(json, key, '{');
    fa_json_string(json, "policy", policy_word(usage->policy));
    fa_json_number(json, "used_bytes", usage->used);
    fa_json_number(json, "peak_bytes", usage->peak);
    put_limit(json, "soft_limit", usage->soft_limit);
    put_limit(json, "hard_limit", usage->hard_limit);
    fa_json_number(json, "soft_hits", usage->soft_hits);
    fa_json_number(json, "hard_hits", usage->hard_hits);
    fa_json_number(json, "denied", usage->denied);
    fa_json_close(json, '}');
}

static void put_allocator_budget(fa_json *json, fa_allocator *a)
{
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    put_budget(json, "budget", fa_budget_get_global(a, &usage), &usage);
}

static void put_lane_budget(fa_json *json, const char *key, fa_allocator *a, fa_lane *lane, int32_t intent)
{
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    put_budget(json, key, fa_budget_get_lane(a, lane, intent, &usage), &usage);
}

static void put_lane(fa_json *json, fa_allocator *a, fa_lane *lane)
{
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    (void)fa_lane_get_stats(a, lane, &stats);
    fa_json_open(json, NULL, '{');
    fa_json_number(json, "id", lane->id);
    fa_json_string(json, "name", stats.name);
    fa_json_boolean(json, "bound", stats.bound != 0);
    fa_json_number(json, "frame", stats.frame_number);
    fa_json_number(json, "last_frame_bytes", stats.last_frame_bytes);
    fa_json_open(json, "intents", '{');
    put_intent(json, "frame", &stats.frame);
    put_intent(json, "pool", &stats.pool);
    put_intent(json, "heap", &stats.heap);
    put_intent(json, "scratch", &stats.scratch);
    fa_json_close(json, '}');
    fa_json_number(json, "refills", stats.refills);
    fa_json_number(json, "deferred_frees", stats.deferred_frees);
    fa_json_number(json, "chunk_bytes", stats.chunk_bytes);
    fa_json_number(json, "pages", stats.pages);
    put_lane_budget(json, "frame_budget", a, lane, FA_INTENT_FRAME);
    put_lane_budget(json, "pool_budget", a, lane, FA_INTENT_POOL);
    fa_json_close(json, '}');
}

/* Lanes that threads are on come first. A lane may be left by its thread in between: it is there twice then, or not. */
static void put_lanes(fa_json *json, fa_allocator *a, uint32_t most)
{
    uint32_t total = 0;
    uint32_t written = 0;
    fa_json_open(json, "threads", '[');
    for (int bound = 1; bound >= 0; bound--) {
        for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
            if ((fa_peek(lane->cache) != NULL) != (bound != 0))
                continue;
            total++;
            if (written == most)
                continue;
            put_lane(json, a, lane);
            written++;
        }
    }
    fa_json_close(json, ']');
    fa_json_number(json, "threads_left_out", total - written);
}

static void put_tag(fa_json *json, fa_allocator *a, fa_tag tag)
{
    char path[PATH_SIZE];
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    (void)fa_tag_path(a, tag, path, sizeof path);
    (void)fa_tag_get_stats(a, tag, &stats);
    fa_json_open(json, NULL, '{');
    fa_json_number(json, "id", tag & UINT32_MAX);
    fa_json_number(json, "parent", stats.parent & UINT32_MAX);
    fa_json_string(json, "path", path);
    fa_json_number(json, "level", stats.level);
    fa_json_number(json, "nested_live_bytes", stats.nested_live_bytes);
    put_intent(json, "frame", &stats.frame);
    put_intent(json, "pool", &stats.pool);
    put_intent(json, "heap", &stats.heap);
    put_intent(json, "scratch", &stats.scratch);
    fa_json_number(json, "frame_total_bytes", stats.frame_total_bytes);
    fa_json_number(json, "pool_total_bytes", stats.pool_total_bytes);
    fa_json_number(json, "heap_total_bytes", stats.heap_total_bytes);
    fa_json_number(json, "scratch_total_bytes", stats.scratch_total_bytes);
    put_budget(json, "budget", fa_budget_get_tag(a, tag, &usage), &usage);
    fa_json_close(json, '}');
}

static fa_status put_tags(fa_json *json, fa_allocator *a, uint32_t most)
{
    uint32_t total = atomic_load_explicit(&a->account.tags, memory_order_acquire);
    uint32_t count = total < most ? total : most;
    fa_tag_rank *chosen = count == 0 ? NULL : malloc(count * sizeof *chosen);
    if (chosen == NULL && count != 0)
        return FA_ERROR_OUT_OF_MEMORY;
    fa_json_open(json, "tags", '[');
    if (count != 0)
        fa_tags_rank(a, chosen, count, total);
    for (uint32_t i = 0; i < count; i++)
        put_tag(json, a, fa_tag_id(a, fa_tag_node_at(a, chosen[i].number)));
    fa_json_close(json, ']');
    fa_json_number(json, "tags_left_out", total - count);
    free(chosen);
    return FA_OK;
}

static void put_sum(fa_json *json, const char *key, fa_promotion_sum sum)
{
    fa_json_open(json, key, '{');
    fa_json_number(json, "count", sum.count);
    fa_json_number(json, "bytes", sum.bytes);
    fa_json_close(json, '}');
}

static void put_promotions(fa_json *json, fa_allocator *a)
{
    fa_promotion_summary sums = FA_PROMOTION_SUMMARY_INIT;
    (void)fa_promotions_total(a, &sums);
    fa_json_open(json, "promotions", '{');
    put_sum(json, "to_pool", sums.to_pool);
    put_sum(json, "to_heap", sums.to_heap);
    put_sum(json, "to_scratch", sums.to_scratch);
    put_sum(json, "discarded", sums.discarded);
    put_sum(json, "leaked", sums.leaked);
    put_sum(json, "failed", sums.failed);
    fa_json_close(json, '}');
}

static void put_transfers(fa_json *json, fa_allocator *a)
{
    fa_transfer_stats stats = FA_TRANSFER_STATS_INIT;
    (void)fa_transfer_get_stats(a, &stats);
    fa_json_open(json, "transfers", '{');
    fa_json_number(json, "initiated", stats.initiated);
    fa_json_number(json, "sent", stats.sent);
    fa_json_number(json, "taken", stats.taken);
    fa_json_number(json, "dropped", stats.dropped);
    fa_json_number(json, "in_flight", stats.in_flight);
    fa_json_number(json, "live_bytes", stats.live_bytes);
    fa_json_number(json, "peak_bytes", stats.peak_bytes);
    fa_json_number(json, "copied_bytes", stats.copied_bytes);
    fa_json_close(json, '}');
}

static void put_deferred(fa_json *json, fa_allocator *a)
{
    fa_deferred_stats stats = FA_DEFERRED_STATS_INIT;
    (void)fa_deferred_get_stats(a, &stats);
    fa_json_open(json, "deferred", '{');
    fa_json_number(json, "sent", stats.sent);
    fa_json_number(json, "processed", stats.processed);
    fa_json_number(json, "pending", stats.pending);
    fa_json_number(json, "peak_pending", stats.peak_pending);
    fa_json_number(json, "batches", stats.batches);
    fa_json_number(json, "largest_batch", stats.largest_batch);
    fa_json_number(json, "waits", stats.waits);
    fa_json_number(json, "refused", stats.refused);
    fa_json_number(json, "warnings", stats.warnings);
    fa_json_close(json, '}');
}

static void put_stream(fa_json *json, const fa_stream_stats *stats)
{
    fa_json_open(json, NULL, '{');
    fa_json_number(json, "budget", stats->budget);
    fa_json_number(json, "used_bytes", stats->used);
    fa_json_number(json, "peak_bytes", stats->peak);
    fa_json_number(json, "evictable_bytes", stats->evictable);
    fa_json_number(json, "ready", stats->ready_assets);
    fa_json_number(json, "loading", stats->loading_assets);
    fa_json_number(json, "hits", stats->hits);
    fa_json_number(json, "misses", stats->misses);
    fa_json_number(json, "loads", stats->loads);
    fa_json_number(json, "evictions", stats->evictions);
    fa_json_number(json, "refused", stats->refused);
    fa_json_close(json, '}');
}

static void put_streams(fa_json *json, fa_allocator *a)
{
    fa_stream_stats streams[FA_SNAPSHOT_STREAMS];
    size_t total = fa_streams_read(a, streams, FA_SNAPSHOT_STREAMS);
    fa_json_open(json, "streams", '[');
    for (size_t i = 0; i < fa_min(total, FA_SNAPSHOT_STREAMS); i++)
        put_stream(json, &streams[i]);
    fa_json_close(json, ']');
    fa_json_number(json, "streams_left_out", total - fa_min(total, FA_SNAPSHOT_STREAMS));
}

static void put_diagnostic(fa_json *json, const fa_diagnostic_record *record)
{
    fa_json_open(json, NULL, '{');
    fa_json_string(json, "code", record->code_text);
    fa_json_string(json, "severity", record->severity == FA_SEVERITY_ERROR     ? "error"
                                     : record->severity == FA_SEVERITY_WARNING ? "warning"
                                                                               : "note");
    fa_json_number(json, "occurrences", record->occurrences);
    fa_json_number(json, "frame", record->frame_number);
    fa_json_number(json, "time_ns", record->time_ns);
    fa_json_string(json, "message", record->message);
    fa_json_string(json, "note", record->note);
    fa_json_close(json, '}');
}

static fa_status put_diagnostics(fa_json *json, fa_allocator *a, uint32_t most)
{
    size_t total;
    fa_diagnostic_record *records = malloc((most + 1) * sizeof *records);
    if (records == NULL)
        return FA_ERROR_OUT_OF_MEMORY;
    size_t shown = fa_recent_codes(a, records, most, &total);
    fa_json_open(json, "diagnostics", '[');
    for (size_t i = 0; i < shown; i++)
        put_diagnostic(json, &records[i]);
    fa_json_close(json, ']');
    fa_json_number(json, "diagnostics_left_out", total - shown);
    free(records);
    return FA_OK;
}

static void put_own(fa_json *json, fa_allocator *a)
{
    fa_snapshot_stats stats = FA_SNAPSHOT_STATS_INIT;
    (void)fa_snapshot_get_stats(a, &stats);
    fa_json_open(json, "snapshots", '{');
    fa_json_number(json, "written", stats.written);
    fa_json_number(json, "requested", stats.requested);
    fa_json_number(json, "skipped", stats.skipped);
    fa_json_number(json, "failed", stats.failed);
    fa_json_number(json, "longest_us", stats.longest_ns / 1000u);
    fa_json_close(json, '}');
}

fa_status fa_snapshot_compose(fa_allocator *a, const fa_snapshot_scope *scope, const fa_snapshot_moment *moment,
                              char *buffer, size_t size, size_t *needed)
{
    fa_json json = {.bytes = buffer, .size = size};
    fa_stats stats = FA_STATS_INIT;
    fa_status status = fa_allocator_stats(a, &stats);
    fa_json_open(&json, NULL, '{');
    put_head(&json, a, scope, moment);
    put_summary(&json, a, &stats);
    put_backend(&json, &stats);
    put_allocator_budget(&json, a);
    put_lanes(&json, a, scope->most_threads);
    if (status == FA_OK)
        status = put_tags(&json, a, scope->most_tags);
    put_promotions(&json, a);
    put_transfers(&json, a);
    put_deferred(&json, a);
    put_streams(&json, a);
    if (status == FA_OK)
        status = put_diagnostics(&json, a, scope->most_diagnostics);
    put_own(&json, a);
    fa_json_close(&json, '}');
    bool fits = fa_json_finish(&json);
    *needed = json.used + 1;
    return status != FA_OK ? status : fits ? FA_OK : FA_ERROR_FULL;
}
