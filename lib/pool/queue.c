/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/queue.h"

#include "base/os.h"
#include "core/ending.h"
#include "core/report.h"
#include "pool/inbox.h"
#include "pool/stock.h"

#include <string.h>

void fa_queue_init(fa_queue *queue)
{
    fa_mutex_init(&queue->lock);
    fa_condition_init(&queue->room);
}

void fa_queue_dispose(fa_queue *queue)
{
    fa_condition_destroy(&queue->room);
    fa_mutex_destroy(&queue->lock);
}

static uint32_t capacity_of(const fa_allocator *a, const fa_queue *queue)
{
    uint32_t chosen = fa_peek(a->pool.deferred.capacity);
    bool grows = fa_peek(a->pool.deferred.full_policy) == FA_QUEUE_GROW;
    return grows && queue->capacity > chosen ? queue->capacity : chosen;
}

/* Nobody will ever make room in the queue of a lane that a fork lost. */
static bool full(const fa_allocator *a, const fa_lane *owner)
{
    const fa_queue *queue = &owner->pool.queue;
    return fa_peek(a->pool.deferred.capacity) != 0 && fa_peek(queue->count) >= capacity_of(a, queue) &&
           fa_peek(owner->state) != FA_LANE_LOST;
}

static void *pop(fa_queue *queue)
{
    void *block = fa_peek(queue->oldest);
    void *next;
    if (block == NULL)
        return NULL;
    memcpy(&next, block, sizeof next);
    fa_poke(queue->oldest, next);
    fa_poke(queue->count, fa_peek(queue->count) - 1);
    return block;
}

static void grow(const fa_allocator *a, fa_queue *queue)
{
    uint32_t capacity = capacity_of(a, queue);
    queue->capacity = capacity > UINT32_MAX / 2 ? UINT32_MAX : 2 * capacity;
    queue->figures.grown++;
}

/* Locked on the way in and out. Without a block to drop, as all are still on their way in, the new one goes instead. */
static bool drop_oldest(fa_allocator *a, fa_queue *queue)
{
    void *oldest = pop(queue);
    queue->figures.handed_over++;
    if (oldest == NULL)
        return false;
    fa_mutex_unlock(&queue->lock);
    fa_stock_give(a, oldest);
    fa_mutex_lock(&queue->lock);
    return true;
}

static bool process_for(fa_lane *owner)
{
    fa_queue *queue = &owner->pool.queue;
    fa_mutex_unlock(&queue->lock);
    bool processed = fa_inbox_relieve(owner);
    fa_mutex_lock(&queue->lock);
    queue->figures.immediate += processed;
    queue->figures.handed_over += !processed;
    return processed;
}

/* An owner who waits in the library cannot look himself. */
static bool owner_may_be_helped(const fa_allocator *a, const fa_lane *owner)
{
    return fa_peek(owner->state) != FA_LANE_BOUND || fa_inbox_helps(a) || fa_lane_rests(owner);
}

/* Two threads that wait for each other both take in what they have got, and so make room. */
static bool wait_for_room(fa_allocator *a, fa_lane *from, fa_lane *owner)
{
    enum { LOOK_AGAIN_NANOSECONDS = 1000000 };
    fa_queue *queue = &owner->pool.queue;
    uint64_t begun = fa_os_nanoseconds();
    bool ends = false;
    while (full(a, owner) && !ends) {
        fa_mutex_unlock(&queue->lock);
        if (from != NULL)
            fa_inbox_drain(from);
        if (owner_may_be_helped(a, owner))
            (void)fa_inbox_relieve(owner);
        fa_mutex_lock(&queue->lock);
        ends = fa_ending_decided(a);
        if (full(a, owner) && !ends)
            (void)fa_condition_wait_until(&queue->room, &queue->lock, fa_os_nanoseconds() + LOOK_AGAIN_NANOSECONDS);
    }
    uint64_t waited = fa_os_nanoseconds() - begun;
    queue->figures.waits++;
    queue->figures.wait_ns += waited;
    queue->figures.longest_wait_ns = waited > queue->figures.longest_wait_ns ? waited : queue->figures.longest_wait_ns;
    return !ends;
}

