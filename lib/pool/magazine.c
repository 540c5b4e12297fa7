/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/magazine.h>

#include "account/charge.h"
#include "core/call.h"
#include "core/report.h"
#include "core/request.h"
#include "core/tell.h"
#include "core/watch.h"
#include "debug/debug.h"
#include "pool/cache.h"
#include "pool/inbox.h"
#include "pool/pool.h"

#include <framealloc/block.h>
#include <framealloc/pool.h>

#include <string.h>

_Static_assert(offsetof(fa_magazine, blocks) == 64 && sizeof(fa_magazine) == 64 + 8 * FA_MAGAZINE_CAPACITY,
               "the magazine is part of the ABI");

/* What the library keeps in fa_magazine::reserved. */
enum { CLASS = 0, LANE = 1, IDLE = 2 };

enum { BATCH = FA_MAGAZINE_CAPACITY / 2 };

static fa_status check_size(fa_allocator *a, size_t size, size_t align)
{
    fa_status status = size == 0 ? FA_ERROR_SIZE : fa_request_check(&size, align);
    size_t largest = a->config.pool_heap_threshold;
    if (status == FA_OK && align > largest)
        status = FA_ERROR_ALIGNMENT;
    if (status == FA_OK && size > largest)
        status = FA_ERROR_SIZE;
    if (status == FA_OK)
        return FA_OK;
    return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, status, "magazines hold blocks of 1 to %zu bytes, not %zu aligned to %zu",
                     largest, size, align);
}

/* In debug mode, and under a tag or a budget, each block passes through the library. */
static bool every_block_counts(fa_allocator *a)
{
    const fa_lane *lane = fa_lane_existing(a);
    return fa_debugging(a) || fa_peek(a->watch) & FA_WATCH_BLOCKS || (lane != NULL && fa_account_watches_pool(lane));
}

