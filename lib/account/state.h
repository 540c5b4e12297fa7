/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the account room keeps in a lane and in an allocator. */
#ifndef FA_ACCOUNT_STATE_H
#define FA_ACCOUNT_STATE_H

#include "base/counter.h"
#include "base/numbered.h"
#include "core/meter.h"

#include <framealloc/budget.h>
#include <framealloc/tag.h>

typedef struct fa_tag_node fa_tag_node;
typedef struct fa_tag_entry fa_tag_entry;

/* Consecutive bytes of one arena that belong to one tag, NULL for none. */
typedef struct fa_slice {
    fa_tag_node *tag;
    uint64_t bytes;
    uint64_t count;
} fa_slice;

/* Whose the bytes of one arena are, from its start to where it was settled last. Arenas give back in reverse order, so
 * going back takes slices off the end. */
typedef struct fa_ledger {
    fa_slice *slices;
    uint32_t used;
    uint32_t capacity;
    uint64_t bytes; /* settled */
    uint64_t count;
} fa_ledger;

enum {
    FA_LEDGER_FRAME = 8, /* 0 to 7: the ring of arenas that look ahead */
    FA_LEDGER_SCRATCH = 9,
    FA_LEDGERS = 10,
};

/* Room on a lane's stack for tags of the user, and for those that the library itself makes current for a moment. */
enum { FA_TAG_STACK = FA_TAG_DEPTH_MAX + 4 };

typedef struct fa_account_lane {
    fa_tag_node *current; /* NULL for none */
    fa_tag_entry *entry;  /* of current */
    uint64_t granted;     /* frame bytes charged to current in advance */
    uint64_t permitted;   /* live frame bytes up to which the lane's own budget need not be asked */
    uint32_t depth;
    bool metered;         /* the current tag, or one it is nested in, has a limit */
    bool telling;         /* the listener of the budgets runs */
    bool forced;          /* blocks are charged whatever the limits say */
    int32_t refusal;      /* code of the budget that refused last */
    fa_budget_event refused; /* when it did; of any budget, that of the allocator included */
    fa_tag_node *stack[FA_TAG_STACK];
    fa_ledger ledgers[FA_LEDGERS];
    _Atomic(fa_numbered *) entries; /* by number of the tag; read by other threads */
    fa_meter frame;       /* measured when looked at */
    fa_meter pool;        /* likewise */
    uint64_t pool_allowance; /* pool bytes that may go out before the lane is measured again */
} fa_account_lane;

enum { FA_BUDGET_EVENTS = 64 };

typedef struct fa_account_shared {
    _Atomic(fa_tag_node *) roots;
    fa_numbered nodes;
    _Atomic uint32_t tags;
    fa_budget_listener listener;              /* guarded by the allocator's lock */
    void *listener_user;                      /* likewise */
    fa_budget_event events[FA_BUDGET_EVENTS]; /* a ring, likewise */
    uint64_t events_written;                  /* likewise */
    uint64_t events_taken;                    /* likewise */
} fa_account_shared;

#endif