static fa_place refuse(fa_queue *queue, bool own)
{
    queue->figures.refused += !own;
    queue->figures.handed_over += own;
    return own ? FA_PLACE_IN_STOCK : FA_PLACE_NONE;
}

static fa_place make_room(fa_allocator *a, fa_lane *from, fa_lane *owner, bool own)
{
    fa_queue *queue = &owner->pool.queue;
    switch (fa_peek(a->pool.deferred.full_policy)) {
    case FA_QUEUE_FAIL: return refuse(queue, own);
    case FA_QUEUE_BLOCK: return wait_for_room(a, from, owner) ? FA_PLACE_TAKEN : own ? FA_PLACE_IN_STOCK : FA_PLACE_NONE;
    case FA_QUEUE_PROCESS: return process_for(owner) ? FA_PLACE_TAKEN : FA_PLACE_IN_STOCK;
    case FA_QUEUE_DROP_OLDEST: return drop_oldest(a, queue) ? FA_PLACE_TAKEN : FA_PLACE_IN_STOCK;
    default: grow(a, queue); return FA_PLACE_TAKEN;
    }
}

/* Whether to warn: once, and again after half of them have gone. */
static bool take_place(const fa_allocator *a, fa_queue *queue)
{
    uint32_t threshold = fa_peek(a->pool.deferred.warning_threshold);
    uint32_t count = fa_peek(queue->count) + 1;
    fa_poke(queue->count, count);
    queue->figures.peak_pending = count > queue->figures.peak_pending ? count : queue->figures.peak_pending;
    if (count - 1 <= threshold / 2)
        queue->warned = false;
    bool warns = threshold != 0 && count >= threshold && !queue->warned;
    queue->warned = queue->warned || warns;
    queue->figures.warnings += warns;
    return warns;
}

fa_place fa_queue_ask(fa_allocator *a, fa_lane *from, fa_lane *owner, bool own)
{
    fa_queue *queue = &owner->pool.queue;
    fa_place place = FA_PLACE_TAKEN;
    bool warns = false;
    fa_mutex_lock(&queue->lock);
    while (place == FA_PLACE_TAKEN && full(a, owner))
        place = make_room(a, from, owner, own);
    if (place == FA_PLACE_TAKEN)
        warns = take_place(a, queue);
    fa_mutex_unlock(&queue->lock);
    if (warns)
        fa_warn(a, FA_CODE_DEFERRED_PILE, "%u blocks wait for lane \"%s\"", fa_peek(queue->count), owner->name);
    return place;
}

void fa_queue_push(fa_lane *owner, void *block)
{
    fa_queue *queue = &owner->pool.queue;
    void *next = NULL;
    memcpy(block, &next, sizeof next);
    fa_mutex_lock(&queue->lock);
    if (fa_peek(queue->oldest) == NULL)
        atomic_store(&queue->oldest, block);
    else
        memcpy(queue->newest, &block, sizeof block);
    queue->newest = block;
    fa_mutex_unlock(&queue->lock);
}

void *fa_queue_pop(fa_lane *owner)
{
    fa_queue *queue = &owner->pool.queue;
    if (fa_likely(fa_peek(queue->count) == 0))
        return NULL;
    fa_mutex_lock(&queue->lock);
    void *block = pop(queue);
    fa_mutex_unlock(&queue->lock);
    return block;
}

void fa_queue_wake(fa_lane *owner)
{
    fa_queue *queue = &owner->pool.queue;
    fa_mutex_lock(&queue->lock);
    fa_condition_wake(&queue->room);
    fa_mutex_unlock(&queue->lock);
}

void fa_queue_forked(fa_queue *queue)
{
    uint32_t count = 0;
    for (void *block = fa_peek(queue->oldest); block != NULL; count++)
        memcpy(&block, block, sizeof block);
    fa_poke(queue->count, count);
    fa_condition_init(&queue->room);
}
