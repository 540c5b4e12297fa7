/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "store/handle.h"

#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/rooms.h"
#include "core/versioned.h"
#include "debug/debug.h"
#include "pool/pool.h"

#include <framealloc/block.h>

#include <sched.h>
#include <string.h>

enum { MOST_PINS = 1 << 29 };

static fa_status refuse_id(fa_allocator *a, fa_handle handle)
{
    return fa_refuse(a, FA_CODE_BAD_HANDLE, FA_ERROR_STALE, "handle %#llx was freed, or is of another allocator",
                     (unsigned long long)handle);
}

/* Finds a place without a lock; reports if there is none. */
static fa_handle_place *need(fa_allocator *a, fa_handle handle)
{
    if (!fa_allocator_usable(a))
        return NULL;
    fa_handle_place *place = fa_handle_find(a, handle);
    if (place == NULL)
        (void)refuse_id(a, handle);
    return place;
}

static void count_taken(fa_handle_stats *stats, size_t size)
{
    stats->allocations++;
    stats->live_count++;
    stats->live_bytes += size;
    stats->peak_bytes = stats->live_bytes > stats->peak_bytes ? stats->live_bytes : stats->peak_bytes;
}

/* Locked. The id is told while nobody else can know it. */
static fa_handle open_place(fa_allocator *a, fa_handle_place *place, void *bytes, size_t size, size_t align, void *own)
{
    place->size = size;
    place->align = (uint32_t)align;
    place->own = own;
    fa_handle_place_open(place, bytes);
    count_taken(&a->store.handles.stats, size);
    return fa_handle_id(a, place);
}

static fa_status take_own(fa_allocator *a, size_t size, size_t align, fa_handle *out)
{
    fa_handle_shared *shared = &a->store.handles;
    void *own;
    fa_status status = fa_handle_memory_take(a, size, align, &own);
    if (status != FA_OK)
        return status;
    size_t usable = fa_usable_size(a, own);
    fa_handle_place *place;
    fa_mutex_lock(&shared->lock);
    status = fa_handle_place_take(a, &place);
    if (status == FA_OK) {
        *out = open_place(a, place, own, size, align, own);
        shared->stats.reserved_bytes += usable;
    }
    fa_mutex_unlock(&shared->lock);
    if (status != FA_OK)
        (void)fa_release_own(a, own);
    return status;
}

/* Locked: FA_ERROR_NOT_FOUND if no region has room. */
static fa_status take_in_region(fa_allocator *a, size_t size, size_t align, fa_handle *out)
{
    fa_handle_place *place;
    fa_status status = fa_handle_place_take(a, &place);
    if (status != FA_OK)
        return status;
    fa_handle_block *block = fa_handle_space_take(a, fa_handle_units(size, align), NULL);
    if (block == NULL) {
        fa_handle_place_put(a, place);
        return FA_ERROR_NOT_FOUND;
    }
    block->place = place->number + 1;
    place->block = block;
    *out = open_place(a, place, fa_handle_bytes(block, align), size, align, NULL);
    return FA_OK;
}

/* With a region at hand, which is used only if others have made no room meanwhile. */
static fa_status take_with_region(fa_allocator *a, size_t size, size_t align, fa_handle_region *region, fa_handle *out)
{
    fa_handle_shared *shared = &a->store.handles;
    fa_mutex_lock(&shared->lock);
    fa_status status = take_in_region(a, size, align, out);
    bool used = status == FA_ERROR_NOT_FOUND;
    if (used) {
        fa_handle_region_add(a, region);
        status = take_in_region(a, size, align, out);
    }
    fa_mutex_unlock(&shared->lock);
    if (!used)
        fa_handle_region_release(a, region);
    return status;
}

static fa_status take_shared(fa_allocator *a, size_t size, size_t align, fa_handle *out)
{
    fa_handle_shared *shared = &a->store.handles;
    fa_mutex_lock(&shared->lock);
    fa_status status = take_in_region(a, size, align, out);
    fa_mutex_unlock(&shared->lock);
    if (status != FA_ERROR_NOT_FOUND)
        return status;
    fa_handle_region *region;
    status = fa_handle_region_make(a, &region);
    return status == FA_OK ? take_with_region(a, size, align, region, out) : status;
}

fa_status fa_handle_alloc(fa_allocator *a, size_t size, size_t align, fa_handle *handle)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (handle == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "there is nowhere to write the handle to");
    *handle = 0;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    if (status == FA_OK)
        status = fa_handle_shares(size, align) ? take_shared(a, size, align, handle) : take_own(a, size, align, handle);
    return status == FA_OK ? FA_OK : fa_refuse_memory(a, status, wanted, align, false);
}

