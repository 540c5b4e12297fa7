/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A tender takes a lane away from its idle owner; the owner's way in has no fence (lib/core/call.h, lib/core/call.c).
 *
 * To hold: owner and tender never work on the lane at once, no work is lost, nobody waits for ever. */
#define THREADS 1
#define LOCATIONS 4
#define DEPTH 6
#define OWNER 0

#define INSIDE 0 /* of the owner's thread-local storage */
#define CALLS 1  /* of the lane */
#define CACHE 2  /* the allocator id in the owner's thread-local storage */
#define DATA 3   /* whatever lane memory: how often somebody worked */

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

#ifndef OPERATIONS
#define OPERATIONS 3
#endif
#ifndef TENDERS
#define TENDERS 2
#endif

mtype = { bound, tended };
mtype state = bound; /* of the lane */
byte work_done;
bool owner_works, tender_works;
byte tenders_done;

inline owner_work()
{
    owner_works = true;
    assert(!tender_works);
    value = load(OWNER, DATA);
    store(OWNER, DATA, value + 1, PLAIN);
    atomic { owner_works = false; work_done++; value = 0 }
}

inline count_call(change, order)
{
    value = load(OWNER, CALLS);
    atomic { store(OWNER, CALLS, value + change, order); value = 0 }
}

/* FA_ENTER, fa_call_leave(): the lane is cached, the work is short. */
inline fast_path()
{
    owner_work();
    store(OWNER, INSIDE, 0, RELEASE)
}

/* The same for work that may take long or come back in through a function of the user. */
inline slow_path()
{
    count_call(1, PLAIN);
    store(OWNER, INSIDE, 0, RELEASE);
    owner_work();
    count_call(-1, RELEASE)
}

/* fa_call_enter_slowly(): the thread's list of bindings knows the lane, the cache does not. */
inline bind_again()
{
    count_call(1, PLAIN);
    store(OWNER, CACHE, HERE, CACHE_ORDER);
    if
#ifdef MUTANT_owner_trusts_its_list
    :: true ->
#else
    :: state == bound ->
#endif
        owner_work();
        count_call(-1, RELEASE);
        store(OWNER, INSIDE, 0, RELEASE);
        break
    :: state != bound ->
        store(OWNER, CACHE, NONE, CACHE_ORDER);
        count_call(-1, RELEASE);
        store(OWNER, INSIDE, 0, RELEASE);
        state == bound
    fi
}

/* A call on the lane's allocator. */
inline call()
{
    do
    :: store(OWNER, INSIDE, 1, PLAIN);
        if
        :: load(OWNER, CACHE) == HERE ->
            if
            :: fast_path()
            :: slow_path()
            fi;
            break
        :: else ->
            bind_again()
        fi
    od
}

/* A call on another allocator has the cache name that one: fa_thread_lane(). */
inline call_elsewhere()
{
    store(OWNER, CACHE, ELSEWHERE, CACHE_ORDER)
}

proctype owner()
{
    byte value, operations;
    do
    :: operations < OPERATIONS ->
        operations++;
        if
        :: call()
        :: call_elsewhere()
        fi
    :: else -> break
    od;
    drained(OWNER) && tenders_done == TENDERS;
    assert(memory[DATA] == work_done);
    assert(memory[CALLS] == 0 && memory[INSIDE] == 0 && state == bound)
}

inline tender_work()
{
    tender_works = true;
    assert(!owner_works);
    value = memory[DATA];
    memory[DATA] = value + 1;
    atomic { tender_works = false; work_done++; value = 0 }
}

/* fa_lane_seize(): whether the owner is out, and will not come back in unseen. */
inline look()
{
    memory[INSIDE] == 0;
#ifndef MUTANT_no_check_of_calls
    if
    :: memory[CALLS] != 0 -> quiet = false
    :: else
    fi;
#endif
#ifndef MUTANT_no_recheck_of_the_cache
    if
    :: memory[CACHE] == HERE -> quiet = false
    :: else
    fi;
#endif
}

proctype tender()
{
    byte value;
    bool quiet = true;
    if
    :: atomic { state == bound -> state = tended }; /* compare and swap */
        memory[CACHE] = NONE;
#ifndef MUTANT_no_membarrier
        drained(OWNER);
#endif
        look();
        if
        :: quiet -> tender_work()
        :: else
        fi;
        state = bound
    :: state != bound
    fi;
    tenders_done++
}

init {
    byte i;
    atomic {
        memory[CACHE] = HERE;
        run processor(OWNER);
        run owner();
        for (i : 1 .. TENDERS) {
            run tender();
        }
    }
}
