/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An allocator is destroyed while threads may be in calls (lib/core/allocator.c, lib/core/call.c, lib/core/thread.c).
 *
 * To hold: nobody is on the allocator or its lanes once they are gone, nobody looks at the thread-local memory of a
 * thread that has ended, nobody is refused by an attempt that was itself refused, nobody waits for ever. */
#define THREADS 3
#define LOCATIONS 5
#define DEPTH 4

#define USER 0   /* a thread on a lane */
#define GUEST 1  /* a thread without a lane */
#define LEAVER 2 /* a thread that ends */

#define USER_INSIDE 0
#define USER_CALLS 1
#define LEAVER_CALLS 2
#define LEAVER_BOUND 3 /* state of the leaver's lane, 1 for bound */
#define GUESTS 4       /* of the allocator; atomic read-modify-writes */

#include "memory.pml"

#ifndef OPERATIONS
#define OPERATIONS 2
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 2
#endif

mtype = { living, closing, closed };
mtype id = living; /* closing: the attempt may yet be refused; closed: it will not be, or is over */
bool listed = true;
bit list_lock;
bool torn_down, leaver_gone, refused;
bool works[THREADS];

/* fa_mutex: what the holder did is seen by the next one. */
inline lock()
{
    atomic { list_lock == 0 -> list_lock = 1 }
}
inline unlock(me)
{
    atomic { drained(me) -> list_lock = 0 }
}

inline work(me)
{
    works[me] = true;
    assert(!torn_down);
    atomic { assert(!torn_down); works[me] = false }
}

/* Answers of a call. */
#define ADMITTED 0
#define REFUSED 1

/* What a thread does that was not let in: it waits for the outcome. */
inline await_verdict(answer)
{
#ifdef MUTANT_arrivals_are_refused_at_once
    answer = REFUSED;
#else
    if
    :: id == living
    :: id == closed -> answer = REFUSED
    fi;
#endif
    if
    :: answer == REFUSED -> refused = true
    :: else
    fi
}

/* FA_ENTER of a thread whose lane is cached, and fa_call_leave(). */
inline user_call()
{
    do
    :: answer == REFUSED -> break
    :: else ->
        store(USER, USER_INSIDE, 1, PLAIN);
        if
        :: id == living ->
            if
            :: work(USER);
                store(USER, USER_INSIDE, 0, RELEASE)
            :: store(USER, USER_CALLS, 1, PLAIN);
                store(USER, USER_INSIDE, 0, RELEASE);
                work(USER);
                store(USER, USER_CALLS, 0, RELEASE)
            fi;
            break
        :: id != living ->
            store(USER, USER_INSIDE, 0, RELEASE);
            await_verdict(answer)
        fi
    od
}

proctype user()
{
    byte operations;
    bit answer;
    do
    :: operations < OPERATIONS && answer != REFUSED -> operations++; user_call()
    :: else -> break
    od
}

/* FA_ENTER of a thread without a lane: atomic_fetch_add() of guests, sequentially consistent. */
inline guest_call()
{
    do
    :: answer == REFUSED -> break
    :: else ->
#ifndef MUTANT_guests_are_not_counted
        memory[GUESTS]++;
#endif
        if
        :: id == living -> work(GUEST); leave_guests(); break
        :: id != living -> leave_guests(); await_verdict(answer)
        fi
    od
}

inline leave_guests()
{
#ifndef MUTANT_guests_are_not_counted
    memory[GUESTS]--
#else
    skip
#endif
}

proctype guest()
{
    byte operations;
    bit answer;
    do
    :: operations < OPERATIONS && answer != REFUSED -> operations++; guest_call()
    :: else -> break
    od
}

/* thread_exit(), leave_lane(). */
proctype leaver()
{
    bool found;
#ifndef MUTANT_exit_enters_without_the_lock
    lock();
#endif
    found = listed;
    if
    :: found -> store(LEAVER, LEAVER_CALLS, 1, PLAIN)
    :: else
    fi;
#ifndef MUTANT_exit_enters_without_the_lock
    unlock(LEAVER);
#endif
    if
    :: found ->
        work(LEAVER); /* fa_lane_abandon() */
        store(LEAVER, LEAVER_BOUND, 0, RELEASE);
        store(LEAVER, LEAVER_CALLS, 0, RELEASE)
    :: else
    fi;
#ifndef MUTANT_exit_does_not_pass_the_lock
    lock();
    unlock(LEAVER);
#endif
    leaver_gone = true
}

/* Whether no call is in progress; with the list lock held. */
inline look()
{
    quiet = memory[USER_INSIDE] == 0;
    quiet = quiet && memory[USER_CALLS] == 0;
    if
    :: memory[LEAVER_BOUND] == 1 ->
        assert(!leaver_gone); /* its inside is in its thread-local memory */
        quiet = quiet && memory[LEAVER_CALLS] == 0
    :: else ->
        quiet = quiet && memory[LEAVER_CALLS] == 0
    fi;
    quiet = quiet && memory[GUESTS] == 0
}

#define seems_quiet \
    (memory[USER_INSIDE] == 0 && memory[USER_CALLS] == 0 && memory[LEAVER_CALLS] == 0 && memory[GUESTS] == 0)

inline membarrier()
{
#ifndef MUTANT_no_membarrier
    drained(USER);
    drained(LEAVER)
#else
    skip
#endif
}

inline tear_down()
{
    torn_down = true;
    assert(!works[USER] && !works[GUEST] && !works[LEAVER]);
    id = closed
}

/* fa_allocator_release() of the last reference, fa_allocator_destroy(). */
proctype destroyer()
{
    byte attempts;
    bool quiet, waits;
    do
    :: attempts < ATTEMPTS ->
        attempts++;
        id = closing;
        membarrier();
again:
        lock();
        look();
        if
        :: quiet ->
#ifdef MUTANT_unlinked_later
            list_lock = 0;
            lock();
#endif
            listed = false;
            list_lock = 0;
            tear_down();
            break
        :: !quiet -> /* it waits until all calls are over */
            list_lock = 0;
            waits = true;
            id = closed;
            seems_quiet; /* or looks again and again */
            goto again
        :: !quiet && !waits -> /* FA_ERROR_BUSY */
            list_lock = 0;
            assert(!refused);
            id = living
        fi
    :: else -> break
    od
}

init {
    atomic {
        memory[LEAVER_BOUND] = 1;
        run processor(USER);
        run processor(LEAVER); /* what a guest stores is in order */
        run user();
        run guest();
        run leaver();
        run destroyer()
    }
}
