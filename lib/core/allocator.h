/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The shared object. Composes what every room keeps per allocator.
 *
 * Lock order: the list of allocators (core/allocator.c), then an allocator's lock, then the lock of one object of a
 * store. No function of the user is called with any held. */
#ifndef FA_CORE_ALLOCATOR_H
#define FA_CORE_ALLOCATOR_H

#include "account/state.h"
#include "base/counter.h"
#include "base/list.h"
#include "base/mutex.h"
#include "core/backend.h"
#include "core/registry.h"
#include "core/report.h"
#include "debug/state.h"
#include "diag/state.h"
#include "frame/state.h"
#include "heap/state.h"
#include "observe/snapshot_state.h"
#include "observe/state.h"
#include "pool/state.h"
#include "store/state.h"
#include "threads/state.h"

#include <framealloc/config.h>

/* What is added to the id while the allocator ends, or is asked to. */
#define FA_ALLOCATOR_CLOSING ((uint64_t)1 << 63)

/* Who wants to be told of what happens; see core/watch.h. */
typedef enum fa_watcher {
    FA_WATCHER_DEFERRED,
    FA_WATCHER_EVENTS,
    FA_WATCHER_ENGINE,
    FA_WATCHER_DEBUG,
    FA_WATCHER_FILTER,
    FA_WATCHER_PROFILER,
    FA_WATCHER_HISTORY,
    FA_WATCHER_SNAPSHOT,
    FA_WATCHER_TRACE,
    FA_WATCHER_PROBES,
    FA_WATCHERS
} fa_watcher;

struct fa_allocator {
    const void *copy; /* of the library that made it; first, so that a copy of any version finds it */
    fa_counter id; /* 0 once gone; the memory of an allocator is never unmapped */
    _Atomic uint32_t references;
    _Atomic uint32_t guests; /* threads with visits under way */
    _Atomic uint32_t gate;   /* see core/ending.c */
    _Atomic(struct fa_thread_cache *) closer; /* of the thread that ends the allocator, or asks */
    uint64_t number; /* what id is while it lives, known before the rooms are made */
    fa_config config;
    fa_backend_state backend;
    fa_mutex lock;
    fa_link link;                    /* in the list of allocators */
    uint32_t wanted[FA_WATCHERS];    /* by each fa_watcher, guarded by lock */
    uint64_t wanted_in[FA_WATCHERS]; /* the turn in which it said so, likewise */
    _Atomic uint32_t watch;          /* all of it: FA_WATCH_* */
    _Atomic(fa_lane *) lanes;        /* newest first; lanes stay until the allocator goes */
    _Atomic uint32_t lane_count;
    fa_registry registry;
    fa_debug_shared debug;
    fa_frame_shared frame;
    fa_pool_shared pool;
    fa_heap_shared heap;
    fa_account_shared account;
    fa_store_shared store;
    fa_threads_shared threads;
    fa_diag_shared diag;
    fa_snapshot_shared snapshots;
    fa_observe_shared observe;
};

/* The id while the allocator lives or ends; 0 once gone. */
static inline uint64_t fa_allocator_number(const fa_allocator *a)
{
    return fa_peek(a->id) & ~FA_ALLOCATOR_CLOSING;
}

/* Whether the handle names an allocator that the call under way has entered; the second reports if not. */
bool fa_allocator_entered(fa_allocator *a);
bool fa_allocator_usable(fa_allocator *a);

/* Tells the ids of this allocator from those of others; Knuth's multiplicative hash. */
static inline uint32_t fa_allocator_salt(const fa_allocator *a)
{
    return (uint32_t)(a->number * 2654435761u);
}

/* Whether debug mode is on, and whether it poisons; never, when it is not built in. Fast paths do not ask: a lane that
 * follows debug mode is watched. */
static inline bool fa_debugging(const fa_allocator *a)
{
    return FA_DEBUG_SUPPORT && fa_unlikely(fa_peek(a->debug.flags) != 0);
}

static inline bool fa_poisoning(const fa_allocator *a)
{
    return FA_DEBUG_SUPPORT && fa_unlikely(fa_peek(a->debug.flags) & FA_DEBUG_POISON);
}

/* Whether memory of ended frames is kept back without access. */
static inline bool fa_guarding(const fa_allocator *a)
{
    return FA_DEBUG_SUPPORT && fa_unlikely(fa_peek(a->debug.flags) & FA_DEBUG_PAGES);
}

/* Gives unused shared memory back; returns the bytes. */
size_t fa_allocator_trim_shared(fa_allocator *a);

/* Installs the fork handlers once. */
void fa_fork_install(void);

#endif
