/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The life of one asset: reserved, loading, ready, replaced, freed. */
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/rooms.h"
#include "core/versioned.h"
#include "store/stream.h"

#include <framealloc/block.h>

#include <stdlib.h>
#include <string.h>

static fa_status refuse_state(fa_stream *stream, const char *why)
{
    return fa_refuse(stream->allocator, FA_CODE_WRONG_STATE, FA_ERROR_STATE, "%s", why);
}

/* Lets go of the lock, then reports. */
static fa_status leave_wrong_state(fa_stream *stream, const char *why)
{
    fa_stream_leave(stream);
    return refuse_state(stream, why);
}

static fa_asset_state *make(fa_stream *stream, size_t size, int32_t priority, const char *name)
{
    fa_asset_state *asset = calloc(1, sizeof *asset);
    if (asset == NULL)
        return NULL;
    fa_list_init(&asset->age);
    asset->priority = priority;
    asset->current.size = size;
    if (name != NULL)
        memcpy(asset->name, name, strnlen(name, FA_ASSET_NAME_MAX));
    fa_mutex_lock(&stream->lock);
    asset->id = fa_slots_insert(&stream->assets, asset);
    if (asset->id != 0)
        fa_stream_set_state(stream, asset, FA_ASSET_RESERVED);
    fa_mutex_unlock(&stream->lock);
    if (asset->id != 0)
        return asset;
    free(asset);
    return NULL;
}

static bool is_priority(int32_t priority)
{
    return priority >= FA_PRIORITY_LOW && priority <= FA_PRIORITY_CRITICAL;
}

fa_status fa_stream_reserve(fa_stream *stream, size_t size, int32_t priority, const char *name, fa_asset *asset)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_allocator *a = stream == NULL ? NULL : stream->allocator;
    if (stream == NULL || asset == NULL || !is_priority(priority))
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                         "reserving needs a store, a priority from low to critical, and a place for the id");
    fa_status status = size == 0 ? FA_ERROR_SIZE : fa_request_check(&size, FA_CACHE_LINE);
    if (status != FA_OK)
        return fa_refuse_memory(a, status, size, FA_CACHE_LINE, false);
    status = fa_stream_book(stream, size, priority);
    if (status != FA_OK)
        return status;
    const fa_asset_state *made = make(stream, size, priority, name);
    if (made != NULL) {
        *asset = made->id;
        return FA_OK;
    }
    fa_mutex_lock(&stream->lock);
    fa_stream_unbook(stream, size);
    fa_mutex_unlock(&stream->lock);
    return fa_refuse_memory(a, FA_ERROR_OUT_OF_MEMORY, sizeof *made, FA_CACHE_LINE, false);
}

/* Takes the memory of a version that is booked. No lock may be held. */
static fa_status take(fa_stream *stream, size_t size, void **memory)
{
    *memory = fa_alloc(stream->allocator, FA_INTENT_AUTO, size, FA_CACHE_LINE);
    return *memory != NULL ? FA_OK : fa_last_status();
}

/* From a state in which others leave the asset alone. */
static void undo_load(fa_stream *stream, fa_asset_state *asset, int32_t before, bool unbook)
{
    fa_mutex_lock(&stream->lock);
    fa_stream_set_state(stream, asset, before);
    if (unbook)
        fa_stream_unbook(stream, asset->current.size);
    fa_mutex_unlock(&stream->lock);
}

static void start(fa_stream *stream, fa_asset_state *asset, void *memory, size_t size)
{
    fa_mutex_lock(&stream->lock);
    asset->coming = (fa_asset_version){.memory = memory, .size = size};
    asset->loaded = 0;
    fa_mutex_unlock(&stream->lock);
}

fa_status fa_stream_begin_load(fa_stream *stream, fa_asset id, void **memory)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    int32_t before = asset->state;
    if (memory == NULL || (before != FA_ASSET_RESERVED && before != FA_ASSET_EVICTED))
        return leave_wrong_state(stream, "a load begins from reserved or evicted, with a place for the memory");
    fa_stream_set_state(stream, asset, FA_ASSET_LOADING);
    fa_stream_leave(stream);
    bool book = before == FA_ASSET_EVICTED;
    if (book)
        status = fa_stream_book(stream, asset->current.size, asset->priority);
    book = book && status == FA_OK;
    if (status == FA_OK)
        status = take(stream, asset->current.size, memory);
    if (status == FA_OK)
        start(stream, asset, *memory, asset->current.size);
    else
        undo_load(stream, asset, before, book);
    return status;
}