fa_status fa_handle_alloc_zeroed(fa_allocator *a, size_t size, size_t align, fa_handle *handle)
{
    FA_ENTER(a);
    fa_status status = fa_handle_alloc(a, size, align, handle);
    if (status != FA_OK)
        return status;
    void *bytes = fa_handle_pin(a, *handle);
    memset(bytes, 0, size);
    return fa_handle_unpin(a, *handle);
}

/* Locked: ends the id unless the block is pinned. Moves end before the lock is let go of. */
static fa_status close_id(fa_allocator *a, fa_handle_place *place, fa_handle handle)
{
    uint64_t generation = (uint64_t)((uint32_t)(handle >> 32) ^ fa_allocator_salt(a)) << 32;
    uint64_t expected = generation | FA_HANDLE_LIVE;
    if (atomic_compare_exchange_strong_explicit(&place->word, &expected, generation, memory_order_acq_rel,
                                                memory_order_relaxed))
        return FA_OK;
    return expected >> 32 == generation >> 32 && (expected & FA_HANDLE_LIVE) ? FA_ERROR_PINNED : FA_ERROR_STALE;
}

/* Locked: what the block leaves behind, as memory to release. */
static void *let_go(fa_allocator *a, fa_handle_place *place)
{
    fa_handle_stats *stats = &a->store.handles.stats;
    void *bytes = fa_peek(place->address);
    void *memory = place->own;
    stats->frees++;
    stats->live_count--;
    stats->live_bytes -= place->size;
    if (memory != NULL) {
        stats->reserved_bytes -= fa_usable_size(a, memory);
    } else {
        if (fa_poisoning(a))
            memset(bytes, FA_FREED_PATTERN, place->size);
        memory = fa_handle_space_give(a, place->block);
    }
    fa_handle_place_close(a, place);
    return memory;
}

fa_status fa_handle_free(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    fa_handle_place *place = need(a, handle);
    if (place == NULL)
        return fa_last_status();
    fa_handle_shared *shared = &a->store.handles;
    void *memory = NULL;
    fa_mutex_lock(&shared->lock);
    fa_status status = close_id(a, place, handle);
    if (status == FA_OK)
        memory = let_go(a, place);
    fa_mutex_unlock(&shared->lock);
    if (status == FA_ERROR_PINNED)
        return fa_refuse(a, FA_CODE_PINNED, status, "handle %#llx is pinned and was to be freed", (unsigned long long)handle);
    return status == FA_OK ? fa_release_own(a, memory) : refuse_id(a, handle);
}

static void *address_of(const fa_handle_place *place)
{
    return place == NULL ? NULL : atomic_load_explicit(&place->address, memory_order_acquire);
}

static FA_NOINLINE void *resolve_slow(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    fa_handle_place *place = need(a, handle);
    if (place != NULL)
        (void)fa_lane_if_worthwhile(a);
    return address_of(place);
}

void *fa_handle_resolve(fa_allocator *a, fa_handle handle)
{
    void *address = fa_call_brief(a) == NULL ? NULL : address_of(fa_handle_find(a, handle));
    fa_call_brief_end();
    return fa_likely(address != NULL) ? address : resolve_slow(a, handle);
}

static bool names(fa_allocator *a, uint64_t word, fa_handle handle)
{
    return word >> 32 == ((uint32_t)(handle >> 32) ^ fa_allocator_salt(a)) && (word & FA_HANDLE_LIVE) != 0;
}

/* A block is moving for as long as its bytes are copied. */
static bool add_pin(fa_allocator *a, fa_handle_place *place, fa_handle handle, fa_status *status)
{
    uint64_t word = atomic_load_explicit(&place->word, memory_order_relaxed);
    for (;;) {
        *status = names(a, word, handle) ? FA_ERROR_FULL : FA_ERROR_STALE;
        if (*status == FA_ERROR_STALE || (word & FA_HANDLE_PINS) == MOST_PINS)
            return false;
        if (word & FA_HANDLE_MOVING) {
            (void)sched_yield();
            word = atomic_load_explicit(&place->word, memory_order_relaxed);
        } else if (atomic_compare_exchange_weak_explicit(&place->word, &word, word + 1, memory_order_acquire,
                                                         memory_order_relaxed)) {
            return true;
        }
    }
}

