/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Tracers raise the semaphore of a probe while they look at it. What is raised decides what the allocator watches. */
#include "observe/probes.h"

#include "core/call.h"
#include "core/report.h"
#include "core/watch.h"

#include <framealloc/event.h>
#include <framealloc/probes.h>

#if FA_PROBES

#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

/* Name, kind of event, what has to be watched for it. */
#define PROBES(PROBE)                                                                                                  \
    PROBE(frame_begin, FA_EVENT_FRAME_BEGIN, FA_WATCH_FRAMES | FA_WATCH_MARKS)                                         \
    PROBE(frame_end, FA_EVENT_FRAME_END, FA_WATCH_FRAMES | FA_WATCH_FRAME_TIMES | FA_WATCH_MARKS)                      \
    PROBE(alloc, FA_EVENT_ALLOC, FA_WATCH_ARENAS | FA_WATCH_BLOCKS)                                                    \
    PROBE(free, FA_EVENT_FREE, FA_WATCH_RELEASES)                                                                      \
    PROBE(discard, FA_EVENT_DISCARD, FA_WATCH_FRAMES | FA_WATCH_DISCARDS)                                              \
    PROBE(zone_begin, FA_EVENT_ZONE_BEGIN, FA_WATCH_ZONES)                                                             \
    PROBE(zone_end, FA_EVENT_ZONE_END, FA_WATCH_ZONES)                                                                 \
    PROBE(budget, FA_EVENT_BUDGET_EXCEEDED, 0)                                                                         \
    PROBE(pressure, FA_EVENT_MEMORY_PRESSURE, 0)                                                                       \
    PROBE(report, FA_EVENT_DIAGNOSTIC, 0)

/* Tracers write them, and find them by these names. */
#define SEMAPHORE(name, kind, watched)                                                                                 \
    extern volatile unsigned short framealloc_##name##_semaphore;                                                      \
    volatile unsigned short framealloc_##name##_semaphore __attribute__((section(".probes")));
PROBES(SEMAPHORE)

typedef struct fa_probe {
    volatile unsigned short *semaphore;
    uint32_t watched;
} fa_probe;

static const fa_probe probes[] = {
#define ENTRY(name, kind, watched) {&framealloc_##name##_semaphore, watched},
    PROBES(ENTRY)};
enum { COUNT = sizeof probes / sizeof *probes };

static uint32_t look(uint32_t *wanted)
{
    uint32_t traced = 0;
    *wanted = 0;
    for (unsigned i = 0; i < COUNT; i++) {
        bool raised = *probes[i].semaphore != 0;
        traced += raised;
        *wanted |= raised ? probes[i].watched : 0;
    }
    return traced;
}

/* Who looks later has a later turn. */
static uint32_t follow(fa_allocator *a)
{
    fa_counter *seen = &a->observe.probes;
    uint64_t before = atomic_load(seen);
    for (;;) {
        uint32_t wanted;
        uint32_t traced = look(&wanted);
        uint64_t turn = (before >> 32) + 1;
        if (fa_likely((uint32_t)before == wanted))
            return traced;
        if (!atomic_compare_exchange_strong(seen, &before, turn << 32 | wanted))
            continue;
        fa_watch(a, FA_WATCHER_PROBES, wanted, turn);
        return traced;
    }
}

void fa_probes_look(fa_allocator *a)
{
    (void)follow(a);
}

fa_status fa_probes_update(fa_allocator *a, uint32_t *traced)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    uint32_t count = follow(a);
    if (traced != NULL)
        *traced = count;
    return FA_OK;
}

/* Each probe has one place in the code, so that a tracer stops once for each event. */
static FA_NOINLINE void fire(uint64_t lane, uint64_t frame, const fa_happening *h)
{
    uint64_t block = (uintptr_t)h->block;
    uint64_t ranges = (uintptr_t)h->ranges;
    uint64_t name = (uintptr_t)h->name;
    int32_t code = (int32_t)h->id;
    switch (h->kind) {
    case FA_EVENT_FRAME_BEGIN:
        STAP_PROBE2(framealloc, frame_begin, lane, frame);
        break;
    case FA_EVENT_FRAME_END:
        STAP_PROBE5(framealloc, frame_end, lane, frame, h->bytes, h->peak_bytes, h->nanoseconds);
        break;
    case FA_EVENT_ALLOC:
        STAP_PROBE5(framealloc, alloc, lane, h->intent, block, h->bytes, h->tag_id);
        break;
    case FA_EVENT_FREE:
        STAP_PROBE5(framealloc, free, lane, h->intent, block, h->bytes, h->tag_id);
        break;
    case FA_EVENT_DISCARD:
        STAP_PROBE7(framealloc, discard, lane, h->what, frame, h->bytes, h->count, ranges, h->range_count);
        break;
    case FA_EVENT_ZONE_BEGIN:
        STAP_PROBE3(framealloc, zone_begin, lane, h->what, name);
        break;
    case FA_EVENT_ZONE_END:
        STAP_PROBE3(framealloc, zone_end, lane, h->what, name);
        break;
    case FA_EVENT_BUDGET_EXCEEDED:
        STAP_PROBE4(framealloc, budget, lane, h->id, h->bytes, h->used_bytes);
        break;
    case FA_EVENT_MEMORY_PRESSURE:
        STAP_PROBE3(framealloc, pressure, lane, h->bytes, h->used_bytes);
        break;
    case FA_EVENT_DIAGNOSTIC:
        STAP_PROBE3(framealloc, report, lane, code, name);
        break;
    default:
        break;
    }
}

static volatile unsigned short *const semaphore_of[FA_EVENT_KINDS] = {
#define BY_KIND(name, kind, watched) [kind] = &framealloc_##name##_semaphore,
    PROBES(BY_KIND)};

static inline bool traced(int32_t kind)
{
    return kind < FA_EVENT_KINDS && semaphore_of[kind] != NULL && *semaphore_of[kind] != 0;
}

void fa_probes_hear(fa_allocator *a, const fa_happening *happening)
{
    if (fa_likely(!traced(happening->kind)))
        return;
    const fa_lane *lane = fa_lane_existing(a);
    uint64_t frame = lane == NULL ? 0 : (fa_peek(lane->frame.epoch) + 1) / 2;
    fire(lane == NULL ? 0 : lane->id, happening->frame != 0 ? happening->frame : frame, happening);
}

/* A lane is made on the way through a call: no lock is held. */
static bool init_lane(fa_lane *lane)
{
    fa_probes_look(lane->allocator);
    return true;
}

const fa_room fa_probes_room = {.lane_init = init_lane};

#else

void fa_probes_look(fa_allocator *a)
{
    (void)a;
}

void fa_probes_hear(fa_allocator *a, const fa_happening *happening)
{
    (void)a;
    (void)happening;
}

fa_status fa_probes_update(fa_allocator *a, uint32_t *traced)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (traced != NULL)
        *traced = 0;
    return fa_fail(FA_ERROR_UNSUPPORTED);
}

const fa_room fa_probes_room = {0};

#endif
