/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks released by other threads. Lanes that do it often have a channel to the owner; everyone else, and whoever
 * finds his channel full, pushes onto a lock-free stack that the owner takes whole. */
#ifndef FA_POOL_INBOX_H
#define FA_POOL_INBOX_H

#include "pool/page.h"

/* Hands a block to the lane that owns its page. from is the releasing thread's lane, NULL if it has none. */
void fa_inbox_send(fa_allocator *a, fa_lane *from, fa_page *page, void *block);

/* The same as far as it goes in a brief call. False if nothing was done; true with from->pool.unattended set if the owner
 * left its thread in that moment, and fa_inbox_attend() has to follow. */
bool fa_inbox_send_quickly(fa_lane *from, fa_page *page, void *block);
void fa_inbox_attend(fa_lane *from);

/* Takes in what others have released. */
void fa_inbox_drain(fa_lane *lane);

/* Does so for a lane that no thread is on, if there is anything. */
void fa_inbox_tend(fa_lane *owner);

#endif
