/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Regions that the blocks of handles share: boundary tags, and holes binned by size for each region. */
#include "account/scope.h"
#include "core/lane.h"
#include "core/report.h"
#include "core/rooms.h"
#include "debug/debug.h"
#include "pool/pool.h"
#include "store/handle.h"

#include <framealloc/heap.h>

#include <limits.h>
#include <string.h>

enum { REGION_BYTES = 256 << 10, SHARED_BYTES = 64 << 10, SHARED_ALIGN = 4096, LEAST_UNITS = 2 };

bool fa_handle_shares(size_t size, size_t align)
{
    return size <= SHARED_BYTES && align <= SHARED_ALIGN;
}

uint32_t fa_handle_units(size_t size, size_t align)
{
    size_t padding = align > FA_HANDLE_UNIT ? align - FA_HANDLE_UNIT : 0;
    size_t bytes = sizeof(fa_handle_block) + padding + fa_round_up(size, FA_HANDLE_UNIT);
    return (uint32_t)fa_max(bytes / FA_HANDLE_UNIT, LEAST_UNITS);
}

static unsigned bin_of(uint32_t units)
{
    return (unsigned)fa_min(fa_bit_width(units) - 1, FA_HANDLE_BINS - 1);
}

static void add_hole(fa_handle_region *region, fa_handle_block *block)
{
    unsigned bin = bin_of(block->units);
    block->place = 0;
    fa_list_push(&region->holes[bin], &((fa_handle_hole *)block)->link);
    region->occupied |= 1u << bin;
}

static void remove_hole(fa_handle_region *region, fa_handle_block *block)
{
    unsigned bin = bin_of(block->units);
    fa_list_remove(&((fa_handle_hole *)block)->link);
    if (fa_list_empty(&region->holes[bin]))
        region->occupied &= ~(1u << bin);
}

/* The block behind learns how large the one in front is. */
static void set_units(fa_handle_region *region, fa_handle_block *block, uint32_t units)
{
    block->units = units;
    if (fa_handle_next(block) != fa_handle_end(region))
        fa_handle_next(block)->before = units;
}

fa_status fa_handle_memory_take(fa_allocator *a, size_t size, size_t align, void **out)
{
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_status status = fa_account_enter(lane, NULL);
    if (status != FA_OK)
        return status;
    *out = fa_heap_try_alloc(a, size, align);
    fa_account_leave(lane);
    return *out == NULL ? fa_last_status() : FA_OK;
}

fa_status fa_handle_region_make(fa_allocator *a, fa_handle_region **out)
{
    void *memory;
    fa_status status = fa_handle_memory_take(a, REGION_BYTES, FA_CACHE_LINE, &memory);
    if (status != FA_OK)
        return status;
    fa_handle_region *region = memory;
    *region = (fa_handle_region){0};
    for (unsigned i = 0; i < FA_HANDLE_BINS; i++)
        fa_list_init(&region->holes[i]);
    size_t header = (size_t)((unsigned char *)fa_handle_first(region) - (unsigned char *)region);
    region->units = (uint32_t)((REGION_BYTES - header) / FA_HANDLE_UNIT);
    *fa_handle_first(region) = (fa_handle_block){region->units, 0, 0, 0};
    add_hole(region, fa_handle_first(region));
    *out = region;
    return FA_OK;
}

void fa_handle_region_add(fa_allocator *a, fa_handle_region *region)
{
    fa_handle_shared *shared = &a->store.handles;
    region->order = ++shared->regions_made;
    fa_list_append(&shared->regions, &region->link);
    shared->stats.regions++;
    shared->stats.reserved_bytes += REGION_BYTES;
}

/* No lock may be held. */
void fa_handle_region_release(fa_allocator *a, fa_handle_region *region)
{
    (void)fa_release_own(a, region);
}

fa_handle_region *fa_handle_region_of(const fa_handle_block *block)
{
    size_t header = fa_round_up(sizeof(fa_handle_region), FA_HANDLE_UNIT);
    return (fa_handle_region *)((uintptr_t)block - (size_t)block->at * FA_HANDLE_UNIT - header);
}

