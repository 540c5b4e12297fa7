/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "heap/large.h"

#include "account/charge.h"
#include "core/request.h"

/* Sizes in all of blocks that may stay warm: 32 KiB to 4.5 MiB, in eight steps to each power of two. */
enum { LEAST_BITS = 15, STEP_BITS = 3, STEPS = 1 << STEP_BITS, SEARCH_BINS = 4 };
#define LEAST_TOTAL ((size_t)1 << LEAST_BITS)
#define WARM_TOTAL ((size_t)9 << 19)

/* Alignments beyond this put the header into a window of its own. */
#define IN_WINDOW_ALIGN ((size_t)32768)

/* The bin of the smallest step that holds total. */
static inline unsigned bin_for(size_t total)
{
    size_t below = fa_max(total, LEAST_TOTAL) - 1;
    unsigned exponent = fa_bit_width(below) - 1;
    unsigned step = (unsigned)(below >> (exponent - STEP_BITS)) & (STEPS - 1);
    return (exponent - LEAST_BITS) * STEPS + step + 1;
}

static size_t bin_total(unsigned bin)
{
    return (size_t)(STEPS + bin % STEPS) << (bin / STEPS + LEAST_BITS - STEP_BITS);
}

void fa_warm_init(fa_warm_cache *cache, size_t limit)
{
    cache->limit = limit;
}

FA_ALWAYS_INLINE bool warm_push(fa_warm_cache *cache, fa_large *large)
{
    size_t total = large->memory.size;
    unsigned bin = large->bin;
    if (bin == FA_WARM_BINS || fa_peek(cache->bytes) + total > cache->limit)
        return false;
    large->next = cache->bins[bin];
    cache->bins[bin] = large;
    cache->occupied |= (uint64_t)1 << bin;
    fa_counter_add(&cache->bytes, total);
    return true;
}

FA_ALWAYS_INLINE fa_large *warm_pop(fa_warm_cache *cache, unsigned bin)
{
    fa_large *large = cache->bins[bin];
    cache->bins[bin] = large->next;
    if (cache->bins[bin] == NULL)
        cache->occupied &= ~((uint64_t)1 << bin);
    fa_poke(cache->bytes, fa_peek(cache->bytes) - large->memory.size);
    return large;
}

/* A block of the bin, or of one up to half as large again. */
FA_ALWAYS_INLINE fa_large *warm_find(fa_warm_cache *cache, unsigned bin)
{
    uint64_t near = cache->occupied >> bin & ((1u << SEARCH_BINS) - 1);
    return near == 0 ? NULL : warm_pop(cache, bin + (unsigned)__builtin_ctzll(near));
}

FA_ALWAYS_INLINE uint64_t live_bytes(const fa_lane *lane)
{
    const fa_heap_lane *heap = &lane->heap;
    return fa_peek(heap->allocated_bytes) - fa_peek(heap->freed_bytes) - fa_peek(heap->returned_bytes);
}

uint64_t fa_large_live_bytes(const fa_lane *lane)
{
    return live_bytes(lane);
}

FA_ALWAYS_INLINE void count_live(fa_lane *lane, size_t usable)
{
#if FA_STATISTICS
    fa_counter_add(&lane->heap.allocated_bytes, usable);
    fa_counter_add(&lane->heap.allocated_count, 1);
    fa_counter_raise(&lane->heap.peak_bytes, live_bytes(lane));
#else
    (void)lane;
    (void)usable;
#endif
}

FA_ALWAYS_INLINE void count_freed(fa_lane *owner, const fa_lane *releasing, size_t usable)
{
#if FA_STATISTICS
    fa_heap_lane *heap = &owner->heap;
    if (owner == releasing) {
        fa_counter_add(&heap->freed_bytes, usable);
        fa_counter_add(&heap->freed_count, 1);
    } else {
        fa_counter_add_shared(&heap->returned_bytes, usable);
        fa_counter_add_shared(&heap->returned_count, 1);
    }
#else
    (void)owner;
    (void)releasing;
    (void)usable;
#endif
}

FA_ALWAYS_INLINE void *hand_out(fa_lane *lane, fa_large *large, unsigned char *block)
{
    large->owner = lane;
    size_t usable = (size_t)(large->memory.base + large->memory.size - block);
    fa_poke(large->block, (uintptr_t)block);
    fa_poke(large->usable, usable);
    fa_poke(large->state, FA_LARGE_LIVE);
    count_live(lane, usable);
    return block;
}

static void mark_windows(fa_allocator *a, const fa_large *large, bool present)
{
    const unsigned char *end = large->memory.base + large->memory.size;
    size_t bytes = (size_t)(end - (const unsigned char *)large);
    fa_mutex_lock(&a->lock);
    fa_registry_set(&a->registry, large, bytes, present ? FA_WINDOW_INTERIOR : FA_WINDOW_NONE);
    if (present)
        fa_registry_set(&a->registry, large, FA_WINDOW_BYTES, FA_WINDOW_LARGE);
    fa_mutex_unlock(&a->lock);
}

static void destroy(fa_allocator *a, fa_large *large)
{
    fa_memory memory = large->memory;
    mark_windows(a, large, false);
    fa_backend_give(a, &memory);
}

/* Over-aligned blocks would waste the memory in front of their header, and have sizes of their own. */
static unsigned bin_if_kept(size_t total, size_t header_offset)
{
    if (header_offset != 0 || total > WARM_TOTAL || bin_total(bin_for(total)) != total)
        return FA_WARM_BINS;
    return bin_for(total);
}