fa_status fa_magazine_open(fa_allocator *a, fa_magazine *magazine, size_t size, size_t align)
{
    FA_ENTER(a);
    if (magazine == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the magazine to open is NULL");
    memset(magazine, 0, offsetof(fa_magazine, blocks));
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    fa_status status = check_size(a, size, align);
    if (status != FA_OK)
        return status;
    unsigned class_index = fa_pool_class((size - 1) | (align - 1));
    magazine->allocator = a;
    magazine->block_size = fa_class_size(class_index);
    magazine->reserved[CLASS] = class_index;
    magazine->capacity = every_block_counts(a) ? 0 : FA_MAGAZINE_CAPACITY;
    return FA_OK;
}

static void shift_lent(const fa_magazine *magazine, uint64_t amount)
{
    fa_lane *lane = (fa_lane *)(uintptr_t)magazine->reserved[LANE];
    if (lane != NULL)
        fa_counter_add_shared(&lane->pool.classes[magazine->reserved[CLASS]].lent, amount);
}

/* Books what was taken and which blocks lie idle, on the lane that the thread is on now. */
static void settle(fa_lane *lane, fa_magazine *magazine)
{
    unsigned class_index = (unsigned)magazine->reserved[CLASS];
    shift_lent(magazine, 0 - magazine->reserved[IDLE]);
    magazine->reserved[LANE] = (uintptr_t)lane;
    magazine->reserved[IDLE] = magazine->count;
    magazine->lane = lane->id;
    shift_lent(magazine, magazine->count);
#if FA_STATISTICS
    fa_counter_add(&lane->pool.caches[class_index].allocations, magazine->takes);
#endif
    magazine->takes = 0;
    fa_cache_set_low(lane, class_index);
}

/* Whether the lane that filled it last is one of its allocator's: another allocator may have got the same address. */
static bool filled_here(const fa_magazine *magazine)
{
    const fa_lane *lane = (const fa_lane *)(uintptr_t)magazine->reserved[LANE];
    return lane == NULL || (fa_lane_belongs(magazine->allocator, lane) && lane->id == magazine->lane);
}

static fa_lane *lane_of_open(fa_magazine *magazine)
{
    if (magazine == NULL || magazine->allocator == NULL) {
        (void)fa_refuse(NULL, FA_CODE_STALE, FA_ERROR_STALE, "the magazine is closed");
        return NULL;
    }
    fa_lane *lane = fa_lane_get(magazine->allocator);
    if (lane == NULL || filled_here(magazine))
        return lane;
    (void)fa_refuse(magazine->allocator, FA_CODE_STALE, FA_ERROR_STALE, "the magazine's allocator has ended");
    return NULL;
}

/* For magazines that hold nothing. */
static void *take_one(fa_lane *lane, const fa_magazine *magazine)
{
    fa_status status;
    void *block = fa_pool_take_class(lane, (unsigned)magazine->reserved[CLASS], &status);
    if (block == NULL)
        (void)fa_refuse_memory(magazine->allocator, status, magazine->block_size, 1, false);
    return fa_told_allocation(lane, FA_INTENT_POOL, block, magazine->block_size);
}

void *fa_magazine_refill(fa_magazine *magazine)
{
    FA_ENTER(magazine == NULL ? NULL : magazine->allocator);
    fa_lane *lane = lane_of_open(magazine);
    if (lane == NULL)
        return NULL;
    if (magazine->count != 0)
        return fa_magazine_take(magazine);
    if (magazine->capacity == 0)
        return take_one(lane, magazine);
    fa_status status;
    uint32_t count = fa_cache_lend(lane, (unsigned)magazine->reserved[CLASS], magazine->blocks, BATCH, &status);
    if (count == 0) {
        (void)fa_refuse_memory(magazine->allocator, status, magazine->block_size, 1, false);
        return NULL;
    }
    magazine->count = count - 1;
    magazine->takes++;
    settle(lane, magazine);
    return magazine->blocks[count - 1];
}

static bool fits(const fa_magazine *magazine, const void *block)
{
    fa_allocator *a = magazine->allocator;
    uint32_t index;
    return fa_registry_kind(&a->registry, (uintptr_t)fa_window_of(block)) == FA_WINDOW_PAGE &&
           fa_class_plain(fa_page_of(block)->class_index) == magazine->reserved[CLASS] &&
           fa_page_index(fa_page_of(block), block, &index);
}

static fa_status refuse_block(const fa_magazine *magazine, const void *block)
{
    return fa_refuse(magazine->allocator, FA_CODE_FOREIGN_POINTER, FA_ERROR_FOREIGN_POINTER,
                     "%p was given to a magazine of %zu-byte pool blocks and is none", block, magazine->block_size);
}

/* A block of debug mode in a magazine that was opened before it was on. */
static bool knows_debug(const fa_magazine *magazine, const void *block)
{
    fa_debug_piece piece;
    return fa_debug_knows_any(magazine->allocator) && !fits(magazine, block) &&
           fa_debug_look(magazine->allocator, block, &piece) == FA_DEBUG_IN_USE;
}

static void send_home(fa_lane *lane, const fa_magazine *magazine, void *block)
{
    if (knows_debug(magazine, block))
        (void)fa_release_own(magazine->allocator, block);
    else if (!fits(magazine, block))
        (void)refuse_block(magazine, block);
    else if (fa_page_of(block)->states != NULL)
        (void)fa_release_own(magazine->allocator, block);
    else if (fa_page_of(block)->lane == lane)
        fa_cache_return(lane, fa_page_of(block)->class_index, block);
    else
        fa_inbox_send(magazine->allocator, lane, fa_page_of(block), block);
}

static void send_oldest_home(fa_lane *lane, fa_magazine *magazine, uint32_t blocks)
{
    for (uint32_t i = 0; i < blocks; i++)
        send_home(lane, magazine, magazine->blocks[i]);
    magazine->count -= blocks;
    memmove(magazine->blocks, magazine->blocks + blocks, magazine->count * sizeof *magazine->blocks);
}

fa_status fa_magazine_empty(fa_magazine *magazine, void *block)
{
    FA_ENTER(magazine == NULL ? NULL : magazine->allocator);
    fa_lane *lane = lane_of_open(magazine);
    if (lane == NULL)
        return fa_last_status();
    if (block == NULL)
        return FA_OK;
    if (magazine->capacity == 0 || knows_debug(magazine, block))
        return fa_release(magazine->allocator, block);
    if (!fits(magazine, block))
        return refuse_block(magazine, block);
    if (magazine->count == magazine->capacity)
        send_oldest_home(lane, magazine, BATCH);
    magazine->blocks[magazine->count++] = block;
    settle(lane, magazine);
    return FA_OK;
}

fa_status fa_magazine_close(fa_magazine *magazine)
{
    FA_ENTER(magazine == NULL ? NULL : magazine->allocator);
    if (magazine == NULL)
        return fa_refuse(NULL, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the magazine to close is NULL");
    if (magazine->allocator == NULL)
        return FA_OK;
    fa_lane *lane = lane_of_open(magazine);
    if (lane == NULL)
        return fa_last_status();
    send_oldest_home(lane, magazine, magazine->count);
    settle(lane, magazine);
    memset(magazine, 0, offsetof(fa_magazine, blocks));
    return FA_OK;
}
