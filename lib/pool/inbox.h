/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks released by other threads. Lanes that do it often have a channel to the owner; everyone else, and whoever
 * finds his channel full, pushes onto a lock-free stack that the owner takes whole. */
#ifndef FA_POOL_INBOX_H
#define FA_POOL_INBOX_H

#include "pool/page.h"

/* Hands a block to the lane that owns its page. from is the releasing thread's lane, NULL if it has none. */
void fa_inbox_send(fa_allocator *a, fa_lane *from, fa_page *page, void *block);

/* Takes in what others have released. */
void fa_inbox_drain(fa_lane *lane);

#endif