static fa_status make(fa_allocator *a, size_t total, size_t alignment, size_t header_offset, fa_large **out)
{
    fa_memory memory;
    fa_status status = fa_backend_take(a, total, alignment, &memory);
    if (status != FA_OK)
        return status;
    fa_large *large = (fa_large *)(void *)(memory.base + header_offset);
    fa_mutex_lock(&a->lock);
    bool known = fa_registry_reserve(&a->registry, large, total - header_offset);
    fa_mutex_unlock(&a->lock);
    if (!known) {
        fa_backend_give(a, &memory);
        return FA_ERROR_OUT_OF_MEMORY;
    }
    large->memory = memory;
    large->next = NULL;
    large->bin = (uint16_t)bin_if_kept(total, header_offset);
    large->tag = 0;
    atomic_init(&large->state, FA_LARGE_FREE);
    mark_windows(a, large, true);
    *out = large;
    return FA_OK;
}

static void *take_over_aligned(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    fa_large *large;
    size_t total = fa_round_up(align + size, 4096);
    *status = make(lane->allocator, total, align, align - FA_WINDOW_BYTES, &large);
    return *status == FA_OK ? hand_out(lane, large, large->memory.base + align) : NULL;
}

static fa_large *take_shared(fa_allocator *a, unsigned bin)
{
    if (fa_peek(a->heap.warm.bytes) == 0)
        return NULL;
    fa_mutex_lock(&a->lock);
    fa_large *large = warm_find(&a->heap.warm, bin);
    fa_mutex_unlock(&a->lock);
    return large;
}

/* Nothing warm on the lane. */
static FA_NOINLINE void *take_elsewhere(fa_lane *lane, size_t offset, size_t total, fa_status *status)
{
    fa_allocator *a = lane->allocator;
    bool warm = total <= WARM_TOTAL;
    fa_large *large = warm ? take_shared(a, bin_for(total)) : NULL;
    size_t rounded = warm ? bin_total(bin_for(total)) : fa_round_up(total, 4096);
    *status = large != NULL ? FA_OK : make(a, rounded, FA_WINDOW_BYTES, 0, &large);
    return *status == FA_OK ? hand_out(lane, large, large->memory.base + offset) : NULL;
}

void *fa_large_take_warm(fa_lane *lane, size_t size, size_t align)
{
    size_t offset = fa_round_up(FA_LARGE_HEADER, align);
    size_t total = offset + size;
    if (align > IN_WINDOW_ALIGN || total > WARM_TOTAL)
        return NULL;
    fa_large *large = warm_find(&lane->heap.warm, bin_for(total));
    return large == NULL ? NULL : hand_out(lane, large, large->memory.base + offset);
}

void *fa_large_take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    if (align > IN_WINDOW_ALIGN)
        return take_over_aligned(lane, size, align, status);
    void *block = fa_large_take_warm(lane, size, align);
    size_t offset = fa_round_up(FA_LARGE_HEADER, align);
    return block != NULL ? block : take_elsewhere(lane, offset, offset + size, status);
}

static bool keep_shared(fa_allocator *a, fa_large *large)
{
    fa_mutex_lock(&a->lock);
    bool kept = warm_push(&a->heap.warm, large);
    fa_mutex_unlock(&a->lock);
    return kept;
}

bool fa_large_give_warm(fa_lane *lane, fa_large *large)
{
    fa_lane *owner = large->owner;
    if (fa_unlikely(large->tag != 0) || !warm_push(&lane->heap.warm, large))
        return false;
    fa_poke(large->state, FA_LARGE_FREE);
    count_freed(owner, lane, fa_peek(large->usable));
    return true;
}

void fa_large_give(fa_allocator *a, fa_lane *lane, fa_large *large)
{
    if (fa_unlikely(large->tag != 0))
        fa_charge_release(a, large->tag, large->owner, lane, FA_INTENT_HEAP, fa_peek(large->usable));
    large->tag = 0;
    fa_poke(large->state, FA_LARGE_FREE);
    count_freed(large->owner, lane, fa_peek(large->usable));
    if (fa_likely(lane != NULL && warm_push(&lane->heap.warm, large)))
        return;
    if (!keep_shared(a, large))
        destroy(a, large);
}

static fa_large *pop_any(fa_warm_cache *cache)
{
    return cache->occupied == 0 ? NULL : warm_pop(cache, (unsigned)__builtin_ctzll(cache->occupied));
}

void fa_large_share(fa_lane *lane)
{
    for (fa_large *large = pop_any(&lane->heap.warm); large != NULL; large = pop_any(&lane->heap.warm)) {
        if (!keep_shared(lane->allocator, large))
            destroy(lane->allocator, large);
    }
}

static fa_large *pop_shared(fa_allocator *a)
{
    fa_mutex_lock(&a->lock);
    fa_large *large = pop_any(&a->heap.warm);
    fa_mutex_unlock(&a->lock);
    return large;
}

void fa_large_trim(fa_allocator *a)
{
    for (fa_large *large = pop_shared(a); large != NULL; large = pop_shared(a))
        destroy(a, large);
}

static void dispose(void *context, void *window)
{
    fa_large *large = window;
    fa_memory memory = large->memory;
    fa_backend_give(context, &memory);
}

void fa_large_dispose_all(fa_allocator *a)
{
    fa_registry_each(&a->registry, FA_WINDOW_LARGE, dispose, a);
}
