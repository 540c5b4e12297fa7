/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What one thread of execution owns. Composes what every room keeps per lane, the hottest first. */
#ifndef FA_CORE_LANE_H
#define FA_CORE_LANE_H

#include "base/compiler.h"
#include "core/allocator.h"

#include <framealloc/stats.h>

typedef enum fa_lane_state {
    FA_LANE_PARKED = 0, /* free for any thread to adopt */
    FA_LANE_BOUND,      /* one thread uses it */
    FA_LANE_UNBOUND,    /* somebody has it in hand, no thread uses it */
    FA_LANE_TENDED,     /* parked or unbound, and somebody sees to it for a moment */
    FA_LANE_LOST,       /* its thread did not survive a fork */
} fa_lane_state;

struct fa_lane {
    _Alignas(64) fa_frame_lane frame;
    uint64_t id; /* never used twice in a process */
    fa_allocator *allocator;
    fa_scratch_lane scratch;
    fa_pool_lane pool;
    fa_heap_lane heap;
    fa_account_lane account;
    fa_times_lane times;
    fa_history_lane history;
    fa_trace_lane trace;
    fa_diag_lane diag;
    fa_debug_lane debug;
    fa_link mail; /* transfers sent to the lane, oldest first; guarded by their lock */
    _Atomic uint32_t state;
    _Atomic uint32_t calls;               /* under way on the lane; written by its thread alone */
    _Atomic(struct fa_thread_cache *) cache; /* of the thread that is on the lane; NULL while it comes or goes */
    _Atomic uint32_t visited;             /* 1 while the allocator counts the call under way as well */
    _Atomic uint32_t rests;               /* 1 while the call under way waits for other threads */
    uint32_t watch;                       /* FA_WATCH_* that its fast paths give way to */
    uint64_t task;                        /* the current one, 0 for none */
    uint64_t telling;                     /* id of the listener that it runs, or FA_TELLING_PROFILER; 0 for none */
    bool by_hand;                         /* made by fa_lane_create() */
    fa_lane *next;
    uint32_t index; /* in order of making */
    char name[64];
};

struct fa_thread;
struct fa_call;

/* All static thread-local storage of the library: 56 bytes. */
typedef struct fa_thread_cache {
    fa_counter allocator; /* id of the allocator that lane belongs to, FA_NO_ALLOCATOR for none, which other threads
                             write too, to have the next call come through the slow path; ids are not reused */
    fa_lane *lane;
    struct fa_thread *thread;
    struct fa_call *visits; /* the innermost call of the thread that an allocator counts */
    fa_allocator *refused;  /* what the call under way could not enter; the handle may name a new allocator by now */
    fa_status last_status;
    _Atomic uint8_t inside; /* a brief call is under way; see core/call.h */
    uint8_t laneless;       /* calls without a lane, modulo 256 */
    uint8_t tending;        /* lanes that the thread tends */
    uint8_t exits;          /* times the thread was found ending */
    uint8_t reporting;      /* sinks that the thread is in */
} fa_thread_cache;

/* Not 0, which is the id of allocators that are gone. */
#define FA_NO_ALLOCATOR UINT64_MAX

extern _Thread_local fa_thread_cache fa_tls;

/* The calling thread's lane if the cache knows it, else NULL. Inside a call, a cached lane proves that the allocator
 * lives and that nobody tends the lane. */
FA_ALWAYS_INLINE fa_lane *fa_lane_cached(fa_allocator *a)
{
    if (fa_unlikely(a == NULL) || fa_unlikely(fa_peek(a->id) != fa_peek(fa_tls.allocator)))
        return NULL;
    fa_lane *lane = fa_tls.lane;
    fa_known(lane != NULL);
    return lane;
}

/* The lane that the call under way is on, NULL if it has none; never makes one. */
fa_lane *fa_lane_existing(fa_allocator *a);

/* The same, made or adopted if need be. On failure reports and returns NULL. */
fa_lane *fa_lane_need(fa_allocator *a);

FA_ALWAYS_INLINE fa_lane *fa_lane_get(fa_allocator *a)
{
    fa_lane *lane = fa_lane_cached(a);
    return fa_likely(lane != NULL) ? lane : fa_lane_need(a);
}

/* fa_lane_get() that fails without a report. */
fa_lane *fa_lane_get_quietly(fa_allocator *a);

/* fa_lane_existing() for calls that need no lane, but are quicker with one: a thread that comes again and again gets it. */
fa_lane *fa_lane_if_worthwhile(fa_allocator *a);

/* Takes a lane that is in state from for the calling thread, once nobody tends it; pairs with fa_lane_leave(). */
bool fa_lane_take(fa_lane *lane, fa_lane_state from);
void fa_lane_leave(fa_lane *lane, fa_lane_state to);

/* Between the two: the calling thread's calls use the lane from now on, the one under way first; and no longer. */
void fa_lane_sit(fa_lane *lane, struct fa_call *call);
void fa_lane_rise(fa_lane *lane);

/* Takes a lane that no thread is on for a moment; fa_lane_tended() makes it again what it was, and nobody else will
 * have changed that. False if a thread is on the lane or it is lost. The first waits while somebody else tends it. */
bool fa_lane_tend(fa_lane *lane, fa_lane_state *was);
bool fa_lane_try_tend(fa_lane *lane, fa_lane_state *was);
void fa_lane_tended(fa_lane *lane, fa_lane_state was);

/* fa_lane_tended() for whoever looks himself at what came meanwhile. */
void fa_lane_return(fa_lane *lane, fa_lane_state was);

/* The same for a lane that another thread is on, as long as that is not in the middle of a call. */
bool fa_lane_seize(fa_lane *lane, fa_lane_state *was);

/* The storage of the thread that is on the lane, NULL for none. It stays while the list of allocators is locked, or the lane
 * is tended. */
fa_thread_cache *fa_lane_owner(const fa_lane *lane);

/* The call under way on the lane waits for other threads, who may see to the pool's share of the lane until it goes on: they
 * could be waiting for that themselves. NULL is no lane; the second does nothing without the first. Nothing of the user is
 * called in between. */
void fa_lane_rest(fa_lane *lane);
void fa_lane_go_on(fa_lane *lane);

static inline bool fa_lane_rests(const fa_lane *lane)
{
    return fa_peek(lane->rests) != 0;
}

/* Takes a lane that rests for a moment. */
bool fa_lane_tend_resting(fa_lane *lane, fa_lane_state *was);

/* The state of a lane when nobody tends it. */
fa_lane_state fa_lane_settled(const fa_lane *lane);

/* Parks a lane that the calling thread leaves, ending what is open on it, or unbinds it if somebody has it in hand. */
void fa_lane_abandon(fa_lane *lane);

/* Has every room give back of the lane's unused memory what it can in the middle of a request. */
void fa_lane_reclaim(fa_lane *lane);

/* Has every room give the lane's unused memory back. */
void fa_lane_trim(fa_lane *lane);

/* The two steps of an allocator's end: what users still see happen, then the memory. */
void fa_lanes_close(fa_allocator *a);
void fa_lanes_dispose(fa_allocator *a);

fa_lane *fa_lanes_first(fa_allocator *a);

/* Reads the figures of a lane; for any thread. */
void fa_lane_read_stats(fa_lane *lane, fa_lane_stats *out);

/* Whether the handle is a lane of this allocator; compares addresses only, so any handle may be asked about. */
bool fa_lane_belongs(fa_allocator *a, const fa_lane *lane);

#endif
