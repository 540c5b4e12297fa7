/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Attribution by difference: an arena tells what it has come to, and its ledger finds whose the difference is. */
#ifndef FA_ACCOUNT_LEDGER_H
#define FA_ACCOUNT_LEDGER_H

#include "account/tag.h"

typedef enum fa_ledger_kind { FA_LEDGER_OF_FRAMES, FA_LEDGER_OF_SCRATCH } fa_ledger_kind;

bool fa_ledger_grow(fa_ledger *ledger, uint32_t changes);

/* Makes sure that so many more changes of tag can be written down. False without memory. */
static inline bool fa_ledger_reserve(fa_ledger *ledger, uint32_t changes)
{
    return fa_likely(ledger->capacity - ledger->used >= changes) || fa_ledger_grow(ledger, changes);
}

/* Books where the arena stands: what came since belongs to tag (NULL: none), what went is taken off the end. Of
 * what came, up to *granted bytes are charged already and taken off there; granted may be NULL. */
void fa_ledger_settle(fa_ledger *ledger, fa_ledger_kind kind, fa_tag_node *tag, uint64_t bytes, uint64_t count,
                      uint64_t *granted);

/* The arena is empty. */
void fa_ledger_clear(fa_ledger *ledger, fa_ledger_kind kind);

/* Hands the slices over to a ledger that is empty; the arena is empty, its bytes live on. */
void fa_ledger_move(fa_ledger *to, fa_ledger *from);

void fa_ledger_dispose(fa_ledger *ledger);

#endif
