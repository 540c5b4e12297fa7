/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks released by other threads. Lanes that do it often have a channel to the owner; everyone else, and whoever
 * finds his channel full, pushes onto a lock-free stack that the owner takes whole. */
#ifndef FA_POOL_INBOX_H
#define FA_POOL_INBOX_H

#include "pool/page.h"
#include "pool/queue.h"

/* Hands a block to the lane that owns its page. from is the releasing thread's lane, NULL if it has none. */
void fa_inbox_send(fa_allocator *a, fa_lane *from, fa_page *page, void *block);

/* The same in two steps: the first may refuse (FA_PLACE_NONE) unless the block is the library's own, the second may not. */
fa_place fa_inbox_ask(fa_allocator *a, fa_lane *from, const fa_page *page, bool own);
void fa_inbox_send_to(fa_place place, fa_allocator *a, fa_lane *from, fa_page *page, void *block);

/* The same as far as it goes in a brief call. False if nothing was done; true with from->pool.unattended set if the owner
 * left its thread in that moment, and fa_inbox_attend() has to follow. */
bool fa_inbox_send_quickly(fa_lane *from, fa_page *page, void *block);
void fa_inbox_attend(fa_lane *from);

/* Takes in what others have released: all of it, or as many blocks as are wanted; returns how many. */
void fa_inbox_drain(fa_lane *lane);
uint64_t fa_inbox_process(fa_lane *lane, uint64_t most);

/* Tells listeners what was taken in since they were told last, if anything. */
void fa_inbox_tell_now(fa_lane *lane);

static inline void fa_inbox_tell(fa_lane *lane)
{
    if (fa_unlikely(lane->pool.untold != 0))
        fa_inbox_tell_now(lane);
}

/* All of it, and what the allocator has of the lane. */
void fa_inbox_collect(fa_lane *lane);

/* Does so for another lane unless its thread is in the middle of a call that does not wait. */
bool fa_inbox_relieve(fa_lane *owner);

/* What the mode in force allows: others to take in what waits for a thread; a lane to look when a request would
 * fail, and when it is out of blocks. */
bool fa_inbox_helps(const fa_allocator *a);
bool fa_inbox_looks_in_need(const fa_allocator *a);
bool fa_inbox_looks_on_refill(const fa_allocator *a);

/* Does so for a lane that no thread is on, if there is anything. */
void fa_inbox_tend(fa_lane *owner);

#endif