static fa_handle_block *first_hole(fa_handle_region *region, unsigned bin)
{
    return &fa_container_of(region->holes[bin].next, fa_handle_hole, link)->block;
}

/* Some holes of the same width may be large enough; of larger widths, and in the last bin, which has no width, all are
 * looked at in turn. */
static fa_handle_block *fitting_hole(fa_handle_region *region, uint32_t units)
{
    enum { TRIES = 8 };
    unsigned bin = bin_of(units);
    unsigned tries = bin == FA_HANDLE_BINS - 1 ? UINT_MAX : TRIES;
    const fa_link *list = &region->holes[bin];
    for (fa_link *link = list->next; link != list && tries-- > 0; link = link->next) {
        fa_handle_block *block = &fa_container_of(link, fa_handle_hole, link)->block;
        if (block->units >= units)
            return block;
    }
    uint32_t larger = region->occupied & ~((2u << bin) - 1);
    return larger == 0 ? NULL : first_hole(region, (unsigned)__builtin_ctz(larger));
}

static fa_handle_block *carve(fa_handle_region *region, fa_handle_block *hole, uint32_t units)
{
    uint32_t rest = hole->units - units;
    remove_hole(region, hole);
    if (rest >= LEAST_UNITS) {
        set_units(region, hole, units);
        fa_handle_block *remainder = fa_handle_next(hole);
        *remainder = (fa_handle_block){.before = units, .at = hole->at + units};
        set_units(region, remainder, rest);
        add_hole(region, remainder);
    }
    region->live++;
    return hole;
}

fa_handle_block *fa_handle_space_take(fa_allocator *a, uint32_t units, const fa_handle_region *older_than)
{
    fa_link *regions = &a->store.handles.regions;
    for (fa_link *link = regions->next; link != regions; link = link->next) {
        fa_handle_region *region = fa_container_of(link, fa_handle_region, link);
        if (region == older_than)
            return NULL;
        fa_handle_block *hole = fitting_hole(region, units);
        if (hole != NULL)
            return carve(region, hole, units);
    }
    return NULL;
}

/* Joins a free block with free neighbours; returns the whole. */
static fa_handle_block *join(fa_handle_region *region, fa_handle_block *block)
{
    fa_handle_block *next = fa_handle_next(block);
    if (next != fa_handle_end(region) && next->place == 0) {
        remove_hole(region, next);
        set_units(region, block, block->units + next->units);
    }
    if (block->before == 0)
        return block;
    fa_handle_block *front = fa_handle_in_front(block);
    if (front->place != 0)
        return block;
    remove_hole(region, front);
    set_units(region, front, front->units + block->units);
    return front;
}

fa_handle_region *fa_handle_space_give(fa_allocator *a, fa_handle_block *block)
{
    fa_handle_region *region = fa_handle_region_of(block);
    block->place = 0;
    add_hole(region, join(region, block));
    if (--region->live != 0)
        return NULL;
    fa_handle_shared *shared = &a->store.handles;
    fa_list_remove(&region->link);
    shared->stats.regions--;
    shared->stats.reserved_bytes -= REGION_BYTES;
    return region;
}

/* The bytes may overlap, and the header of either block may lie where bytes come to: they move in between. */
fa_handle_block *fa_handle_space_slide(fa_handle_block *block, size_t size, size_t align, bool poison)
{
    fa_handle_region *region = fa_handle_region_of(block);
    fa_handle_block moved = *block;
    fa_handle_block *front = fa_handle_in_front(block);
    remove_hole(region, front);
    unsigned char *before = fa_handle_bytes(block, align);
    unsigned char *after = memmove(fa_handle_bytes(front, align), before, size);
    if (poison) {
        unsigned char *vacated = after + size > before ? after + size : before;
        memset(vacated, FA_FREED_PATTERN, (size_t)(before + size - vacated));
    }
    front->place = moved.place;
    set_units(region, front, moved.units);
    fa_handle_block *rest = fa_handle_next(front);
    *rest = (fa_handle_block){.before = moved.units, .at = front->at + moved.units};
    set_units(region, rest, moved.before);
    add_hole(region, join(region, rest));
    return front;
}
