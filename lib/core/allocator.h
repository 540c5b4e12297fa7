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

#include <framealloc/config.h>
#include <framealloc/diagnostic.h>

#define FA_REPORT_CODES 32

struct fa_allocator {
    fa_counter id; /* 0 once gone; the memory of an allocator is never unmapped */
    _Atomic uint32_t references;
    uint64_t number; /* what id is while it lives, known before the rooms are made */
    fa_config config;
    fa_backend_state backend;
    fa_mutex lock;
    fa_link link;                    /* in the list of allocators */
    _Atomic(fa_lane *) lanes;        /* newest first; lanes stay until the allocator goes */
    _Atomic uint32_t lane_count;
    fa_registry registry;
    fa_frame_shared frame;
    fa_pool_shared pool;
    fa_heap_shared heap;
    fa_account_shared account;
    fa_store_shared store;
    fa_diagnostic_sink sink;         /* guarded by lock */
    void *sink_user;                 /* likewise */
    fa_counter reports[FA_REPORT_CODES];
};

/* Whether the handle names a living allocator; reports if not. */
static inline bool fa_allocator_usable(const fa_allocator *a)
{
    if (fa_likely(a != NULL && fa_peek(a->id) != 0))
        return true;
    fa_refuse_handle(a);
    return false;
}

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

/* The living allocator with this id gets another reference; NULL if there is none. */
fa_allocator *fa_allocator_retain_by_id(uint64_t id);

/* The living allocator other than a in whose pages the address lies, as a number to print; 0 if none. */
uint64_t fa_allocator_owning(const fa_allocator *a, uintptr_t address);

/* Gives unused shared memory back; returns the bytes. */
size_t fa_allocator_trim_shared(fa_allocator *a);

/* The fork protocol (core/fork.c) goes over all allocators with every lock held. */
void fa_allocators_lock(void);
void fa_allocators_unlock(void);
void fa_allocators_each(void (*visit)(fa_allocator *a));

/* Installs the fork handlers once. */
void fa_fork_install(void);

#endif
