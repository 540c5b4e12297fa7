/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What the pool room keeps in a lane and in an allocator. */
#ifndef FA_POOL_STATE_H
#define FA_POOL_STATE_H

#include "base/condition.h"
#include "base/counter.h"
#include "base/list.h"
#include "pool/classes.h"

#include <framealloc/deferred.h>

#include <stdbool.h>

/* A stack of free blocks of one class, ready to be handed out. The slow path is entered when top meets low, which is
 * the bottom or, as long as statistics are kept, the level at which live blocks pass their peak; and when it meets
 * high. */
typedef struct fa_cache {
    _Atomic(void **) top; /* behind the block that goes out next */
    void **low;
    void **high;
    fa_counter allocations;
} fa_cache;

/* What the fast path does not touch. */
typedef struct fa_class_state {
    _Atomic(void **) slots;  /* bottom of the stack, NULL until first use */
    uint32_t batch;          /* blocks that move between stack and pages at a time: half the stack */
    fa_link pages;           /* pages with free blocks */
    fa_counter page_count;
    uint32_t empty_pages;    /* of these, how many are wholly free */
    fa_counter out_of_pages; /* blocks that pages have handed to this lane */
    fa_counter lent;         /* blocks idle in magazines that were last seen here; written by any thread */
    fa_counter peak;         /* highest live blocks */
    fa_counter deferred_out; /* blocks of other lanes that this one released */
    fa_counter deferred_in;  /* own blocks that came back from others */
} fa_class_state;

typedef struct fa_channel fa_channel;

/* Blocks on their way to a lane, linked through their first word, and places asked for. */
typedef struct fa_queue {
    fa_mutex lock;
    fa_condition room;
    _Atomic(void *) oldest;
    void *newest;
    _Atomic uint32_t count; /* of places, filled or not */
    uint32_t capacity;      /* what it has grown to, 0 for not at all */
    bool warned;
    fa_deferred_stats figures; /* those that it counts */
} fa_queue;

/* Lanes that one lane can have a channel to, by their id. */
enum { FA_CHANNELS = 8 };

/* Own pages whose blocks fa_release() may take without asking the registry, found by window number. */
enum { FA_KNOWN_PAGES = 1024 };

typedef struct fa_pool_lane {
    size_t span_end; /* (size - 1) | (align - 1) has to be below for the fast path; 0 when tags or budgets step in */
    _Alignas(64) fa_cache caches[FA_CLASSES];
    fa_class_state classes[FA_CLASSES];
    uintptr_t known[FA_KNOWN_PAGES]; /* address of the page + class + 1, 0 for none */
    fa_counter refills;
    fa_queue queue;      /* instead of channels and stack, with a bound or a warning threshold */
    void *backlog;       /* taken off the stack, but not home so far */
    fa_counter batches;
    fa_counter largest_batch;
    uint64_t untold;     /* blocks taken in that listeners have not heard of */
    fa_lane *unattended; /* a lane that got a block just as it left its thread */
    uint32_t pressure; /* bytes sent to others through their stacks since the lane last saw to one of them */
    uint64_t restored; /* classes that a drain under way has taken blocks home to */
    fa_channel *outgoing[FA_CHANNELS];
    _Atomic(fa_channel *) incoming;
    _Alignas(64) _Atomic(void *) inbox; /* blocks released by others, linked through their first word */
} fa_pool_lane;

/* fa_deferred_config in force. */
typedef struct fa_deferred_choice {
    _Atomic int32_t mode;
    _Atomic uint32_t per_allocation;
    _Atomic uint32_t capacity;
    _Atomic int32_t full_policy;
    _Atomic uint32_t warning_threshold;
    _Atomic uint32_t queues; /* 1 with a bound or a warning threshold */
    uint64_t turns;          /* times it was chosen, guarded by the allocator's lock */
} fa_deferred_choice;

typedef struct fa_pool_shared {
    fa_deferred_choice deferred;
    void *stock[FA_CLASSES];              /* free blocks of any lane, guarded by the allocator's lock */
    fa_counter stocked;                   /* how many, likewise */
    fa_link spans;                        /* with free pages, guarded by the allocator's lock */
    fa_link full_spans;                   /* without, likewise */
    fa_counter deferred_out[FA_CLASSES];  /* blocks released by threads without a lane */
} fa_pool_shared;

#endif
