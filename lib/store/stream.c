/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "store/stream.h"

#include "core/call.h"
#include "core/report.h"
#include "core/rooms.h"
#include "core/versioned.h"

#include <stdlib.h>

static fa_stream *from_link(fa_link *link)
{
    return fa_container_of(link, fa_stream, link);
}

static fa_status take_in(const fa_stream_config *theirs, fa_stream_config *ours)
{
    *ours = (fa_stream_config)FA_STREAM_CONFIG_INIT;
    if (theirs == NULL)
        return FA_OK;
    fa_status status = fa_versioned_check(theirs, sizeof *ours);
    if (status == FA_OK)
        fa_versioned_read(ours, sizeof *ours, theirs);
    return status == FA_OK && ours->reserved != 0 ? fa_fail(FA_ERROR_INVALID_ARGUMENT) : status;
}

static void enlist(fa_allocator *a, fa_stream *stream)
{
    fa_mutex_lock(&a->lock);
    fa_list_push(&a->store.streams, &stream->link);
    stream->assets.salt = fa_allocator_salt(a) ^ ++a->store.streams_made * 0x9e3779b9u;
    fa_mutex_unlock(&a->lock);
}

fa_stream *fa_stream_create(fa_allocator *a, const fa_stream_config *config)
{
    FA_ENTER(a);
    fa_stream_config ours;
    if (!fa_allocator_usable(a) || take_in(config, &ours) != FA_OK)
        return NULL;
    fa_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        (void)fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *stream, FA_CACHE_LINE, false);
        return NULL;
    }
    stream->allocator = a;
    stream->config = ours;
    stream->stats = (fa_stream_stats)FA_STREAM_STATS_INIT;
    fa_mutex_init(&stream->lock);
    for (int32_t i = 0; i < FA_STREAM_PRIORITIES; i++)
        fa_list_init(&stream->ages[i]);
    enlist(a, stream);
    return stream;
}

