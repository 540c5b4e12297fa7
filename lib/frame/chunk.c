/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/chunk.h"

#include "base/os.h"
#include "base/track.h"
#include "debug/debug.h"
#include "frame/guard.h"

static fa_chunk *from_link(fa_link *link)
{
    return fa_container_of(link, fa_chunk, link);
}

static void enter_books(fa_lane *lane, fa_chunk *chunk)
{
    fa_poke(chunk->owner, lane);
    fa_counter_add(&lane->frame.chunks, 1);
    fa_counter_add(&lane->frame.chunk_bytes, chunk->memory.size);
}

static void leave_books(fa_lane *lane, const fa_chunk *chunk)
{
    fa_poke(lane->frame.chunks, fa_peek(lane->frame.chunks) - 1);
    fa_poke(lane->frame.chunk_bytes, fa_peek(lane->frame.chunk_bytes) - chunk->memory.size);
}

/* What comes in front of the header; 0 unless debug mode wants whole pages. */
static size_t take_memory(fa_allocator *a, size_t size, fa_status *status, fa_memory *memory)
{
    if (!fa_guarding(a)) {
        *status = fa_backend_take(a, size, FA_CHUNK_HEADER, memory);
        return 0;
    }
    size_t page = fa_os_page_size();
    *status = fa_backend_take(a, page + fa_round_up(size - FA_CHUNK_HEADER, page), page, memory);
    return page - FA_CHUNK_HEADER;
}

static fa_status make_chunk(fa_allocator *a, size_t size, fa_chunk **out)
{
    fa_memory memory;
    fa_status status;
    size_t front = take_memory(a, size, &status, &memory);
    if (status != FA_OK)
        return status;
    fa_chunk *chunk = (fa_chunk *)(void *)(memory.base + front);
    chunk->memory = memory;
    chunk->older = NULL;
    atomic_init(&chunk->owner, NULL);
    fa_mutex_lock(&a->lock);
    fa_list_push(&a->frame.chunks, &chunk->link);
    a->frame.chunk_count++;
    a->frame.chunk_bytes += memory.size;
    fa_mutex_unlock(&a->lock);
    *out = chunk;
    return FA_OK;
}

void fa_chunk_destroy(fa_allocator *a, fa_chunk *chunk)
{
    if (fa_debug_knows_any(a))
        fa_debug_frame_forget(a, chunk, 0);
    fa_memory memory = chunk->memory;
    if (fa_unlikely(fa_peek(fa_track_active)))
        fa_track_open((void *)fa_chunk_payload(chunk), fa_chunk_end(chunk) - fa_chunk_payload(chunk));
    fa_mutex_lock(&a->lock);
    fa_list_remove(&chunk->link);
    a->frame.chunk_count--;
    a->frame.chunk_bytes -= memory.size;
    fa_mutex_unlock(&a->lock);
    fa_backend_give(a, &memory);
}

static void destroy_chain(fa_allocator *a, fa_chunk *newest)
{
    while (newest != NULL) {
        fa_chunk *older = newest->older;
        fa_chunk_destroy(a, newest);
        newest = older;
    }
}

static unsigned bucket_of(size_t size)
{
    return fa_bit_width(size) - 1 < 12 ? 0 : fa_bit_width(size) - 1 - 12;
}

static void sort_into_bucket(fa_chunk_cache *cache, fa_chunk *chunk)
{
    unsigned bucket = bucket_of(chunk->memory.size);
    chunk->older = cache->buckets[bucket];
    cache->buckets[bucket] = chunk;
    cache->occupied |= (uint64_t)1 << bucket;
}

static void sort_returned(fa_chunk_cache *cache)
{
    while (cache->returned != NULL) {
        fa_chunk *chunk = cache->returned;
        cache->returned = chunk->older;
        sort_into_bucket(cache, chunk);
    }
}

static fa_chunk *unlink_from_bucket(fa_chunk_cache *cache, unsigned bucket, fa_chunk **place)
{
    fa_chunk *chunk = *place;
    *place = chunk->older;
    if (cache->buckets[bucket] == NULL)
        cache->occupied &= ~((uint64_t)1 << bucket);
    chunk->older = NULL;
    return chunk;
}

