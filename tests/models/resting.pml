/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A lane rests while its call waits for other threads, and these see to what waits for it (fa_lane_rest(), fa_lane_go_on()
 * and fa_lane_tend_resting() of lib/core/tend.c). The owner waits until all have arrived, at a barrier say, or gives up; the
 * others arrive once they have released a block each, for which its queue has no room.
 *
 * To hold: owner and tender never work on the lane at once, no work is lost, nobody waits for ever. */
#define THREADS 1
#define LOCATIONS 2
#define DEPTH 4
#define OWNER 0

#define RESTS 0 /* lane->rests */
#define DATA 1  /* whatever lane memory: how often somebody worked */

#include "memory.pml"

#define RELEASERS 2
#define TIME_OUTS 1
#define CAPACITY 1

mtype = { bound, tended };
mtype state = bound; /* lane->state */
byte queued = CAPACITY;
byte arrived, work_done;
bool owner_works, tender_works;

inline owner_work()
{
    atomic { owner_works = true; assert(!tender_works) }
    value = load(OWNER, DATA);
    store(OWNER, DATA, value + 1, PLAIN);
    atomic { owner_works = false; work_done++; value = 0 }
}

/* fa_lane_rest() */
inline rest()
{
#ifndef MUTANT_who_waits_does_not_rest
#ifdef MUTANT_rest_begins_relaxed
    store(OWNER, RESTS, 1, PLAIN)
#else
    atomic { drained(OWNER) -> memory[RESTS] = 1 }
#endif
#else
    skip
#endif
}

/* fa_lane_go_on() */
inline go_on()
{
#ifdef MUTANT_rest_is_taken_back_relaxed
    store(OWNER, RESTS, 0, PLAIN);
#else
    atomic { drained(OWNER) -> memory[RESTS] = 0 };
#endif
#ifndef MUTANT_owner_goes_on_at_once
    state == bound
#endif
}

/* fa_barrier_wait_timed() */
proctype owner()
{
    byte value, time_outs;
    do
    :: arrived == RELEASERS -> break
    :: arrived < RELEASERS ->
        owner_work();
        rest();
        if
        :: arrived == RELEASERS
        :: time_outs < TIME_OUTS -> time_outs++
        fi;
        go_on()
    od;
    owner_work();
    drained(OWNER);
    state == bound;
    assert(memory[DATA] == work_done)
}

inline tender_work()
{
    atomic { tender_works = true; assert(!owner_works) }
    value = memory[DATA];
    memory[DATA] = value + 1;
    atomic { tender_works = false; work_done++; value = 0; queued = 0 }
}

/* wait_for_room(): fa_lane_tend_resting(), fa_inbox_drain(), fa_lane_return() */
proctype releaser()
{
    byte value;
    bool got;
    do
    :: atomic { queued < CAPACITY -> queued++; break }
    :: queued == CAPACITY && memory[RESTS] == 1 ->
        if
        :: atomic { state == bound -> state = tended; got = true }
        :: state != bound
        fi;
#ifdef MUTANT_nobody_looks_again
        if
        :: got -> tender_work()
        :: !got
        fi;
#else
        if
        :: got && memory[RESTS] == 1 -> tender_work()
        :: !got || memory[RESTS] == 0
        fi;
#endif
        if
        :: atomic { got -> got = false; state = bound }
        :: !got
        fi
    od;
    arrived++
}

init {
    byte i;
    atomic {
        run processor(OWNER);
        run owner();
        for (i : 1 .. RELEASERS) {
            run releaser();
        }
    }
}
