/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "pool/inbox.h"

#include "pool/cache.h"
#include "pool/channel.h"

#include <string.h>

static void push(fa_lane *owner, void *block)
{
    void *head = atomic_load_explicit(&owner->pool.inbox, memory_order_relaxed);
    do {
        memcpy(block, &head, sizeof head);
        FA_SHAKE_POINT();
    } while (!atomic_compare_exchange_weak_explicit(&owner->pool.inbox, &head, block, memory_order_release,
                                                    memory_order_relaxed));
}

/* Nobody would take in what a lane without a thread gets: whoever adds to it does. */
static void tend_idle(fa_lane *owner)
{
    fa_lane_state was;
    if (fa_likely(atomic_load_explicit(&owner->state, memory_order_relaxed) == FA_LANE_BOUND))
        return;
    FA_SHAKE_POINT();
    if (!fa_lane_try_tend(owner, &was))
        return;
    FA_SHAKE_POINT();
    fa_inbox_drain(owner);
    FA_SHAKE_POINT();
    fa_lane_tended(owner, was);
}

void fa_inbox_send(fa_allocator *a, fa_lane *from, fa_page *page, void *block)
{
    fa_lane *owner = page->lane;
    if (from != NULL)
        fa_counter_add(&from->pool.classes[page->class_index].deferred_out, 1);
    else
        fa_counter_add_shared(&a->pool.deferred_out[page->class_index], 1);
    if (from == NULL || !fa_channel_send(from, owner, block))
        push(owner, block);
    FA_SHAKE_POINT();
    tend_idle(owner);
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
