/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "core/ending.h"

#include "base/os.h"
#include "core/call.h"
#include "core/directory.h"
#include "core/rooms.h"
#include "core/thread.h"

#include <stdio.h>

enum { GATE_OPEN, GATE_ASKING, GATE_CLOSED };

bool fa_ending_admits(fa_allocator *a)
{
    uint64_t id = atomic_load(&a->id);
    if (fa_likely(id - 1 < FA_ALLOCATOR_CLOSING - 1))
        return true;
    if (id == 0)
        return false;
    return atomic_load(&a->closer) == &fa_tls || fa_call_under_way(a);
}

bool fa_ending_refuses(const fa_allocator *a)
{
    return atomic_load(&a->id) == 0 || atomic_load(&a->gate) == GATE_CLOSED;
}

bool fa_ending_decided(const fa_allocator *a)
{
    return atomic_load_explicit(&a->gate, memory_order_acquire) == GATE_CLOSED;
}

/* Brief calls end by themselves. */
static bool busy(fa_lane *lane)
{
    fa_thread_cache *cache = fa_lane_owner(lane);
    if (cache == NULL || cache == &fa_tls)
        return false;
    for (unsigned waits = 0; atomic_load_explicit(&cache->inside, memory_order_acquire) != 0; waits++)
        fa_os_wait(waits);
    return atomic_load_explicit(&lane->calls, memory_order_acquire) != 0;
}

/* With the list of allocators locked, so that no thread leaves for ever meanwhile. Visits come last: a call that leaves
 * its lane has become one before. */
static bool quiet(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        if (busy(lane))
            return false;
        FA_SHAKE_POINT();
    }
    return atomic_load(&a->guests) == 0;
}

/* Once the allocator is off the list, threads may end without passing it by: nobody looks at theirs any more. */
static void forget_threads(fa_allocator *a)
{
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        if (fa_peek(lane->cache) != &fa_tls)
            fa_poke(lane->cache, NULL);
    }
}

static bool is_quiet(void *of)
{
    bool ends = quiet(of);
    if (ends)
        forget_threads(of);
    return ends;
}

static bool is_quiet_and_mine(void *of)
{
    fa_allocator *a = of;
    uint32_t mine = 1;
    bool ends = quiet(a) && atomic_compare_exchange_strong(&a->references, &mine, 0);
    if (ends)
        forget_threads(a);
    return ends;
}

static void close_gate(fa_allocator *a, uint32_t gate)
{
    atomic_store(&a->closer, &fa_tls);
    atomic_store(&a->gate, gate);
    FA_SHAKE_POINT();
    atomic_store(&a->id, a->number | FA_ALLOCATOR_CLOSING);
    FA_SHAKE_POINT();
    fa_os_process_barrier();
}

static void open_gate(fa_allocator *a)
{
    atomic_store(&a->id, a->number);
    FA_SHAKE_POINT();
    atomic_store(&a->closer, NULL);
    atomic_store(&a->gate, GATE_OPEN);
}

static void wake_waiting(fa_allocator *a)
{
    for (size_t i = 0; fa_rooms[i] != NULL; i++) {
        if (fa_rooms[i]->allocator_closing != NULL)
            fa_rooms[i]->allocator_closing(a);
    }
}

void fa_ending_wait(fa_allocator *a)
{
    close_gate(a, GATE_CLOSED);
    for (unsigned waits = 0; !fa_allocator_unlist(a, is_quiet); waits++) {
        wake_waiting(a);
        fa_os_wait(waits);
    }
}

/* Brief as it is, callers that come all the time never leave a moment to find it quiet, so those under way are let out
 * first while others wait. */
bool fa_ending_try(fa_allocator *a)
{
    enum { PATIENCE = 24 };
    uint32_t open = GATE_OPEN;
    if (!atomic_compare_exchange_strong(&a->gate, &open, GATE_ASKING))
        return false;
    close_gate(a, GATE_ASKING);
    bool ended = fa_allocator_unlist(a, is_quiet_and_mine);
    for (unsigned waits = 0; !ended && waits < PATIENCE && fa_peek(a->references) == 1; waits++) {
        fa_os_wait(waits);
        ended = fa_allocator_unlist(a, is_quiet_and_mine);
    }
    if (ended)
        atomic_store(&a->gate, GATE_CLOSED);
    else
        open_gate(a);
    return ended;
}

/* Lanes in use by others, and how many of these callers are visitors as well. */
static uint32_t count_busy(fa_allocator *a, const char **name, uint32_t *visitors)
{
    uint32_t count = 0;
    for (fa_lane *lane = fa_lanes_first(a); lane != NULL; lane = lane->next) {
        if (fa_peek(lane->cache) == &fa_tls || fa_peek(lane->calls) == 0)
            continue;
        *name = lane->name;
        *visitors += fa_peek(lane->visited);
        count++;
    }
    return count;
}

void fa_ending_describe(fa_allocator *a, char *text, size_t size)
{
    const char *name = "";
    uint32_t visitors = 0;
    uint32_t lanes = count_busy(a, &name, &visitors);
    uint32_t guests = fa_peek(a->guests);
    (void)snprintf(text, size, "%u other references are held, %u lanes%s%s%s and %u other callers are inside a call",
                   fa_peek(a->references) - 1, lanes, lanes == 0 ? "" : " (one of \"", name, lanes == 0 ? "" : "\")",
                   guests > visitors ? guests - visitors : 0);
}

bool fa_ending_forked(fa_allocator *a)
{
    atomic_store(&a->guests, fa_call_visit(a) != NULL);
    if (atomic_load(&a->gate) == GATE_OPEN || atomic_load(&a->closer) == &fa_tls)
        return true;
    if (atomic_load(&a->gate) == GATE_CLOSED)
        return false;
    open_gate(a);
    return true;
}