static void end_replacing(fa_stream *stream, fa_asset_state *asset)
{
    asset->replacing = false;
    asset->coming = (fa_asset_version){0};
    fa_stream_touch(stream, asset);
}

static fa_status undo_replace(fa_stream *stream, fa_asset_state *asset, size_t booked, fa_status status)
{
    fa_mutex_lock(&stream->lock);
    fa_stream_unbook(stream, booked);
    end_replacing(stream, asset);
    fa_mutex_unlock(&stream->lock);
    return status;
}

fa_status fa_stream_begin_replace(fa_stream *stream, fa_asset id, size_t size, void **memory)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    if (memory == NULL || asset->state != FA_ASSET_READY || asset->replacing)
        return leave_wrong_state(stream, "only an asset that is ready, and not being replaced, can be replaced");
    asset->replacing = true;
    fa_stream_touch(stream, asset);
    fa_stream_leave(stream);
    size_t wanted = size;
    status = size == 0 ? FA_ERROR_SIZE : fa_request_check(&wanted, FA_CACHE_LINE);
    if (status != FA_OK)
        return undo_replace(stream, asset, 0, fa_refuse_memory(stream->allocator, status, size, FA_CACHE_LINE, false));
    status = fa_stream_book(stream, size, asset->priority);
    if (status != FA_OK)
        return undo_replace(stream, asset, 0, status);
    status = take(stream, size, memory);
    if (status != FA_OK)
        return undo_replace(stream, asset, size, status);
    start(stream, asset, *memory, size);
    return FA_OK;
}

/* Locked: whether a loader has memory of the asset. */
static bool loading(const fa_asset_state *asset)
{
    return asset->coming.memory != NULL;
}

fa_status fa_stream_report_progress(fa_stream *stream, fa_asset id, size_t loaded)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    if (!loading(asset))
        return leave_wrong_state(stream, "progress was reported of an asset that is not loading");
    bool possible = loaded >= asset->loaded && loaded <= asset->coming.size;
    if (possible)
        asset->loaded = loaded;
    fa_stream_leave(stream);
    return possible ? FA_OK
                    : fa_refuse(stream->allocator, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT,
                                "%zu loaded bytes are fewer than before or more than the asset has", loaded);
}

/* Locked: the current version makes way. Returns memory to release, NULL if somebody has it pinned. */
static void *retire_current(fa_stream *stream, fa_asset_state *asset, fa_asset_version *spare)
{
    if (asset->current.pins == 0) {
        fa_stream_unbook(stream, asset->current.size);
        return asset->current.memory;
    }
    *spare = asset->current;
    spare->next = asset->replaced;
    asset->replaced = spare;
    return NULL;
}

fa_status fa_stream_finish_load(fa_stream *stream, fa_asset id)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    if (!loading(asset))
        return leave_wrong_state(stream, "a load was finished that did not begin");
    fa_asset_version *spare = asset->replacing && asset->current.pins != 0 ? malloc(sizeof *spare) : NULL;
    if (asset->replacing && asset->current.pins != 0 && spare == NULL) {
        fa_stream_leave(stream);
        return fa_refuse_memory(stream->allocator, FA_ERROR_OUT_OF_MEMORY, sizeof *spare, FA_CACHE_LINE, false);
    }
    void *old = asset->replacing ? retire_current(stream, asset, spare) : NULL;
    asset->current = asset->coming;
    fa_stream_set_state(stream, asset, FA_ASSET_READY);
    end_replacing(stream, asset);
    stream->stats.loads++;
    fa_stream_leave(stream);
    return old == NULL ? FA_OK : fa_release_own(stream->allocator, old);
}

fa_status fa_stream_abandon_load(fa_stream *stream, fa_asset id)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    if (!loading(asset))
        return leave_wrong_state(stream, "a load was given up that did not begin");
    void *memory = asset->coming.memory;
    if (asset->replacing)
        fa_stream_unbook(stream, asset->coming.size);
    else
        fa_stream_set_state(stream, asset, FA_ASSET_RESERVED);
    end_replacing(stream, asset);
    stream->stats.abandoned++;
    fa_stream_leave(stream);
    return fa_release_own(stream->allocator, memory);
}

static void *reach(fa_stream *stream, fa_asset id, uint32_t pins, size_t *size)
{
    fa_asset_state *asset;
    if (fa_stream_enter(stream, id, &asset) != FA_OK)
        return NULL;
    bool ready = asset->state == FA_ASSET_READY;
    void *memory = NULL;
    if (ready) {
        memory = asset->current.memory;
        asset->current.pins += pins;
        stream->stats.hits++;
        if (size != NULL)
            *size = asset->current.size;
        fa_stream_touch(stream, asset);
    } else {
        stream->stats.misses++;
    }
    fa_stream_leave(stream);
    if (!ready)
        (void)fa_fail(FA_ERROR_STATE);
    return memory;
}