static fa_chunk *first_fit(fa_chunk_cache *cache, unsigned bucket, size_t size)
{
    for (fa_chunk **place = &cache->buckets[bucket]; *place != NULL; place = &(*place)->older) {
        if (fa_chunk_bytes(*place) >= size)
            return unlink_from_bucket(cache, bucket, place);
    }
    return NULL;
}

/* The smallest chunk of at least size bytes. */
static fa_chunk *take_at_least(fa_chunk_cache *cache, size_t size)
{
    uint64_t candidates = cache->occupied >> bucket_of(size) << bucket_of(size);
    while (candidates != 0) {
        unsigned bucket = (unsigned)__builtin_ctzll(candidates);
        fa_chunk *chunk = first_fit(cache, bucket, size);
        if (chunk != NULL)
            return chunk;
        candidates &= candidates - 1;
    }
    return NULL;
}

/* The most recently used chunk serves if it fits well: programs keep walking the same warm memory, and large
 * chunks are left to those who need them. */
static fa_chunk *take_returned(fa_chunk_cache *cache, size_t size)
{
    fa_chunk *chunk = cache->returned;
    if (chunk == NULL || fa_chunk_bytes(chunk) < size || chunk->memory.size / 4 > size)
        return NULL;
    cache->returned = chunk->older;
    chunk->older = NULL;
    return chunk;
}

static fa_chunk *take_cached(fa_lane *lane, size_t size, size_t preferred)
{
    fa_chunk_cache *cache = &lane->frame.cache;
    fa_chunk *chunk = take_returned(cache, fa_max(size, preferred));
    if (chunk != NULL)
        return chunk;
    sort_returned(cache);
    if (preferred > size)
        chunk = take_at_least(cache, preferred);
    return chunk != NULL ? chunk : take_at_least(cache, size);
}

static fa_chunk *take_pooled(fa_allocator *a, size_t size)
{
    fa_chunk **best = NULL;
    fa_chunk *chunk = NULL;
    fa_mutex_lock(&a->lock);
    for (fa_chunk **place = &a->frame.pool; *place != NULL; place = &(*place)->older) {
        size_t room = fa_chunk_bytes(*place);
        if (room >= size && (best == NULL || room < fa_chunk_bytes(*best)))
            best = place;
    }
    if (best != NULL) {
        chunk = *best;
        *best = chunk->older;
        chunk->older = NULL;
    }
    fa_mutex_unlock(&a->lock);
    return chunk;
}

/* A kept chunk, in the lane's books, NULL if none fits. */
static fa_chunk *take_kept(fa_lane *lane, size_t size, size_t preferred)
{
    fa_chunk *chunk = take_cached(lane, size, preferred);
    if (chunk != NULL)
        return chunk;
    chunk = take_pooled(lane->allocator, fa_max(size, preferred));
    if (chunk == NULL && preferred > size)
        chunk = take_pooled(lane->allocator, size);
    if (chunk != NULL)
        enter_books(lane, chunk);
    return chunk;
}

/* Chunks from before debug mode wanted whole pages go. */
static fa_chunk *take_guarded(fa_lane *lane, size_t size, size_t preferred)
{
    fa_chunk *chunk;
    while ((chunk = take_kept(lane, size, preferred)) != NULL && !fa_chunk_is_guarded(chunk)) {
        leave_books(lane, chunk);
        fa_chunk_destroy(lane->allocator, chunk);
    }
    return chunk;
}

fa_status fa_chunk_obtain(fa_lane *lane, size_t payload, size_t preferred, size_t fresh, fa_chunk **out)
{
    size_t size = payload + FA_CHUNK_HEADER;
    *out = fa_guarding(lane->allocator) ? take_guarded(lane, size, preferred) : take_kept(lane, size, preferred);
    if (*out != NULL)
        return FA_OK;
    fa_status status = make_chunk(lane->allocator, fa_max(fresh, fa_round_up(size, 4096)), out);
    if (status == FA_OK)
        enter_books(lane, *out);
    return status;
}

