/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The current tag of a lane. */
#ifndef FA_ACCOUNT_SCOPE_H
#define FA_ACCOUNT_SCOPE_H

#include "account/tag.h"

/* Books what the lane's arenas have come to under the current tag. */
void fa_account_settle(fa_lane *lane);

/* The same, and gives back what is granted and not used: the charges are exact then. */
void fa_account_sync(fa_lane *lane);

/* Makes a tag current for one allocation, and the one before current again. FA_OK, FA_ERROR_OUT_OF_MEMORY, or
 * FA_ERROR_DEPTH when that is nested too deeply. */
fa_status fa_account_enter(fa_lane *lane, fa_tag_node *tag);
void fa_account_leave(fa_lane *lane);

/* fa_tag_push() for a moment that nobody is told of; fa_account_leave() follows. NULL with a report on failure. */
fa_lane *fa_account_push(fa_allocator *a, fa_tag tag);

/* Has every room look at the lane's tag and budgets again. */
void fa_account_retag(fa_lane *lane);

#endif
