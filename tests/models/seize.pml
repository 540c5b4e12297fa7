/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A tender takes a lane away from its idle owner; the owner's way in has no fence (lib/core/call.h, lib/core/call.c,
 * lib/core/tend.c).
 *
 * To hold: owner and tender never work on the lane at once, no work is lost, the owner's thread-local memory is not
 * touched once its thread has ended, nobody waits for ever. */
#define THREADS 1
#define LOCATIONS 5
#define DEPTH 6
#define OWNER 0

#define INSIDE 0 /* fa_tls.inside of the owner */
#define CALLS 1  /* lane->calls */
#define CACHE 2  /* fa_tls.allocator of the owner */
#define DATA 3   /* whatever lane memory: how often somebody worked */
#define SEAT 4   /* lane->cache, 1 while the owner is on the lane */

#include "memory.pml"

#define NONE 0
#define HERE 1      /* the lane's allocator */
#define ELSEWHERE 2 /* another one */

/* Who sees that the owner has gone elsewhere has to see what it did here before. */
#ifdef MUTANT_cache_is_stored_relaxed
#define CACHE_ORDER PLAIN
#else
#define CACHE_ORDER RELEASE
#endif

#define OPERATIONS 3
#define TENDERS 2

mtype = { bound, tended, parked };
mtype state = bound; /* lane->state */
byte work_done;
bool owner_works, tender_works, owner_ended;
byte tenders_done;

inline owner_work()
{
    atomic { owner_works = true; assert(!tender_works) }
    value = load(OWNER, DATA);
    store(OWNER, DATA, value + 1, PLAIN);
    atomic { owner_works = false; work_done++; value = 0 }
}

inline add_to_calls(change, order)
{
    value = load(OWNER, CALLS);
    atomic { store(OWNER, CALLS, value + change, order); value = 0 }
}

/* fa_call_brief() that finds the lane cached, work, fa_call_brief_end() */
inline brief_call()
{
    owner_work();
    store(OWNER, INSIDE, 0, RELEASE)
}

/* fa_call_enter() that finds the lane cached, work, fa_call_leave() */
inline counted_call()
{
    add_to_calls(1, PLAIN);
    store(OWNER, INSIDE, 0, RELEASE);
    owner_work();
    add_to_calls(-1, RELEASE)
}

/* come_back() */
inline come_back(back)
{
    store(OWNER, CACHE, HERE, CACHE_ORDER);
    if
#ifdef MUTANT_owner_trusts_its_list
    :: true -> back = true
#else
    :: state == bound -> back = true
#endif
    :: state != bound -> store(OWNER, CACHE, NONE, CACHE_ORDER)
    fi
}

/* fa_call_join(): count_on(), then waits until nobody tends the lane. */
inline join()
{
    add_to_calls(1, PLAIN);
    do
    :: back -> back = false; break
    :: !back ->
        state == bound; /* fa_lane_settled() */
        come_back(back)
    od
}

/* fa_call_enter_slowly(): join_known(), or as a visitor fa_call_join(); work, fa_call_leave() */
inline slow_call()
{
    add_to_calls(1, PLAIN);
    come_back(back);
    if
    :: !back -> add_to_calls(-1, RELEASE)
    :: back
    fi;
    store(OWNER, INSIDE, 0, RELEASE);
    if
    :: !back -> join()
    :: back -> back = false
    fi;
    owner_work();
    add_to_calls(-1, RELEASE)
}

/* A call on the lane's allocator. */
inline call()
{
    store(OWNER, INSIDE, 1, PLAIN);
    if
    :: load(OWNER, CACHE) == HERE ->
        if
        :: brief_call()
        :: counted_call()
        fi
    :: else -> slow_call()
    fi
}

/* A call on another allocator has the cache name that one. */
inline call_elsewhere()
{
    store(OWNER, CACHE, ELSEWHERE, CACHE_ORDER)
}

/* leave_lane(): fa_call_enter_to_leave(), fa_lane_abandon(); then the thread ends. */
inline leave()
{
    join();
    owner_work();
    store(OWNER, SEAT, 0, RELEASE); /* fa_lane_rise() */
#ifdef MUTANT_calls_end_relaxed
    store(OWNER, CALLS, 0, PLAIN);
#else
    store(OWNER, CALLS, 0, RELEASE);
#endif
#ifdef MUTANT_owner_leaves_a_tended_lane
    drained(OWNER);
    state = parked;
#else
    atomic { drained(OWNER) && state == bound -> state = parked }; /* fa_lane_leave() */
#endif
    owner_ended = true
}

proctype owner()
{
    byte value, operations;
    bool back;
    do
    :: operations < OPERATIONS ->
        operations++;
        if
        :: call()
        :: call_elsewhere()
        fi
    :: else -> break
    od;
    leave();
    tenders_done == TENDERS;
    assert(memory[DATA] == work_done);
    assert(memory[CALLS] == 0 && memory[INSIDE] == 0 && state == parked)
}

inline tender_work()
{
    atomic { tender_works = true; assert(!owner_works) }
    value = memory[DATA];
    memory[DATA] = value + 1;
    atomic { tender_works = false; work_done++; value = 0 }
}

#define touch_owner assert(!owner_ended)

/* evict(): whether the owner is out, and will not come back in unseen. */
inline evict(quiet)
{
    atomic { touch_owner; memory[CACHE] = NONE }
#ifndef MUTANT_no_membarrier
    drained(OWNER); /* fa_os_process_barrier() */
#endif
    if
    :: atomic { memory[INSIDE] == 0 -> touch_owner; quiet = true }
    :: memory[INSIDE] == 1 /* out of patience */
    fi;
#ifndef MUTANT_no_check_of_calls
    quiet = quiet && memory[CALLS] == 0;
#endif
#ifndef MUTANT_no_recheck_of_the_cache
    atomic { touch_owner; quiet = quiet && memory[CACHE] != HERE }
#endif
}

/* fa_lane_seize(), fa_lane_tended() */
proctype tender()
{
    byte value;
    bool quiet;
    if
    :: memory[SEAT] == 1 && memory[CALLS] == 0
    :: goto done
    fi;
    if
    :: atomic { state == bound -> state = tended };
        if
        :: memory[SEAT] == 1 -> evict(quiet)
        :: memory[SEAT] == 0
        fi;
        if
        :: quiet -> tender_work()
        :: else
        fi;
        state = bound
    :: state != bound
    fi;
done:
    tenders_done++
}

init {
    byte i;
    atomic {
        memory[CACHE] = HERE;
        memory[SEAT] = 1;
        run processor(OWNER);
        run owner();
        for (i : 1 .. TENDERS) {
            run tender();
        }
    }
}
