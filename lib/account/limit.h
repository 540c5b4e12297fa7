/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What happens when a meter passes a limit: events for those who listen or poll, and the decision of the policy. */
#ifndef FA_ACCOUNT_LIMIT_H
#define FA_ACCOUNT_LIMIT_H

#include "core/allocator.h"
#include "core/rooms.h"

/* Tells of the limits that a granted request passed, if any. No lock may be held. */
void fa_limit_announce(fa_allocator *a, fa_meter *meter, const fa_crossing *crossing);

/* Decides a request beyond the hard limit: FA_BUDGET_FAIL to FA_BUDGET_PROMOTE. No lock may be held. */
int32_t fa_limit_decide(fa_allocator *a, fa_meter *meter, const fa_crossing *crossing);

/* Which budget refused the lane's last request, as in: tag ai uses 900 of 1000 bytes. Empty if that is not known. */
void fa_limit_describe_refusal(fa_allocator *a, char *buffer, size_t size);

#endif
