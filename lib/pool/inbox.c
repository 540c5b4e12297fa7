/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/inbox.h"

#include "core/rooms.h"
#include "pool/cache.h"
#include "pool/channel.h"
#include "pool/stock.h"

#include <framealloc/event.h>

#include <string.h>

/* Bytes that one lane sends to others who do not look before it has a look itself. */
enum { PRESSURE = 256 * 1024 };

static bool bound(fa_lane *owner)
{
    return fa_likely(atomic_load(&owner->state) == FA_LANE_BOUND);
}

static void push(fa_lane *owner, void *block)
{
    void *head = atomic_load_explicit(&owner->pool.inbox, memory_order_relaxed);
    do {
        memcpy(block, &head, sizeof head);
        FA_SHAKE_POINT();
    } while (!atomic_compare_exchange_weak(&owner->pool.inbox, &head, block));
}

static bool waiting(fa_lane *owner)
{
    return atomic_load(&owner->pool.inbox) != NULL || fa_channel_waiting(owner) ||
           atomic_load(&owner->pool.queue.oldest) != NULL;
}

static int32_t mode(const fa_allocator *a)
{
    return fa_peek(a->pool.deferred.mode);
}

bool fa_inbox_helps(const fa_allocator *a)
{
    return mode(a) != FA_DEFERRED_EXPLICIT && mode(a) != FA_DEFERRED_NEVER;
}

bool fa_inbox_looks_in_need(const fa_allocator *a)
{
    return mode(a) != FA_DEFERRED_NEVER;
}

bool fa_inbox_looks_on_refill(const fa_allocator *a)
{
    return mode(a) == FA_DEFERRED_ON_REFILL;
}

/* What is done with a lane that somebody has in hand is his choice; a parked one is nobody's. */
static bool may_be_tended(const fa_lane *owner)
{
    return fa_inbox_helps(owner->allocator) || fa_peek(owner->state) == FA_LANE_PARKED;
}

/* Whoever tends the lane now looks again when he has left it, so nobody has to wait for him. */
void fa_inbox_tend(fa_lane *owner)
{
    fa_lane_state was;
    while (may_be_tended(owner) && waiting(owner) && fa_lane_try_tend(owner, &was)) {
        FA_SHAKE_POINT();
        fa_inbox_drain(owner);
        FA_SHAKE_POINT();
        fa_lane_return(owner, was);
    }
}

/* What came into a channel is there for whoever tends the lane now, before this one finds that he does: a
 * read-modify-write is a fence, and one that the thread sanitizer knows. */
static void attend(fa_lane *owner)
{
    (void)atomic_fetch_or(&owner->state, 0);
    fa_inbox_tend(owner);
}

bool fa_inbox_relieve(fa_lane *owner)
{
    fa_lane_state was;
    if (!fa_lane_try_tend(owner, &was) && !fa_lane_seize(owner, &was) && !fa_lane_tend_resting(owner, &was))
        return false;
    fa_inbox_drain(owner);
    fa_lane_tended(owner, was);
    return true;
}

bool fa_inbox_send_quickly(fa_lane *from, fa_page *page, void *block)
{
    fa_lane *owner = page->lane;
    unsigned class_index = page->class_index; /* once the block is sent, the page may go */
    if (fa_queue_used(owner->allocator) || !bound(owner) || !fa_channel_send_quickly(from, owner, block, page->block_size))
        return false;
    fa_counter_add(&from->pool.classes[class_index].deferred_out, 1);
    FA_SHAKE_POINT();
    if (!bound(owner))
        from->pool.unattended = owner;
    return true;
}

void fa_inbox_attend(fa_lane *from)
{
    fa_lane *owner = from->pool.unattended;
    from->pool.unattended = NULL;
    attend(owner);
}

static void count_sent(fa_allocator *a, fa_lane *from, unsigned class_index)
{
    if (from != NULL)
        fa_counter_add(&from->pool.classes[class_index].deferred_out, 1);
    else
        fa_counter_add_shared(&a->pool.deferred_out[class_index], 1);
}

static void help_with_pressure(fa_allocator *a, fa_lane *from, fa_lane *owner, uint32_t bytes)
{
    if (from != NULL && (from->pool.pressure += bytes) >= PRESSURE && fa_inbox_helps(a)) {
        from->pool.pressure = 0;
        (void)fa_inbox_relieve(owner);
    }
}

static void send_by_queue(fa_allocator *a, fa_lane *from, fa_lane *owner, void *block, uint32_t bytes)
{
    fa_queue_push(owner, block);
    if (!bound(owner))
        fa_inbox_tend(owner);
    else
        help_with_pressure(a, from, owner, bytes);
}

