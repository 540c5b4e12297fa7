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
#include "frame/state.h"
#include "heap/state.h"
#include "pool/state.h"
#include "store/state.h"
#include "threads/state.h"

#include <framealloc/config.h>
#include <framealloc/diagnostic.h>

#define FA_REPORT_CODES 64

/* What is added to the id while the allocator ends, or is asked to. */
#define FA_ALLOCATOR_CLOSING ((uint64_t)1 << 63)

struct fa_allocator {
    fa_counter id; /* 0 once gone; the memory of an allocator is never unmapped */
    _Atomic uint32_t references;
    _Atomic uint32_t guests; /* calls under way that no lane counts */
    _Atomic uint32_t gate;   /* see core/ending.c */
    _Atomic(struct fa_thread_cache *) closer; /* of the thread that ends the allocator, or asks */
    uint64_t number; /* what id is while it lives, known before the rooms are made */
    fa_config config;
    fa_backend_state backend;
    fa_mutex lock;
    fa_link link;                    /* in the list of allocators */
    uint32_t wanted[2];              /* by each fa_watcher, guarded by lock */
    _Atomic uint32_t watch;          /* all of it: FA_WATCH_* */
    _Atomic(fa_lane *) lanes;        /* newest first; lanes stay until the allocator goes */
    _Atomic uint32_t lane_count;
    fa_registry registry;
    fa_frame_shared frame;
    fa_pool_shared pool;
    fa_heap_shared heap;
    fa_account_shared account;
    fa_store_shared store;
    fa_threads_shared threads;
    fa_diagnostic_sink sink;         /* guarded by lock */
    void *sink_user;                 /* likewise */
    fa_counter reports[FA_REPORT_CODES];
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

/* Whether debug mode is on; never, when it is not built in. */
static inline bool fa_debugging(const fa_allocator *a)
{
    return FA_DEBUG_SUPPORT && fa_unlikely(a->config.debug_mode);
}

/* Counts a visit of the allocator with this id, even if it is about to end; NULL if it has ended. */
fa_allocator *fa_allocator_visit_by_id(uint64_t id);

/* Whether the allocator has not ended. The second also says whether a call is under way on one of its lanes. */
bool fa_allocator_listed(uint64_t id);
bool fa_allocator_has_caller_on(const fa_allocator *a, const fa_lane *lane);

/* Takes the allocator off the list if the question, asked with the list locked, is answered with yes. */
bool fa_allocator_unlist(fa_allocator *a, bool (*question)(void *of));

/* Calls a function with the list locked: what lane->cache points to stays. */
void fa_allocators_with_list_locked(void (*function)(void *of), void *of);

/* Once it has returned, nobody looks at what was taken down before (lane->cache) any more. */
void fa_allocators_pass(void);

/* The number of a living allocator other than a of which the question, asked with the list locked, is answered with yes;
 * 0 if there is none. */
uint64_t fa_allocator_other(const fa_allocator *a, bool (*question)(fa_allocator *other, uint64_t about), uint64_t about);

/* The living allocator other than a in whose pages the address lies, as a number to print; 0 if none. */
uint64_t fa_allocator_owning(const fa_allocator *a, uintptr_t address);

/* Gives unused shared memory back; returns the bytes. */
size_t fa_allocator_trim_shared(fa_allocator *a);

/* The fork protocol (core/fork.c) goes over all allocators with every lock held. */
void fa_allocators_lock(void);
void fa_allocators_unlock(void);
void fa_allocators_each(void (*visit)(fa_allocator *a));

/* Takes an allocator off the list for good, its memory with it; the list is locked. */
void fa_allocators_lose(fa_allocator *a);

/* Installs the fork handlers once. */
void fa_fork_install(void);

#endif
