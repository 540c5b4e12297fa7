/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the threads room keeps in an allocator. */
#ifndef FA_THREADS_STATE_H
#define FA_THREADS_STATE_H

#include "base/list.h"
#include "base/mutex.h"
#include "base/slots.h"

#include <framealloc/transfer.h>

/* One lock for all barriers: who holds it neither waits nor calls anybody. */
typedef struct fa_barrier_shared {
    fa_mutex lock; /* guards what follows */
    fa_slots table;
    fa_link barriers;
} fa_barrier_shared;

enum { FA_TRANSFERS_REMEMBERED = 256 };

typedef struct fa_transfer_shared {
    fa_mutex lock; /* guards what follows */
    fa_slots table;
    fa_link in_flight; /* oldest first */
    fa_transfer_stats stats;
    uint64_t taken[FA_TRANSFERS_REMEMBERED]; /* ids that were taken lately */
} fa_transfer_shared;

typedef struct fa_threads_shared {
    fa_barrier_shared barriers;
    fa_transfer_shared transfers;
} fa_threads_shared;

#endif
