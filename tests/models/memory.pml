/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Memory in which a thread's stores wait in a buffer before others see them, while the thread sees its own at once. A
 * release store leaves the buffer after all before it; a plain one may overtake others, but none to its own location.
 * That is what x86 does and, as far as stores go, what aarch64 does. Loads happen in order; in the protocols that are
 * modelled each load that matters has acquire order, or is ordered by membarrier() on the other side.
 *
 * The including model defines THREADS, LOCATIONS (at most 8) and DEPTH, how many stores a buffer holds. */

typedef view {
    byte own[LOCATIONS];     /* what the thread stored last, as long as it is on the way */
    byte pending[LOCATIONS]; /* how many stores to the location are on the way */
    byte releases[LOCATIONS];
};

byte memory[LOCATIONS];
view sees[THREADS];
chan buffer[THREADS] = [DEPTH] of { byte, byte, bit };

#define PLAIN 0
#define RELEASE 1

/* atomic_store_explicit(), relaxed or release. */
inline store(me, where, what, order)
{
    atomic {
        buffer[me]!where, what, order;
        sees[me].own[where] = what;
        sees[me].pending[where]++;
        sees[me].releases[where] = sees[me].releases[where] + order;
    }
}

#define load(me, where) (sees[me].pending[where] > 0 -> sees[me].own[where] : memory[where])

inline arrive(me, where, what, order)
{
    memory[where] = what;
    sees[me].pending[where]--;
    sees[me].releases[where] = sees[me].releases[where] - order;
    if
    :: sees[me].pending[where] == 0 -> sees[me].own[where] = 0
    :: else
    fi;
    where = 0;
    what = 0;
    order = 0
}

#define may_overtake(me, place) (place < LOCATIONS && buffer[me]??[place, _, PLAIN] && sees[me].releases[place] == 0)
#define overtake(me, place) \
    :: atomic { may_overtake(me, place) -> buffer[me]??place, what, PLAIN; where = place; arrive(me, where, what, order) }

/* The processor that a thread runs on. */
proctype processor(byte me)
{
    byte where, what;
    bit order;
end:
    do
    :: atomic { buffer[me]?where, what, order -> arrive(me, where, what, order) }
    overtake(me, 0)
    overtake(me, 1)
    overtake(me, 2)
    overtake(me, 3)
    overtake(me, 4)
    overtake(me, 5)
    overtake(me, 6)
    overtake(me, 7)
    od
}

/* A barrier that the thread executes, or that membarrier() has it execute. */
#define drained(me) empty(buffer[me])