void fa_chunk_keep(fa_lane *lane, fa_chunk *newest, fa_chunk *oldest)
{
    /* The oldest may have gone cold: not touched unless there is something to link it to. */
    if (lane->frame.cache.returned != NULL)
        oldest->older = lane->frame.cache.returned;
    lane->frame.cache.returned = newest;
}

void fa_chunk_keep_all(fa_lane *lane, fa_chunk *newest)
{
    while (newest != NULL) {
        fa_chunk *older = newest->older;
        newest->older = NULL;
        fa_chunk_keep(lane, newest, newest);
        newest = older;
    }
}

static uint64_t cached_bytes(const fa_chunk_cache *cache)
{
    uint64_t bytes = 0;
    for (unsigned bucket = 0; bucket < FA_CHUNK_BUCKETS; bucket++) {
        for (const fa_chunk *chunk = cache->buckets[bucket]; chunk != NULL; chunk = chunk->older)
            bytes += chunk->memory.size;
    }
    return bytes;
}

void fa_chunk_cache_shrink(fa_lane *lane, uint64_t keep)
{
    fa_chunk_cache *cache = &lane->frame.cache;
    sort_returned(cache);
    uint64_t bytes = cached_bytes(cache);
    while (cache->occupied != 0 && bytes > keep) {
        unsigned bucket = fa_bit_width(cache->occupied) - 1;
        fa_chunk *chunk = unlink_from_bucket(cache, bucket, &cache->buckets[bucket]);
        bytes -= chunk->memory.size;
        leave_books(lane, chunk);
        fa_chunk_destroy(lane->allocator, chunk);
    }
}

void fa_chunk_disown(fa_lane *lane, fa_chunk *newest)
{
    for (; newest != NULL; newest = newest->older) {
        fa_poke(newest->owner, NULL);
        leave_books(lane, newest);
    }
}

void fa_chunk_share(fa_allocator *a, fa_chunk *newest)
{
    if (newest == NULL)
        return;
    if (a->config.frame_reset_policy == FA_RESET_KEEP_NONE) {
        destroy_chain(a, newest);
        return;
    }
    fa_chunk *oldest = newest;
    while (oldest->older != NULL)
        oldest = oldest->older;
    fa_mutex_lock(&a->lock);
    oldest->older = a->frame.pool;
    a->frame.pool = newest;
    fa_mutex_unlock(&a->lock);
}

void fa_chunk_cache_share(fa_lane *lane)
{
    fa_chunk_cache *cache = &lane->frame.cache;
    sort_returned(cache);
    while (cache->occupied != 0) {
        unsigned bucket = (unsigned)__builtin_ctzll(cache->occupied);
        fa_chunk *chunk = unlink_from_bucket(cache, bucket, &cache->buckets[bucket]);
        fa_chunk_disown(lane, chunk);
        fa_chunk_share(lane->allocator, chunk);
    }
}

void fa_chunk_pool_trim(fa_allocator *a)
{
    fa_mutex_lock(&a->lock);
    fa_chunk *pool = a->frame.pool;
    a->frame.pool = NULL;
    fa_mutex_unlock(&a->lock);
    destroy_chain(a, pool);
    fa_guard_evict(a, 0);
}

void fa_chunk_dispose_all(fa_allocator *a)
{
    fa_guard_evict(a, 0);
    while (!fa_list_empty(&a->frame.chunks))
        fa_chunk_destroy(a, from_link(a->frame.chunks.next));
    a->frame.pool = NULL;
}

bool fa_chunk_contains(fa_allocator *a, uintptr_t address, const fa_lane **owner)
{
    bool found = false;
    fa_mutex_lock(&a->lock);
    for (fa_link *link = a->frame.chunks.next; link != &a->frame.chunks && !found; link = link->next) {
        const fa_memory *memory = &from_link(link)->memory;
        found = address - (uintptr_t)memory->base < memory->size;
        *owner = fa_peek(from_link(link)->owner);
    }
    fa_mutex_unlock(&a->lock);
    return found;
}