void *fa_stream_access(fa_stream *stream, fa_asset asset, size_t *size)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    return reach(stream, asset, 0, size);
}

void *fa_stream_pin(fa_stream *stream, fa_asset asset, size_t *size)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    return reach(stream, asset, 1, size);
}

/* Locked: unpins a version that was replaced; the last pin lets it go. */
static bool unpin_replaced(fa_stream *stream, fa_asset_state *asset, const void *memory, fa_asset_version **gone)
{
    fa_asset_version **place = &asset->replaced;
    while (*place != NULL && (*place)->memory != memory)
        place = &(*place)->next;
    fa_asset_version *version = *place;
    if (version == NULL)
        return false;
    if (--version->pins == 0) {
        *place = version->next;
        fa_stream_unbook(stream, version->size);
        *gone = version;
    }
    return true;
}

fa_status fa_stream_unpin(fa_stream *stream, fa_asset id, const void *memory)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    fa_asset_version *gone = NULL;
    bool current = memory != NULL && asset->current.memory == memory && asset->current.pins != 0;
    if (current) {
        asset->current.pins--;
        fa_stream_touch(stream, asset);
    }
    bool known = current || unpin_replaced(stream, asset, memory, &gone);
    fa_stream_leave(stream);
    if (!known)
        return fa_refuse(stream->allocator, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "%p is not pinned", memory);
    if (gone != NULL)
        (void)fa_release_own(stream->allocator, gone->memory);
    free(gone);
    return FA_OK;
}

static fa_status check_free(const fa_asset_state *asset)
{
    if (asset->current.pins != 0 || asset->replaced != NULL)
        return FA_ERROR_PINNED;
    bool busy = asset->state == FA_ASSET_LOADING || asset->state == FA_ASSET_EVICTING || asset->replacing;
    return busy ? FA_ERROR_STATE : FA_OK;
}

fa_status fa_stream_free(fa_stream *stream, fa_asset id)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    status = check_free(asset);
    if (status == FA_OK) {
        if (asset->state != FA_ASSET_EVICTED)
            fa_stream_unbook(stream, asset->current.size);
        fa_stream_set_state(stream, asset, 0);
        fa_stream_touch(stream, asset);
        (void)fa_slots_remove(&stream->assets, id);
    }
    fa_stream_leave(stream);
    if (status == FA_ERROR_PINNED)
        return fa_refuse(stream->allocator, FA_CODE_PINNED, status, "an asset that is pinned was to be freed");
    if (status != FA_OK)
        return refuse_state(stream, "an asset that is loading or evicting was to be freed");
    (void)fa_release_own(stream->allocator, asset->current.memory);
    free(asset);
    return FA_OK;
}

fa_status fa_stream_set_priority(fa_stream *stream, fa_asset id, int32_t priority)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    bool known = is_priority(priority);
    if (known && !fa_list_empty(&asset->age)) {
        fa_list_remove(&asset->age);
        stream->evictable[asset->priority] -= asset->current.size;
    }
    if (known)
        asset->priority = priority;
    fa_stream_touch(stream, asset);
    fa_stream_leave(stream);
    return known ? FA_OK
                 : fa_refuse(stream->allocator, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "%d is no priority",
                             priority);
}

static uint32_t pins_of(const fa_asset_state *asset)
{
    uint32_t pins = asset->current.pins;
    for (const fa_asset_version *version = asset->replaced; version != NULL; version = version->next)
        pins += version->pins;
    return pins;
}

fa_status fa_stream_get_asset(fa_stream *stream, fa_asset id, fa_asset_info *out)
{
    FA_ENTER(stream == NULL ? NULL : stream->allocator);
    fa_asset_state *asset;
    fa_status status = fa_stream_enter(stream, id, &asset);
    if (status != FA_OK)
        return status;
    fa_asset_info info = FA_ASSET_INFO_INIT;
    info.state = asset->state;
    info.priority = asset->priority;
    info.pins = pins_of(asset);
    info.replacing = asset->replacing;
    info.size = asset->current.size;
    info.loading = loading(asset) ? asset->coming.size : 0;
    info.loaded = loading(asset) ? asset->loaded : asset->state == FA_ASSET_READY ? asset->current.size : 0;
    memcpy(info.name, asset->name, sizeof info.name);
    fa_stream_leave(stream);
    return fa_versioned_write(stream->allocator, out, &info, sizeof info);
}