static void send_freely(fa_allocator *a, fa_lane *from, fa_lane *owner, void *block, uint32_t bytes)
{
    if (from != NULL && bound(owner) && fa_channel_send(from, owner, block, bytes)) {
        FA_SHAKE_POINT();
        if (!bound(owner))
            attend(owner);
        return;
    }
    push(owner, block);
    FA_SHAKE_POINT();
    if (!bound(owner))
        fa_inbox_tend(owner);
    else
        help_with_pressure(a, from, owner, bytes);
}

fa_place fa_inbox_ask(fa_allocator *a, fa_lane *from, const fa_page *page, bool own)
{
    return fa_queue_used(a) ? fa_queue_ask(a, from, page->lane, own) : FA_PLACE_FREE;
}

void fa_inbox_send_to(fa_place place, fa_allocator *a, fa_lane *from, fa_page *page, void *block)
{
    count_sent(a, from, page->class_index);
    if (place == FA_PLACE_TAKEN)
        send_by_queue(a, from, page->lane, block, page->block_size);
    else if (place == FA_PLACE_FREE)
        send_freely(a, from, page->lane, block, page->block_size);
    else
        fa_stock_give(a, block);
}

void fa_inbox_send(fa_allocator *a, fa_lane *from, fa_page *page, void *block)
{
    fa_inbox_send_to(fa_inbox_ask(a, from, page, true), a, from, page, block);
}

static void take_home(fa_lane *lane, void *block)
{
    unsigned class_index = fa_page_of(block)->class_index;
    fa_counter_add(&lane->pool.classes[class_index].deferred_in, 1);
    fa_cache_restore(lane, class_index, block);
    lane->pool.restored |= (uint64_t)1 << class_index;
}

static uint64_t take_backlog_home(fa_lane *lane, uint64_t most)
{
    uint64_t taken = 0;
    for (; lane->pool.backlog != NULL && taken < most; taken++) {
        void *block = lane->pool.backlog;
        memcpy(&lane->pool.backlog, block, sizeof lane->pool.backlog);
        take_home(lane, block);
    }
    return taken;
}

static uint64_t take_stack_home(fa_lane *lane, uint64_t most)
{
    uint64_t taken = take_backlog_home(lane, most);
    if (taken == most || atomic_load_explicit(&lane->pool.inbox, memory_order_relaxed) == NULL)
        return taken;
    FA_SHAKE_POINT();
    lane->pool.backlog = atomic_exchange_explicit(&lane->pool.inbox, NULL, memory_order_acquire);
    return taken + take_backlog_home(lane, most - taken);
}

static uint64_t take_queue_home(fa_lane *lane, uint64_t most)
{
    uint64_t taken = 0;
    void *block;
    while (taken < most && (block = fa_queue_pop(lane)) != NULL) {
        take_home(lane, block);
        taken++;
    }
    if (taken != 0)
        fa_queue_wake(lane);
    return taken;
}

uint64_t fa_inbox_process(fa_lane *lane, uint64_t most)
{
    uint64_t taken = take_queue_home(lane, most);
    taken += fa_channel_receive(lane, most - taken, take_home);
    FA_SHAKE_POINT();
    taken += take_stack_home(lane, most - taken);
    for (; lane->pool.restored != 0; lane->pool.restored &= lane->pool.restored - 1)
        fa_cache_set_low(lane, (unsigned)__builtin_ctzll(lane->pool.restored));
    if (taken != 0) {
        fa_counter_add(&lane->pool.batches, 1);
        fa_counter_raise(&lane->pool.largest_batch, taken);
        lane->pool.untold += taken;
    }
    return taken;
}

void fa_inbox_tell_now(fa_lane *lane)
{
    uint64_t count = lane->pool.untold;
    lane->pool.untold = 0;
    fa_tell(lane->allocator, &(fa_happening){.kind = FA_EVENT_DEFERRED_PROCESSED, .intent = -1, .count = count});
}

void fa_inbox_drain(fa_lane *lane)
{
    (void)fa_inbox_process(lane, UINT64_MAX);
}

void fa_inbox_collect(fa_lane *lane)
{
    void *block = fa_stock_collect(lane);
    while (block != NULL) {
        void *next;
        memcpy(&next, block, sizeof next);
        FA_SHAKE_POINT();
        take_home(lane, block);
        block = next;
    }
    fa_inbox_drain(lane);
}
