/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/pool.h"

#include "core/report.h"
#include "core/request.h"
#include "pool/cache.h"

#include <framealloc/pool.h>

#include <string.h>

void *fa_pool_take(fa_lane *lane, size_t size, size_t align, fa_status *status)
{
    size_t span = (size - 1) | (align - 1);
    if (span > lane->pool.span_max)
        return fa_pool_oversize(lane, size, align, status);
    return fa_pool_take_class(lane, fa_pool_class(span), status);
}

void *fa_pool_take_class(fa_lane *lane, unsigned class_index, fa_status *status)
{
    void *block = fa_cache_take(lane, class_index, status);
    if (block != NULL && fa_debugging(lane->allocator)) {
        fa_page_mark_live(fa_page_of(block), block);
        memset(block, FA_FRESH_PATTERN, fa_class_sizes[class_index]);
    }
    return block;
}

static FA_NOINLINE void *alloc_slow(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = quiet ? fa_lane_get_quietly(a) : fa_lane_get(a);
    if (lane == NULL)
        return NULL;
    size_t wanted = size;
    fa_status status = fa_request_check(&size, align);
    void *block = status == FA_OK ? fa_pool_take(lane, size, align, &status) : NULL;
    if (block == NULL)
        (void)fa_refuse_memory(a, status, wanted, align, quiet);
    return block;
}

FA_ALWAYS_INLINE void *alloc(fa_allocator *a, size_t size, size_t align, bool quiet)
{
    fa_lane *lane = fa_lane_cached(a);
    size_t span = (size - 1) | (align - 1);
    if (fa_likely(lane != NULL && span <= lane->pool.span_max && (align & (align - 1)) == 0)) {
        void *block = fa_cache_pop(&lane->pool.caches[fa_pool_class(span)]);
        if (fa_likely(block != NULL))
            return block;
    }
    return alloc_slow(a, size, align, quiet);
}

void *fa_pool_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, false);
}

void *fa_pool_try_alloc(fa_allocator *a, size_t size, size_t align)
{
    return alloc(a, size, align, true);
}

void *fa_pool_alloc_zeroed(fa_allocator *a, size_t size, size_t align)
{
    void *block = alloc(a, size, align, false);
    return block == NULL ? NULL : memset(block, 0, size);
}

void *fa_pool_alloc_array(fa_allocator *a, size_t count, size_t size, size_t align)
{
    return alloc(a, fa_array_bytes(count, size), align, false);
}
