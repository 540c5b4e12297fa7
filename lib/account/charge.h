/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Charging tags and budgets. A charge goes to the tag and to every tag it is nested in; it is made before the memory is
 * taken, and returned if that fails. */
#ifndef FA_ACCOUNT_CHARGE_H
#define FA_ACCOUNT_CHARGE_H

#include "account/tag.h"

#include <framealloc/block.h>

/* Charges whatever the limits say, and takes charges back. */
void fa_charge_force(fa_tag_node *tag, uint64_t bytes);
void fa_charge_return(fa_tag_node *tag, uint64_t bytes);

/* Whether a pool request has to look at tags and budgets. */
static inline bool fa_account_watches_pool(const fa_lane *lane)
{
    return lane->account.current != NULL || fa_meter_limited(&lane->account.pool);
}

/* Charges a block of the current tag. FA_OK, or FA_ERROR_BUDGET. May call functions of the user. */
fa_status fa_charge_block(fa_lane *lane, size_t bytes);

/* Books a charged block that was taken from the lane's pages or memory. */
void fa_charge_book(fa_lane *lane, int32_t intent, size_t bytes);

/* A block of a tag is released: owner is the lane it counts for, releasing that of the calling thread or NULL. */
void fa_charge_release(fa_allocator *a, uint32_t tag, fa_lane *owner, const fa_lane *releasing, int32_t intent, size_t bytes);

/* Asks the lane's pool budget, which counts live bytes, for more. FA_OK or FA_ERROR_BUDGET. */
fa_status fa_charge_pool(fa_lane *lane, uint64_t live, size_t bytes);

/* What a request for frame memory met. */
typedef enum fa_frame_verdict { FA_FRAME_GRANTED, FA_FRAME_DENIED, FA_FRAME_PROMOTED } fa_frame_verdict;

/* Asks the lane's frame budget, which counts live bytes, to go on from one level to another. */
fa_frame_verdict fa_charge_frame(fa_lane *lane, uint64_t before, uint64_t after);

/* Charges frame bytes to the current tag in advance: at least wanted, and some more if no limit is near. */
fa_frame_verdict fa_charge_grant(fa_lane *lane, uint64_t wanted);

/* Gives back what was granted and not used. */
void fa_charge_grant_return(fa_lane *lane);

/* Whether the current tag, or one it is nested in, has a limit. */
bool fa_charge_limited(const fa_tag_node *tag);

#endif