fa_status fa_stream_enter(fa_stream *stream, fa_asset id, fa_asset_state **asset)
{
    if (stream == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the store is NULL");
    fa_mutex_lock(&stream->lock);
    *asset = fa_slots_get(&stream->assets, id);
    if (*asset != NULL)
        return FA_OK;
    fa_mutex_unlock(&stream->lock);
    return fa_refuse(stream->allocator, FA_CODE_BAD_HANDLE, FA_ERROR_STALE, "%#llx is no asset of this store",
                     (unsigned long long)id);
}

void fa_stream_leave(fa_stream *stream)
{
    fa_mutex_unlock(&stream->lock);
}

static uint32_t *count_of(fa_stream_stats *stats, int32_t state)
{
    switch (state) {
    case FA_ASSET_RESERVED: return &stats->reserved_assets;
    case FA_ASSET_LOADING: return &stats->loading_assets;
    case FA_ASSET_READY: return &stats->ready_assets;
    case FA_ASSET_EVICTING: return &stats->evicting_assets;
    case FA_ASSET_EVICTED: return &stats->evicted_assets;
    default: return NULL;
    }
}

void fa_stream_set_state(fa_stream *stream, fa_asset_state *asset, int32_t state)
{
    uint32_t *before = count_of(&stream->stats, asset->state);
    uint32_t *after = count_of(&stream->stats, state);
    if (before != NULL)
        --*before;
    if (after != NULL)
        ++*after;
    asset->state = state;
}

/* Locked. */
static fa_stream_stats figures_of(const fa_stream *stream)
{
    fa_stream_stats stats = stream->stats;
    stats.budget = stream->config.budget;
    for (int32_t i = 0; i < FA_STREAM_PRIORITIES; i++)
        stats.evictable += stream->evictable[i];
    return stats;
}

fa_status fa_stream_get_stats(fa_stream *stream, fa_stream_stats *out)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    if (stream == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the store is NULL");
    fa_mutex_lock(&stream->lock);
    fa_stream_stats stats = figures_of(stream);
    fa_mutex_unlock(&stream->lock);
    return fa_versioned_write(stream->allocator, out, &stats, sizeof stats);
}

/* Whether every asset could go. Bytes that are neither booked only nor evictable are pinned or loading. */
static fa_status check_destroy(fa_stream *stream)
{
    fa_stream_stats stats = FA_STREAM_STATS_INIT;
    (void)fa_stream_get_stats(stream, &stats);
    if (stats.loading_assets + stats.evicting_assets != 0)
        return fa_refuse(stream->allocator, FA_CODE_WRONG_STATE, FA_ERROR_STATE, "assets of the store are loading or evicting");
    fa_mutex_lock(&stream->lock);
    uint32_t evictable = 0;
    for (int32_t i = 0; i < FA_STREAM_PRIORITIES; i++) {
        for (const fa_link *link = stream->ages[i].next; link != &stream->ages[i]; link = link->next)
            evictable += fa_container_of(link, fa_asset_state, age)->replaced == NULL;
    }
    fa_mutex_unlock(&stream->lock);
    if (evictable == stats.ready_assets)
        return FA_OK;
    return fa_refuse(stream->allocator, FA_CODE_PINNED, FA_ERROR_PINNED, "assets of the store are pinned or being replaced");
}

static void free_asset(fa_stream *stream, fa_asset_state *asset)
{
    while (asset->replaced != NULL) {
        fa_asset_version *version = asset->replaced;
        asset->replaced = version->next;
        (void)fa_release_own(stream->allocator, version->memory);
        free(version);
    }
    (void)fa_release_own(stream->allocator, asset->current.memory);
    (void)fa_release_own(stream->allocator, asset->coming.memory);
    free(asset);
}

static void free_assets(fa_stream *stream)
{
    fa_asset_state *asset;
    while ((asset = fa_slots_remove_any(&stream->assets)) != NULL)
        free_asset(stream, asset);
    fa_slots_dispose(&stream->assets);
}

static void dispose(fa_stream *stream)
{
    free_assets(stream);
    fa_mutex_destroy(&stream->lock);
    free(stream);
}

fa_status fa_stream_destroy(fa_stream *stream)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_status status = stream == NULL ? FA_OK : check_destroy(stream);
    if (stream == NULL || status != FA_OK)
        return status;
    (void)fa_stream_evict_step(stream, 0, UINT32_MAX, NULL);
    fa_mutex_lock(&stream->allocator->lock);
    fa_list_remove(&stream->link);
    fa_mutex_unlock(&stream->allocator->lock);
    dispose(stream);
    return FA_OK;
}

size_t fa_streams_read(fa_allocator *a, fa_stream_stats *out, size_t most)
{
    size_t count = 0;
    fa_mutex_lock(&a->lock);
    for (fa_link *link = a->store.streams.next; link != &a->store.streams; link = link->next, count++) {
        fa_stream *stream = from_link(link);
        if (count >= most)
            continue;
        fa_mutex_lock(&stream->lock);
        out[count] = figures_of(stream);
        fa_mutex_unlock(&stream->lock);
    }
    fa_mutex_unlock(&a->lock);
    return count;
}

static bool init_shared(fa_allocator *a)
{
    fa_list_init(&a->store.streams);
    return true;
}

/* A store that was not destroyed goes quietly, with its assets. */
static void close_shared(fa_allocator *a)
{
    while (!fa_list_empty(&a->store.streams)) {
        fa_stream *stream = from_link(a->store.streams.next);
        fa_list_remove(&stream->link);
        dispose(stream);
    }
}

static void lock_all(fa_allocator *a)
{
    for (fa_link *link = a->store.streams.next; link != &a->store.streams; link = link->next)
        fa_mutex_lock(&from_link(link)->lock);
}

static void unlock_all(fa_allocator *a)
{
    for (fa_link *link = a->store.streams.next; link != &a->store.streams; link = link->next)
        fa_mutex_unlock(&from_link(link)->lock);
}

const fa_room fa_stream_room = {
    .allocator_init = init_shared,
    .allocator_close = close_shared,
    .allocator_lock = lock_all,
    .allocator_unlock = unlock_all,
};
