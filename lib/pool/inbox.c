/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/inbox.h"

#include "pool/cache.h"
#include "pool/channel.h"

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
    return atomic_load(&owner->pool.inbox) != NULL || fa_channel_waiting(owner);
}

/* Whoever tends the lane now looks again when he has left it, so nobody has to wait for him. */
void fa_inbox_tend(fa_lane *owner)
{
    fa_lane_state was;
    if (!waiting(owner) || !fa_lane_try_tend(owner, &was))
        return;
    FA_SHAKE_POINT();
    fa_inbox_drain(owner);
    FA_SHAKE_POINT();
    fa_lane_tended(owner, was);
}

/* What came into a channel is there for whoever tends the lane now, before this one finds that he does: a
 * read-modify-write is a fence, and one that the thread sanitizer knows. */
static void attend(fa_lane *owner)
{
    (void)atomic_fetch_or(&owner->state, 0);
    fa_inbox_tend(owner);
}

/* A thread that is on the lane but does not come to look, as it sleeps or uses frames only. */
static void relieve(fa_lane *owner)
{
    fa_lane_state was;
    if (!fa_lane_seize(owner, &was))
        return;
    fa_inbox_drain(owner);
    fa_lane_tended(owner, was);
}

bool fa_inbox_send_quickly(fa_lane *from, fa_page *page, void *block)
{
    fa_lane *owner = page->lane;
    unsigned class_index = page->class_index; /* once the block is sent, the page may go */
    if (!bound(owner) || !fa_channel_send_quickly(from, owner, block, page->block_size))
        return false;
    fa_counter_add(&from->pool.classes[class_index].deferred_out, 1);
    FA_SHAKE_POINT();
    if (!bound(owner))
        from->pool.unattended = owner;
    return true;
}

void fa_inbox_attend(fa_lane *from)
{
    attend(from->pool.unattended);
    from->pool.unattended = NULL;
}

static void count_sent(fa_allocator *a, fa_lane *from, unsigned class_index)
{
    if (from != NULL)
        fa_counter_add(&from->pool.classes[class_index].deferred_out, 1);
    else
        fa_counter_add_shared(&a->pool.deferred_out[class_index], 1);
}

void fa_inbox_send(fa_allocator *a, fa_lane *from, fa_page *page, void *block)
{
    fa_lane *owner = page->lane;
    uint32_t bytes = page->block_size;
    count_sent(a, from, page->class_index);
    if (from != NULL && bound(owner) && fa_channel_send(from, owner, block, bytes)) {
        FA_SHAKE_POINT();
        if (!bound(owner))
            attend(owner);
        return;
    }
    push(owner, block);
    FA_SHAKE_POINT();
    if (!bound(owner)) {
        fa_inbox_tend(owner);
    } else if (from != NULL && (from->pool.pressure += bytes) >= PRESSURE) {
        from->pool.pressure = 0;
        relieve(owner);
    }
}

static void take_home(fa_lane *lane, void *block)
{
    unsigned class_index = fa_page_of(block)->class_index;
    fa_counter_add(&lane->pool.classes[class_index].deferred_in, 1);
    fa_cache_restore(lane, class_index, block);
    lane->pool.restored |= (uint64_t)1 << class_index;
}

static void take_stack_home(fa_lane *lane)
{
    if (atomic_load_explicit(&lane->pool.inbox, memory_order_relaxed) == NULL)
        return;
    FA_SHAKE_POINT();
    void *block = atomic_exchange_explicit(&lane->pool.inbox, NULL, memory_order_acquire);
    while (block != NULL) {
        void *next;
        memcpy(&next, block, sizeof next);
        FA_SHAKE_POINT();
        take_home(lane, block);
        block = next;
    }
}

void fa_inbox_drain(fa_lane *lane)
{
    fa_channel_receive(lane, take_home);
    FA_SHAKE_POINT();
    take_stack_home(lane);
    for (; lane->pool.restored != 0; lane->pool.restored &= lane->pool.restored - 1)
        fa_cache_set_low(lane, (unsigned)__builtin_ctzll(lane->pool.restored));
}
