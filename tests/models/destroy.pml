/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* An allocator is destroyed while threads may be in calls, and while another one gives up a reference (lib/core/ending.c,
 * lib/core/allocator.c, lib/core/call.c, lib/core/thread.c).
 *
 * To hold: nobody is on the allocator or its lanes once they are gone, nobody looks at the thread-local memory of a
 * thread that has ended, nobody is refused by an attempt that was itself refused, no reference is lost, nobody waits for
 * ever. */
#define THREADS 3
#define LOCATIONS 4
#define DEPTH 4

#define USER 0   /* a thread on a lane */
#define LEAVER 1 /* a thread that is in a call on its lane, then ends */
#define GUEST 2  /* a thread without a lane; what it does is in order */

#define INSIDE 0 /* fa_tls.inside of the user */
#define CALLS 1  /* lane->calls of the user's lane */
#define SEAT 2   /* lane->cache of the leaver's lane, 1 while it is on it */
#define LEAVER_CALLS 3

#include "memory.pml"

#define OPERATIONS 2
#define ATTEMPTS 2

mtype = { living, closing, gone };         /* a->id */
mtype = { gate_open, asking, gate_closed }; /* a->gate */
mtype id = living;
mtype gate = gate_open;
byte guests; /* a->guests */
byte references = 2; /* a->references */
bool listed = true;
bit list_lock;
bool torn_down, leaver_ended, refused;
bool works[THREADS];

inline lock()
{
    atomic { list_lock == 0 -> list_lock = 1 }
}
inline unlock_flushed(me)
{
    atomic { drained(me) -> list_lock = 0 }
}

inline work(me)
{
    atomic { works[me] = true; assert(!torn_down) }
    atomic { works[me] = false; assert(!torn_down) }
}

#define ADMITTED 0
#define REFUSED 1

inline refuse(answer)
{
    atomic { answer = REFUSED; refused = true; assert(id != living || gate == gate_closed) }
}

/* visit(): atomic_fetch_add(), which comes after the thread's earlier stores; then the id is read. */
inline visit(me, answer)
{
    do
    ::
#ifndef MUTANT_guests_are_not_counted
        atomic { drained(me) -> guests++ };
#endif
        if
        :: id == living -> break
        :: id != living ->
            end_visit(me);
#ifdef MUTANT_arrivals_are_refused_at_once
            refuse(answer);
            break
#endif
#ifdef MUTANT_open_gates_refuse
            if
            :: gate != asking -> refuse(answer); break
            :: gate == asking
            fi
#else
            if
            :: id == gone || gate == gate_closed -> refuse(answer); break
            :: id == living /* tries again */
            fi
#endif
        fi
    od
}

inline end_visit(me)
{
#ifndef MUTANT_guests_are_not_counted
    atomic { drained(me) -> guests-- }
#else
    skip
#endif
}

/* fa_call_enter(), fa_call_leave(); as a visitor the user joins its lane. */
inline user_call()
{
    store(USER, INSIDE, 1, PLAIN);
    if
    :: id == living -> /* equals the id in the cache */
        if
        :: work(USER); /* a brief call */
            store(USER, INSIDE, 0, RELEASE)
        :: store(USER, CALLS, 1, PLAIN);
            store(USER, INSIDE, 0, RELEASE);
            work(USER);
            store(USER, CALLS, 0, RELEASE)
        fi
    :: id != living ->
        store(USER, INSIDE, 0, RELEASE);
        visit(USER, answer);
        if
        :: answer == ADMITTED ->
            store(USER, CALLS, 1, PLAIN);
            work(USER);
            store(USER, CALLS, 0, RELEASE);
            end_visit(USER)
        :: else
        fi
    fi
}

proctype user()
{
    byte operations;
    bit answer;
    do
    :: operations < OPERATIONS && answer == ADMITTED -> operations++; user_call()
    :: else -> break
    od
}

proctype guest()
{
    byte operations;
    bit answer;
    do
    :: operations < OPERATIONS && answer == ADMITTED ->
        operations++;
        visit(GUEST, answer);
        if
        :: answer == ADMITTED -> work(GUEST); end_visit(GUEST)
        :: else
        fi
    :: else -> break
    od
}

/* fa_allocator_release() of a reference that is not the last: usable_after_verdict(). */
proctype holder()
{
    bit answer;
    if
    :: atomic { id == living -> references-- }
#ifdef MUTANT_who_gives_up_a_reference_does_not_wait
    :: id != living -> refuse(answer)
#endif
    fi
}

