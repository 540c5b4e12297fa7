/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The frame barrier (lib/threads/barrier.c): three participants come when they like, arrive, look,
 * sleep, give up and come back, and leave; one thread may destroy the barrier, another one may end the allocator.
 *
 * To hold: nobody passes a generation before every participant of it has arrived or left, nobody sleeps for ever, and
 * nobody touches a barrier that was destroyed.
 *
 * What happens with the lock held is one step here: of what it changes, others see only that a generation completes. */
#define PARTICIPANTS 3
#define ROUNDS 2
#define TIME_OUTS 1 /* of each participant */

byte completed, arrived, participants, waiting;
bool destroyed, decided;
bool seated[PARTICIPANTS];
byte arrived_in[PARTICIPANTS]; /* generation of seat.arrived */
byte timed_out[PARTICIPANTS];  /* seat.unfinished */
bool asleep[PARTICIPANTS];
byte joined_in[PARTICIPANTS];  /* which the library does not keep */

/* fa_condition_wake() */
inline wake()
{
    asleep[0] = false;
    asleep[1] = false;
    asleep[2] = false
}

/* complete_if_all_arrived() */
inline settle()
{
    if
    :: arrived == participants ->
        arrived = 0;
        completed++;
        wake()
    :: arrived != participants
    fi
}

#define missing(who, generation) \
    (seated[who] && joined_in[who] <= (generation) && arrived_in[who] < (generation))

/* fa_barrier_register() */
inline register()
{
    seated[me] = true;
    participants++;
    joined_in[me] = completed + 1
}

/* leave_seat(), of fa_barrier_unregister() or when the thread ends */
inline stand_up()
{
    seated[me] = false;
#ifndef MUTANT_who_left_is_waited_for
    participants--;
#endif
    if
    :: arrived_in[me] > completed ->
#ifdef MUTANT_who_left_counts_as_arrived
        skip
#else
        arrived--
#endif
    :: arrived_in[me] <= completed ->
#ifdef MUTANT_leaving_completes_nothing
        skip
#else
        settle()
#endif
    fi;
    timed_out[me] = 0
}

/* arrive() */
inline arrive()
{
    assert(arrived_in[me] <= completed);
    awaited = completed + 1;
    arrived_in[me] = awaited;
    arrived++;
    settle()
}

/* arrive_or_resume() */
inline arrive_or_resume()
{
    if
    :: timed_out[me] != 0 ->
        awaited = timed_out[me];
        timed_out[me] = 0;
#ifdef MUTANT_who_timed_out_arrives_again
        arrived++;
        settle()
#endif
    :: timed_out[me] == 0 -> arrive()
    fi
}

#define passes (completed >= awaited)

/* sleep_until(): who is awake looks again; the time comes when it likes. */
inline sleep_until()
{
    do
    :: atomic { !asleep[me] && (passes || decided) -> break }
    :: atomic { !asleep[me] && !passes && !decided && !in_time -> timed_out[me] = awaited; break }
#ifdef MUTANT_unlocked_before_asleep
    :: !asleep[me] && !passes && !decided && in_time -> asleep[me] = true
#else
    :: atomic { !asleep[me] && !passes && !decided && in_time -> asleep[me] = true }
#endif
    :: atomic { asleep[me] && time_outs < TIME_OUTS -> asleep[me] = false; time_outs++; in_time = false }
    od
}

/* await(), from where it lets go of the lock */
inline wait_unlocked()
{
#ifdef MUTANT_counted_without_the_lock
    waiting++;
#endif
    assert(!destroyed);
    if
    :: passes /* look() */
    :: sleep_until()
    fi;
#ifdef MUTANT_uncounted_too_early
    waiting--;
    assert(!destroyed)
#else
    atomic { assert(!destroyed); waiting-- }
#endif
}

/* Who gave up, or was turned out, has not passed. */
inline judge()
{
    atomic {
        if
        :: passes && timed_out[me] == 0 ->
            assert(!missing(0, awaited) && !missing(1, awaited) && !missing(2, awaited));
            rounds++
        :: else
        fi;
        awaited = 0;
        in_time = true
    }
}

/* Calls are turned away once the allocator ends. */
#define inside (!decided && !destroyed)

proctype participant(byte me)
{
    byte awaited, time_outs, rounds;
    bool in_time = true;
    atomic {
        if
        :: inside -> register()
        :: !inside
        fi
    }
    do
    :: atomic { /* fa_barrier_wait_timed(), or fa_barrier_signal() and fa_barrier_wait_for() */
            inside && rounds < ROUNDS ->
            arrive_or_resume();
#ifndef MUTANT_counted_without_the_lock
            waiting++
#endif
        };
        wait_unlocked();
        judge()
    :: atomic { inside -> stand_up() }; break
    :: !inside -> break
    od
}

/* fa_barrier_destroy() */
proctype destroyer()
{
    if
    :: true
    :: atomic {
            waiting == 0 ->
            destroyed = true;
            seated[0] = false;
            seated[1] = false;
            seated[2] = false
        }
    fi
}

/* fa_ending_wait(), wake_all() */
proctype closer()
{
    if
    :: true
    :: decided = true;
#ifndef MUTANT_the_end_wakes_nobody
        atomic { wake() }
#endif
    fi
}

init
{
    atomic { run participant(0); run participant(1); run participant(2); run destroyer(); run closer() }
}
