/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Making room in a streaming store: by priority, then by age. */
#include "core/call.h"
#include "core/report.h"
#include "core/rooms.h"
#include "store/stream.h"

static bool can_be_evicted(const fa_asset_state *asset)
{
    return asset->state == FA_ASSET_READY && asset->current.pins == 0 && !asset->replacing;
}

void fa_stream_touch(fa_stream *stream, fa_asset_state *asset)
{
    uint64_t *evictable = &stream->evictable[asset->priority];
    if (!fa_list_empty(&asset->age)) {
        fa_list_remove(&asset->age);
        *evictable -= asset->current.size;
    }
    if (can_be_evicted(asset)) {
        fa_list_push(&stream->ages[asset->priority], &asset->age);
        *evictable += asset->current.size;
    }
}

fa_asset_state *fa_stream_oldest(fa_stream *stream, int32_t priority)
{
    for (int32_t i = 0; i <= priority; i++) {
        if (!fa_list_empty(&stream->ages[i]))
            return fa_container_of(stream->ages[i].previous, fa_asset_state, age);
    }
    return NULL;
}

void fa_stream_unbook(fa_stream *stream, size_t bytes)
{
    stream->stats.used -= bytes;
}

static void remember(fa_stream *stream, const fa_asset_state *asset)
{
    stream->stats.evictions++;
    stream->stats.evicted_bytes += asset->current.size;
    stream->evicted[stream->evicted_written++ % FA_STREAM_EVICTED] = asset->id;
}

/* Nobody changes an asset while it is evicting, so it may be used without the lock. */
void fa_stream_evict_locked(fa_stream *stream, fa_asset_state *asset)
{
    fa_stream_set_state(stream, asset, FA_ASSET_EVICTING);
    fa_stream_touch(stream, asset);
    fa_mutex_unlock(&stream->lock);
    if (stream->config.evicted != NULL)
        stream->config.evicted(stream->config.user, asset->id, asset->current.memory, asset->current.size);
    (void)fa_release_own(stream->allocator, asset->current.memory);
    fa_mutex_lock(&stream->lock);
    asset->current.memory = NULL;
    fa_stream_unbook(stream, asset->current.size);
    fa_stream_set_state(stream, asset, FA_ASSET_EVICTED);
    remember(stream, asset);
}

static uint64_t evictable_up_to(const fa_stream *stream, int32_t priority)
{
    uint64_t bytes = 0;
    for (int32_t i = 0; i <= priority; i++)
        bytes += stream->evictable[i];
    return bytes;
}

static bool fits(const fa_stream *stream, size_t bytes, uint64_t used)
{
    return used <= stream->config.budget && bytes <= stream->config.budget - used;
}

/* Locked. Evicts nothing unless that makes enough room. */
static bool make_room(fa_stream *stream, size_t bytes, int32_t priority)
{
    while (!fits(stream, bytes, stream->stats.used)) {
        if (!fits(stream, bytes, stream->stats.used - evictable_up_to(stream, priority)))
            return false;
        fa_stream_evict_locked(stream, fa_stream_oldest(stream, priority));
    }
    return true;
}

fa_status fa_stream_book(fa_stream *stream, size_t bytes, int32_t priority)
{
    fa_mutex_lock(&stream->lock);
    bool room = make_room(stream, bytes, priority);
    if (room)
        stream->stats.used += bytes;
    else
        stream->stats.refused++;
    if (stream->stats.used > stream->stats.peak)
        stream->stats.peak = stream->stats.used;
    uint64_t used = stream->stats.used;
    uint64_t budget = stream->config.budget;
    fa_mutex_unlock(&stream->lock);
    if (room)
        return FA_OK;
    return fa_refuse(stream->allocator, FA_CODE_STREAM_BUDGET, FA_ERROR_BUDGET,
                     "%zu bytes were asked for, %llu of %llu are used", bytes, (unsigned long long)used,
                     (unsigned long long)budget);
}

fa_status fa_stream_evict(fa_stream *stream, fa_asset id)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    bool pinned = asset->state == FA_ASSET_READY && asset->current.pins != 0;
    bool possible = can_be_evicted(asset);
    if (possible)
        fa_stream_evict_locked(stream, asset);
    fa_stream_leave(stream);
    if (possible)
        return FA_OK;
    if (pinned)
        return fa_refuse(stream->allocator, FA_CODE_PINNED, FA_ERROR_PINNED, "an asset that is pinned was to be evicted");
    return fa_refuse(stream->allocator, FA_CODE_WRONG_STATE, FA_ERROR_STATE, "only an asset that is ready can be evicted");
}

fa_status fa_stream_evict_step(fa_stream *stream, uint64_t keep, uint32_t most_assets, uint64_t *evicted)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    if (stream == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the store is NULL");
    uint64_t bytes = 0;
    fa_mutex_lock(&stream->lock);
    for (uint32_t i = 0; i < most_assets && stream->stats.used > keep; i++) {
        fa_asset_state *oldest = fa_stream_oldest(stream, FA_PRIORITY_CRITICAL);
        if (oldest == NULL)
            break;
        bytes += oldest->current.size;
        fa_stream_evict_locked(stream, oldest);
    }
    fa_mutex_unlock(&stream->lock);
    if (evicted != NULL)
        *evicted = bytes;
    return FA_OK;
}

fa_status fa_stream_set_budget(fa_stream *stream, uint64_t budget, uint64_t *excess)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    if (stream == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the store is NULL");
    fa_mutex_lock(&stream->lock);
    stream->config.budget = budget;
    uint64_t used = stream->stats.used;
    fa_mutex_unlock(&stream->lock);
    if (excess != NULL)
        *excess = used > budget ? used - budget : 0;
    return FA_OK;
}

fa_status fa_stream_poll_evicted(fa_stream *stream, fa_asset *assets, size_t capacity, size_t *count, uint64_t *lost)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    if (stream == NULL || count == NULL || (assets == NULL && capacity != 0))
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write assets to");
    fa_mutex_lock(&stream->lock);
    uint64_t written = stream->evicted_written;
    uint64_t oldest = written < FA_STREAM_EVICTED ? 0 : written - FA_STREAM_EVICTED;
    uint64_t missed = stream->evicted_taken < oldest ? oldest - stream->evicted_taken : 0;
    stream->evicted_taken += missed;
    for (*count = 0; *count < capacity && stream->evicted_taken < written; (*count)++)
        assets[*count] = stream->evicted[stream->evicted_taken++ % FA_STREAM_EVICTED];
    fa_mutex_unlock(&stream->lock);
    if (lost != NULL)
        *lost = missed;
    return FA_OK;
}
