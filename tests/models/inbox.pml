/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Blocks released by other threads (lib/pool/inbox.c, lib/pool/channel.c): one sender has a channel to the owner and
 * falls back on the stack, the other one, without a lane, has the stack alone. The owner takes blocks home, hands them
 * out again, and parks its lane while senders go on.
 *
 * To hold: what is sent comes home once, and nothing stays behind in a lane that no thread is on. */
#define THREADS 3
#define LOCATIONS 7
#define DEPTH 4

#define NEIGHBOUR 0
#define STRANGER 1
#define OWNER 2

#define SLOT 0    /* of the channel, which has one */
#define WRITTEN 1 /* of the channel, modulo 4 */
#define READ 2    /* likewise */
#define NEXT 3    /* first word of block 1; those of the others follow */

#include "memory.pml"

#define BLOCKS 3
#define ROUNDS 2 /* of the owner, in each of which it may hand a block out again */

mtype = { bound, parked, tended, taken, on_the_way, home };
mtype state = bound;
mtype is[BLOCKS + 1] = taken;
byte head; /* of the stack: number of a block */
bit at_work;
byte senders_done;
chan given[2] = [5] of { byte };

/* push(): the compare and swap comes after the thread's earlier stores and before its later loads. */
inline push(me, block)
{
    do
    :: seen = head;
        store(me, NEXT + block - 1, seen, PLAIN);
        if
#ifdef MUTANT_pushed_relaxed
        :: atomic { head == seen -> head = block }; break
#else
        :: atomic { drained(me) && head == seen -> head = block }; break
#endif
        :: head != seen
        fi
    od;
    seen = 0
}

#define may_write (((written - read_seen) & 3) < 1)

/* fa_channel_send() */
inline channel_send(me, block, sent)
{
    written = load(me, WRITTEN);
    if
    :: !may_write -> read_seen = memory[READ]
    :: else
    fi;
    if
#ifdef MUTANT_full_channels_are_written
    :: true ->
#else
    :: may_write ->
#endif
        store(me, SLOT, block, PLAIN);
#ifdef MUTANT_written_is_stored_relaxed
        store(me, WRITTEN, (written + 1) & 3, PLAIN);
#else
        store(me, WRITTEN, (written + 1) & 3, RELEASE);
#endif
        sent = true
    :: !may_write -> sent = false
    fi;
    written = 0
}

/* take_home() */
inline take_home(block)
{
    atomic { assert(is[block] == on_the_way); is[block] = home }
}

/* fa_channel_receive() */
inline channel_receive(me)
{
    read = load(me, READ);
    if
    :: read != memory[WRITTEN] ->
#ifdef MUTANT_read_is_stored_too_early
        store(me, READ, (read + 1) & 3, RELEASE);
#endif
        block = memory[SLOT];
        take_home(block);
#ifndef MUTANT_read_is_stored_too_early
        store(me, READ, (read + 1) & 3, RELEASE)
#endif
    :: else
    fi;
    atomic { read = 0; block = 0 }
}

/* take_stack_home(), take_backlog_home() */
inline take_stack_home()
{
#ifdef MUTANT_stack_is_taken_in_two_steps
    block = head;
    head = 0;
#else
    atomic { block = head; head = 0 } /* exchange */
#endif
    do
    :: block != 0 ->
        next = memory[NEXT + block - 1];
        take_home(block);
        block = next
    :: else -> break
    od;
    next = 0
}

/* fa_inbox_process(), by whoever has the lane; queues have a lock and are not modelled */
inline drain(me)
{
    atomic { assert(!at_work); at_work = true }
    channel_receive(me);
    take_stack_home();
    at_work = false
}

/* A store in sequential order. */
#define leave_lane(me) atomic { drained(me) -> state = parked }

/* waiting() */
#define is_waiting(me) (head != 0 || load(me, WRITTEN) != load(me, READ))

/* fa_inbox_tend(), with fa_lane_try_tend() and fa_lane_tended(), which comes back here */
inline inbox_tend(me)
{
    do
    :: is_waiting(me) ->
        if
#ifdef MUTANT_tended_without_taking
        :: state == parked -> state = tended
#else
        :: atomic { drained(me) && state == parked -> state = tended }
#endif
        :: state != parked -> break
        fi;
        drain(me);
        leave_lane(me);
#ifdef MUTANT_tenders_do_not_look_again
        break
#endif
    :: else -> break
    od
}

inline send_by_stack(me, block)
{
    push(me, block);
    block = 0;
    if
    :: state != bound -> inbox_tend(me)
    :: state == bound
    fi
}

/* fa_inbox_send(), fa_inbox_send_quickly() */
inline send(me, block)
{
    if
    :: state == bound -> channel_send(me, block, sent)
    :: state != bound
    fi;
    if
    :: sent ->
        atomic { sent = false; block = 0 };
#ifndef MUTANT_senders_do_not_look_again
        if
        :: state != bound ->
#ifndef MUTANT_senders_tend_before_they_have_sent
            drained(me); /* attend() */
#endif
            inbox_tend(me)
        :: state == bound
        fi
#endif
    :: else -> send_by_stack(me, block)
    fi
}

proctype neighbour()
{
    byte own, block, next, seen, written, read, read_seen;
    bool sent;
    do
    :: given[NEIGHBOUR]?own ->
        if
        :: own == 0 -> break
        :: else -> is[own] = on_the_way; send(NEIGHBOUR, own)
        fi
    od;
    senders_done++
}

proctype stranger()
{
    byte own, block, next, seen, read;
    do
    :: given[STRANGER]?own ->
        if
        :: own == 0 -> break
        :: else -> is[own] = on_the_way; send_by_stack(STRANGER, own)
        fi
    od;
    senders_done++
}

inline hand_out()
{
    if
    :: atomic { is[1] == home -> own = 1 }
    :: atomic { is[2] == home -> own = 2 }
    :: atomic { is[3] == home -> own = 3 }
    :: true
    fi;
    if
    :: own != 0 ->
        is[own] = taken;
        if
        :: given[NEIGHBOUR]!own
        :: given[STRANGER]!own
        fi;
        own = 0
    :: else
    fi
}

proctype owner()
{
    byte own, block, next, read, rounds;
    do
    :: drain(OWNER);
        if
        :: rounds < ROUNDS -> rounds++; hand_out()
        :: rounds == ROUNDS -> break /* this was park_rooms() */
        fi
    od;
    leave_lane(OWNER); /* leave_parked() */
    given[NEIGHBOUR]!0;
    given[STRANGER]!0;
#ifndef MUTANT_no_membarrier
    drained(NEIGHBOUR);
    drained(STRANGER);
#endif
    inbox_tend(OWNER); /* fa_lane_left() */
    senders_done == 2 && drained(NEIGHBOUR) && drained(STRANGER) && drained(OWNER) && state == parked;
    assert(is[1] == home && is[2] == home && is[3] == home && head == 0)
}

init {
    atomic {
        given[NEIGHBOUR]!1;
        given[NEIGHBOUR]!2;
        given[STRANGER]!3;
        run processor(NEIGHBOUR);
        run processor(STRANGER);
        run processor(OWNER);
        run neighbour();
        run stranger();
        run owner()
    }
}