void *fa_handle_pin(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    fa_handle_place *place = need(a, handle);
    fa_status status;
    if (place == NULL)
        return NULL;
    if (add_pin(a, place, handle, &status))
        return atomic_load_explicit(&place->address, memory_order_acquire);
    (void)(status == FA_ERROR_FULL ? fa_fail(status) : refuse_id(a, handle));
    return NULL;
}

fa_status fa_handle_unpin(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    fa_handle_place *place = need(a, handle);
    if (place == NULL)
        return fa_last_status();
    uint64_t word = atomic_load_explicit(&place->word, memory_order_relaxed);
    while (names(a, word, handle) && (word & FA_HANDLE_PINS) != 0) {
        if (atomic_compare_exchange_weak_explicit(&place->word, &word, word - 1, memory_order_release,
                                                  memory_order_relaxed))
            return FA_OK;
    }
    if (!names(a, word, handle))
        return refuse_id(a, handle);
    return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "handle %#llx is not pinned", (unsigned long long)handle);
}

int32_t fa_handle_valid(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) && fa_handle_find(a, handle) != NULL;
}

size_t fa_handle_size(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return 0;
    fa_mutex_lock(&a->store.handles.lock);
    const fa_handle_place *place = fa_handle_find(a, handle);
    size_t size = place == NULL ? 0 : place->size;
    fa_mutex_unlock(&a->store.handles.lock);
    if (place == NULL)
        (void)refuse_id(a, handle);
    return size;
}

uint32_t fa_handle_moves(fa_allocator *a, fa_handle handle)
{
    FA_ENTER(a);
    fa_handle_place *place = need(a, handle);
    return place == NULL ? 0 : atomic_load_explicit(&place->moves, memory_order_acquire);
}

/* Locked. */
static uint64_t count_pinned(fa_allocator *a)
{
    uint64_t pinned = 0;
    for (uint32_t i = 0; i < a->store.handles.places; i++)
        pinned += (fa_peek(fa_handle_place_at(a, i)->word) & FA_HANDLE_PINS) != 0;
    return pinned;
}

fa_status fa_handle_get_stats(fa_allocator *a, fa_handle_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_handle_shared *shared = &a->store.handles;
    fa_mutex_lock(&shared->lock);
    fa_handle_stats stats = shared->stats;
    stats.pinned = count_pinned(a);
    fa_mutex_unlock(&shared->lock);
    if (stats.reserved_bytes != 0)
        stats.fragmentation = 1.0 - (double)stats.live_bytes / (double)stats.reserved_bytes;
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

fa_status fa_handle_set_relocated(fa_allocator *a, fa_handle_relocated relocated, void *user)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_mutex_lock(&a->store.handles.lock);
    a->store.handles.relocated = relocated;
    a->store.handles.relocated_user = user;
    fa_mutex_unlock(&a->store.handles.lock);
    return FA_OK;
}

static bool init_shared(fa_allocator *a)
{
    fa_handle_shared *shared = &a->store.handles;
    fa_mutex_init(&shared->lock);
    fa_list_init(&shared->regions);
    shared->stats = (fa_handle_stats)FA_HANDLE_STATS_INIT;
    return true;
}

/* Regions are no leaks of the user; blocks that are still there go with them. */
static void close_shared(fa_allocator *a)
{
    fa_handle_shared *shared = &a->store.handles;
    for (fa_link *link = shared->regions.next; link != &shared->regions;) {
        fa_handle_region *region = fa_container_of(link, fa_handle_region, link);
        link = link->next;
        fa_handle_region_release(a, region);
    }
    fa_list_init(&shared->regions);
    for (uint32_t i = 0; i < shared->places; i++) {
        const fa_handle_place *place = fa_handle_place_at(a, i);
        if (fa_peek(place->word) & FA_HANDLE_LIVE && place->own != NULL)
            (void)fa_release_own(a, place->own);
    }
}

static void dispose_shared(fa_allocator *a)
{
    fa_handle_table_dispose(a);
    fa_mutex_destroy(&a->store.handles.lock);
}

static void lock_shared(fa_allocator *a)
{
    fa_mutex_lock(&a->store.handles.lock);
}

/* The thread that was at it is gone; between two blocks everything is whole. */
static void forked(fa_allocator *a)
{
    a->store.handles.defragmenting = false;
}

static void unlock_shared(fa_allocator *a)
{
    fa_mutex_unlock(&a->store.handles.lock);
}

const fa_room fa_handle_room = {
    .allocator_init = init_shared,
    .allocator_close = close_shared,
    .allocator_dispose = dispose_shared,
    .allocator_lock = lock_shared,
    .allocator_unlock = unlock_shared,
    .allocator_forked = forked,
};
