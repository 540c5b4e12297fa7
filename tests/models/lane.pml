/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Who has a lane (lib/core/tend.c, lib/core/lane.c). Each change of a state is one atomic operation, so that the order of
 * memory plays no part.
 *
 * To hold: never two threads in one lane, a lane that somebody has in hand goes to nobody else, nobody waits for ever. */
#define LANES 4
#define FIRST_MADE 2 /* lanes that are there from the start: 0 is parked, 1 was made by hand */
#define BY_HAND 1
#define NOBODY 255

mtype = { absent, parked, bound, unbound, tended };
mtype state[LANES];
byte lanes = FIRST_MADE;
byte inside[LANES]; /* threads that work on the lane */
bool rests[LANES];  /* its thread is between two calls; seize.pml is about how others find out */
bool in_hand = true;

inline work(lane)
{
    atomic { inside[lane]++; assert(inside[lane] == 1) }
    inside[lane]--
}

/* move() */
#define move_lane(lane, from, to) atomic { state[lane] == from -> state[lane] = to }

/* fa_lane_settled(): a thread that tends a lane itself does not wait. */
#ifdef MUTANT_tenders_wait
#define may_go_on(lane) (state[lane] != tended)
#else
#define may_go_on(lane) (tending > 0 || state[lane] != tended)
#endif
inline settled(lane, seen)
{
    atomic { may_go_on(lane) -> seen = state[lane] }
}

/* fa_lane_take() */
inline take(lane, from, taken)
{
    do
    :: move_lane(lane, from, bound);
        taken = true;
        break
    :: state[lane] != from ->
        settled(lane, seen);
        if
        :: seen != from -> taken = false; break
        :: else
        fi
    od;
    seen = 0
}

#define is_idle(seen) (seen == parked || seen == unbound)

/* fa_lane_try_tend() */
inline try_tend(lane, was, got)
{
    atomic { was = state[lane]; got = false }
    if
#ifdef MUTANT_bound_lanes_are_tended
    :: was != tended && was != absent ->
#else
    :: is_idle(was) ->
#endif
        if
        :: move_lane(lane, was, tended);
            atomic { got = true; tending++ }
        :: state[lane] != was
        fi
    :: else
    fi
}

/* fa_lane_tend() */
inline tend(lane, was, got)
{
    do
    :: try_tend(lane, was, got);
        if
        :: got -> break
        :: else ->
            settled(lane, seen);
            if
            :: !is_idle(seen) -> break
            :: else
            fi
        fi
    od;
    seen = 0
}

/* fa_lane_tended() */
inline end_tending(lane, was)
{
    tending--;
#ifdef MUTANT_tended_lanes_are_parked
    state[lane] = parked;
#else
    state[lane] = was;
#endif
    was = 0
}

/* fa_lane_seize(), when nothing speaks against it */
inline seize(lane, was, got)
{
    if
    :: atomic { state[lane] == bound && rests[lane] -> state[lane] = tended };
        atomic { got = true; was = bound; tending++ }
    :: state[lane] != bound || !rests[lane]
    fi
}

/* The end of a call, and the begin of the next one: fa_call_enter_slowly() */
inline rest(lane)
{
    rests[lane] = true;
#ifdef MUTANT_calls_do_not_wait
    rests[lane] = false
#else
    atomic { state[lane] == bound -> rests[lane] = false }
#endif
}

/* fa_lane_leave() */
#define leave(lane, to) move_lane(lane, bound, to)

/* fa_lane_abandon() */
inline park(lane)
{
#ifdef MUTANT_parked_too_early
    leave(lane, parked);
    work(lane);
#else
    work(lane);
    leave(lane, parked);
#endif
    try_tend(lane, was, got);
    if
    :: got -> work(lane); end_tending(lane, was)
    :: else
    fi
}

/* adopt_lane(), make_lane() */
inline need(mine)
{
    mine = NOBODY;
    i = 0;
    do
    :: i < lanes && mine == NOBODY ->
#ifdef MUTANT_adopted_without_taking
        if
        :: state[i] == parked -> state[i] = bound; mine = i
#else
        if
        :: state[i] == parked ->
            take(i, parked, got);
            if
            :: got -> mine = i
            :: else
            fi
#endif
        :: else
        fi;
        i++
    :: else -> break
    od;
    if
    :: mine == NOBODY -> atomic { assert(lanes < LANES); mine = lanes; state[mine] = bound; lanes++ }
    :: else
    fi;
    i = 0;
    assert(!(mine == BY_HAND && in_hand))
}

/* A thread comes, works and ends. */
proctype comer(byte rounds)
{
    mtype seen, was;
    byte mine, i, tending;
    bool got;
    do
    :: rounds > 0 ->
        rounds--;
        need(mine);
        work(mine);
        rest(mine);
        park(mine);
        atomic { mine = 0; got = false }
    :: else -> break
    od
}

/* A scheduler that moves a lane of its own between threads: fa_lane_bind(). */
proctype scheduler(byte rounds)
{
    mtype seen, was;
    byte tending;
    bool got;
    do
    :: rounds > 0 ->
        rounds--;
        take(BY_HAND, unbound, got);
        assert(got);
        work(BY_HAND);
        leave(BY_HAND, unbound) /* hand_over() */
    :: else -> break
    od;
    take(BY_HAND, unbound, got); /* fa_lane_release() */
    assert(got);
    in_hand = false;
    park(BY_HAND)
}

/* trim_other_lanes(). The user's backend, called while a lane is tended, may trim in turn or want a lane. */
proctype trimmer()
{
    mtype seen, was, inner_was;
    byte mine, i, lane, other, tending;
    bool got, trimmed;
    for (lane : 0 .. FIRST_MADE - 1) {
        tend(lane, was, got);
        if
        :: !got -> seize(lane, was, got)
        :: got
        fi;
        if
        :: got ->
            work(lane);
            if
            :: other = FIRST_MADE - 1 - lane;
                tend(other, inner_was, trimmed);
                if
                :: trimmed -> work(other); end_tending(other, inner_was)
                :: else
                fi;
                other = 0
            :: true
            fi;
            end_tending(lane, was)
        :: else
        fi
    }
}

/* tend_idle() of lib/pool/inbox.c */
proctype releaser()
{
    mtype was;
    byte lane, tending;
    bool got;
    if
    :: lane = 0
    :: lane = BY_HAND
    fi;
    if
    :: state[lane] != bound ->
        try_tend(lane, was, got);
        if
        :: got -> work(lane); end_tending(lane, was)
        :: else
        fi
    :: state[lane] == bound
    fi
}

init {
    atomic {
        state[0] = parked;
        state[BY_HAND] = unbound;
        state[2] = absent;
        state[3] = absent;
        if
        :: run comer(2); run comer(2); run scheduler(2)
        :: run comer(2); run scheduler(1); run trimmer()
        :: run comer(1); run comer(1); run releaser(); run trimmer()
        :: run comer(1); run trimmer(); run trimmer()
        :: run comer(2); run comer(1); run scheduler(1); run releaser()
        fi
    }
}