/* fa_lane_bind(): the call is a visit before it leaves the lane, which it touches until the end (fa_lane_leave()). */
inline unbind()
{
#ifndef MUTANT_unbinding_is_not_a_visit
    atomic { drained(LEAVER) -> guests++ };
#endif
    store(LEAVER, SEAT, 0, RELEASE); /* fa_lane_rise() */
    store(LEAVER, LEAVER_CALLS, 0, RELEASE);
    work(LEAVER);
#ifndef MUTANT_unbinding_is_not_a_visit
    atomic { drained(LEAVER) -> guests-- };
#endif
    on_lane = false
}

/* leave_lane(): fa_allocator_visit_by_id() counts under the lock. */
inline leave_lane()
{
#ifndef MUTANT_exit_enters_without_the_lock
    lock();
#endif
    on_lane = listed;
    if
#ifdef MUTANT_exit_is_not_counted
    :: on_lane
#else
    :: on_lane -> guests++
#endif
    :: else
    fi;
#ifndef MUTANT_exit_enters_without_the_lock
    unlock_flushed(LEAVER);
#endif
    if
    :: on_lane ->
        store(LEAVER, SEAT, 0, RELEASE); /* fa_lane_abandon() */
        work(LEAVER);
#ifndef MUTANT_exit_is_not_counted
        atomic { drained(LEAVER) -> guests-- }
#endif
    :: else
    fi
}

/* thread_exit() */
proctype leaver()
{
    bool on_lane = true;
    work(LEAVER);
    if
    :: unbind()
    :: store(LEAVER, LEAVER_CALLS, 0, RELEASE);
        leave_lane()
    fi;
#ifndef MUTANT_exit_does_not_pass_the_lock
    lock(); /* fa_allocators_pass() */
    unlock_flushed(LEAVER);
#endif
    leaver_ended = true
}

/* busy() of both lanes, with the list lock held */
inline look_at_lanes()
{
    memory[INSIDE] == 0;
    quiet = quiet && memory[CALLS] == 0;
    if
    :: memory[SEAT] == 1 -> assert(!leaver_ended) /* its fa_tls.inside; it is in no brief call */
    :: memory[SEAT] == 0
    fi;
    quiet = quiet && memory[LEAVER_CALLS] == 0
}

/* quiet(): a call may become a visit, but no visit a call. */
inline look()
{
    quiet = true;
#ifdef MUTANT_guests_are_looked_at_first
    quiet = guests == 0;
    look_at_lanes()
#else
    look_at_lanes();
    quiet = quiet && guests == 0
#endif
}

/* close_gate() */
inline close_gate(to)
{
    gate = to;
    id = closing;
#ifndef MUTANT_no_membarrier
    drained(USER);
    drained(LEAVER)
#endif
}

inline end_unlisting()
{
#ifdef MUTANT_unlisted_later
    list_lock = 0;
    lock();
#endif
    listed = listed && !quiet;
#ifndef MUTANT_threads_are_not_forgotten
    if
    :: quiet -> memory[SEAT] = 0 /* forget_threads() */
    :: !quiet
    fi;
#endif
    list_lock = 0
}

/* fa_allocator_unlist() with is_quiet() */
inline unlist()
{
    lock();
    look();
    end_unlisting()
}

/* The same with is_quiet_and_mine() */
inline unlist_if_mine()
{
    lock();
    look();
    if
    :: atomic { quiet -> quiet = references == 1; references = references - quiet }
    :: !quiet
    fi;
    end_unlisting()
}

/* Functions of the user run, and may trim, or listen: that looks at those who are on a lane. */
inline tear_down()
{
    atomic { torn_down = true; assert(!works[USER] && !works[GUEST] && !works[LEAVER]) }
    atomic { assert(memory[SEAT] == 0 || !leaver_ended) }
    id = gone;
    gate = gate_open
}

proctype destroyer()
{
    byte attempts;
    bool quiet;
    do
    :: attempts < ATTEMPTS -> /* fa_allocator_destroy(), fa_ending_try() */
        attempts++;
        close_gate(asking);
        unlist_if_mine();
        if
        :: quiet -> gate = gate_closed; tear_down(); break
        :: !quiet ->
            assert(!refused);
            id = living; /* open_gate() */
            gate = gate_open
        fi
    :: references == 1 -> /* fa_allocator_release(), fa_ending_wait() */
        close_gate(gate_closed);
        do
        :: unlist();
            if
            :: quiet -> break
            :: !quiet -> guests == 0 && memory[CALLS] == 0 && memory[LEAVER_CALLS] == 0 /* or looks again and again */
            fi
        od;
        tear_down();
        break
    :: attempts == ATTEMPTS -> break
    od
}

init {
    atomic {
        memory[SEAT] = 1;
        memory[LEAVER_CALLS] = 1;
        run processor(USER);
        run processor(LEAVER);
        run user();
        run guest();
        run leaver();
        run holder();
        run destroyer()
    }
}
