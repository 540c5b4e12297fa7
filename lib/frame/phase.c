/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "frame/phase.h"

#include "base/os.h"
#include "core/call.h"
#include "core/report.h"
#include "core/tell.h"
#include "core/versioned.h"

#include <framealloc/phase.h>

#include <stdlib.h>
#include <string.h>

/* How far the lane had come. */
typedef struct fa_phase_mark {
    uint64_t live;
    uint64_t taken;
    uint64_t count;
    uint64_t time;
} fa_phase_mark;

typedef struct fa_open_phase {
    uint32_t index;
    uint64_t high; /* highest live bytes seen */
    fa_phase_mark begun;
} fa_open_phase;

/* Phases of one frame, in order of first begin. */
typedef struct fa_phase_list {
    fa_phase_stats *phases;
    uint32_t count;
    uint32_t capacity;
    uint64_t frame; /* whose they are */
} fa_phase_list;

struct fa_phases {
    fa_phase_list lists[2]; /* FA_PHASES_RUNNING, FA_PHASES_LAST */
    fa_open_phase open[FA_PHASE_DEPTH_MAX];
    uint32_t depth;
};

static uint64_t blocks_taken(const fa_lane *lane)
{
    uint64_t count = fa_peek(lane->frame.arena.count);
    for (unsigned slot = 0; slot < FA_AHEAD_RING; slot++)
        count += fa_peek(lane->frame.ahead[slot].count);
    return count;
}

static fa_phase_mark here(const fa_lane *lane)
{
    uint64_t live = fa_frame_live_bytes(lane);
    return (fa_phase_mark){live, live + lane->frame.shrunk, blocks_taken(lane), fa_os_nanoseconds()};
}

static bool make_room(fa_phase_list *list)
{
    if (list->count < list->capacity)
        return true;
    uint32_t capacity = list->capacity == 0 ? 16 : list->capacity * 2;
    fa_phase_stats *phases = realloc(list->phases, capacity * sizeof *phases);
    if (phases == NULL)
        return false;
    list->phases = phases;
    list->capacity = capacity;
    return true;
}

static int32_t index_of(const fa_phase_list *list, int32_t parent, const char *name)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->phases[i].parent == parent && strcmp(list->phases[i].name, name) == 0)
            return (int32_t)i;
    }
    return -1;
}

static fa_phases *phases_of(fa_lane *lane)
{
    if (lane->frame.phases == NULL)
        lane->frame.phases = calloc(1, sizeof *lane->frame.phases);
    return lane->frame.phases;
}

int32_t fa_phase_innermost(const fa_lane *lane)
{
    const fa_phases *phases = lane->frame.phases;
    return phases == NULL || phases->depth == 0 ? -1 : (int32_t)phases->open[phases->depth - 1].index;
}

const char *fa_phase_name(const fa_lane *lane, int32_t index)
{
    return index < 0 ? "" : lane->frame.phases->lists[FA_PHASES_RUNNING].phases[index].name;
}

const char *fa_phase_here(const fa_lane *lane)
{
    return fa_phase_name(lane, fa_phase_innermost(lane));
}

/* The phase of this name inside the innermost one, made if there is none; -1 without memory. */
static int32_t enlist(fa_lane *lane, fa_phases *phases, const char *name)
{
    fa_phase_list *list = &phases->lists[FA_PHASES_RUNNING];
    int32_t parent = fa_phase_innermost(lane);
    int32_t index = index_of(list, parent, name);
    if (index >= 0 || !make_room(list))
        return index;
    list->phases[list->count] = (fa_phase_stats)FA_PHASE_STATS_INIT;
    list->phases[list->count].parent = parent;
    list->phases[list->count].level = phases->depth;
    memcpy(list->phases[list->count].name, name, strlen(name));
    return (int32_t)list->count++;
}

static fa_status check(fa_allocator *a, const fa_lane *lane, const char *name)
{
    size_t length = name == NULL ? 0 : strnlen(name, FA_PHASE_NAME_MAX + 1);
    if (length == 0 || length > FA_PHASE_NAME_MAX)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the name of a phase has 1 to %d bytes",
                         FA_PHASE_NAME_MAX);
    if (!fa_frame_running(lane))
        return fa_refuse(a, FA_CODE_OUTSIDE_FRAME, FA_ERROR_NO_FRAME, "phase \"%s\" was begun outside a frame", name);
    if (lane->frame.phases != NULL && lane->frame.phases->depth == FA_PHASE_DEPTH_MAX)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_DEPTH, "%d phases are open, \"%s\" is one too many",
                         FA_PHASE_DEPTH_MAX, name);
    return FA_OK;
}

static void tell_zone(fa_lane *lane, int32_t kind, const char *name)
{
    fa_tell_zone(lane, kind, FA_ZONE_PHASE, name, fa_tag_id(lane->allocator, lane->account.current));
}

fa_status fa_phase_begin(fa_allocator *a, const char *name)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    fa_status status = check(a, lane, name);
    if (status != FA_OK)
        return status;
    fa_phases *phases = phases_of(lane);
    int32_t index = phases == NULL ? -1 : enlist(lane, phases, name);
    if (index < 0)
        return fa_refuse(a, FA_CODE_OUT_OF_MEMORY, FA_ERROR_OUT_OF_MEMORY, "no memory for a phase");
    fa_phase_stats *phase = &phases->lists[FA_PHASES_RUNNING].phases[index];
    phase->entered++;
    phase->open = 1;
    fa_look(a);
    fa_phase_mark begun = here(lane);
    phases->open[phases->depth++] = (fa_open_phase){(uint32_t)index, begun.live, begun};
    lane->frame.end_work |= FA_END_PHASES;
    if (fa_unlikely(lane->watch & FA_WATCH_ZONES))
        tell_zone(lane, FA_EVENT_ZONE_BEGIN, name);
    return FA_OK;
}

static uint64_t gained(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Adds what an open phase has come to. */
static void add(fa_phase_stats *phase, const fa_open_phase *open, const fa_phase_mark *now)
{
    phase->bytes += gained(open->begun.taken, now->taken);
    phase->count += gained(open->begun.count, now->count);
    phase->nanoseconds += gained(open->begun.time, now->time);
    phase->peak_bytes = most(phase->peak_bytes, gained(open->begun.live, most(open->high, now->live)));
}

static void end_innermost(fa_lane *lane)
{
    fa_phases *phases = lane->frame.phases;
    fa_open_phase *open = &phases->open[--phases->depth];
    fa_phase_stats *phase = &phases->lists[FA_PHASES_RUNNING].phases[open->index];
    fa_phase_mark now = here(lane);
    add(phase, open, &now);
    phase->open = 0;
    if (phases->depth > 0)
        open[-1].high = most(open[-1].high, most(open->high, now.live));
    if (fa_unlikely(lane->watch & FA_WATCH_ZONES)) {
        char name[FA_PHASE_NAME_MAX + 1];
        memcpy(name, phase->name, sizeof name); /* the list moves when a phase is begun meanwhile */
        tell_zone(lane, FA_EVENT_ZONE_END, name);
    }
}

fa_status fa_phase_end(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_lane_get(a);
    if (lane == NULL)
        return fa_last_status();
    if (fa_phase_innermost(lane) < 0)
        return fa_refuse(a, FA_CODE_UNBALANCED, FA_ERROR_UNBALANCED, "no phase is open on this lane");
    end_innermost(lane);
    return FA_OK;
}

void fa_phases_note_peak(fa_lane *lane, uint64_t live)
{
    fa_phases *phases = lane->frame.phases;
    if (phases != NULL && phases->depth > 0)
        phases->open[phases->depth - 1].high = most(phases->open[phases->depth - 1].high, live);
}

void fa_phases_close(fa_lane *lane)
{
    fa_phases *phases = lane->frame.phases;
    if (phases->depth > 0)
        fa_warn(lane->allocator, FA_CODE_SCOPE_LEFT_OPEN, "phase \"%s\" is open, %u in all",
                fa_phase_name(lane, fa_phase_innermost(lane)), phases->depth);
    while (phases->depth > 0)
        end_innermost(lane);
    fa_phase_list ended = phases->lists[FA_PHASES_RUNNING];
    ended.frame = fa_frame_current(lane);
    phases->lists[FA_PHASES_RUNNING] = phases->lists[FA_PHASES_LAST];
    phases->lists[FA_PHASES_RUNNING].count = 0;
    phases->lists[FA_PHASES_LAST] = ended;
}

uint32_t fa_phase_depth(fa_allocator *a)
{
    FA_ENTER(a);
    fa_lane *lane = fa_allocator_usable(a) ? fa_lane_existing(a) : NULL;
    return lane == NULL || lane->frame.phases == NULL ? 0 : lane->frame.phases->depth;
}

/* NULL if the frame has no phases. */
static const fa_phase_list *list_of(const fa_lane *lane, int32_t which)
{
    if (lane == NULL || lane->frame.phases == NULL || which < FA_PHASES_RUNNING || which > FA_PHASES_LAST)
        return NULL;
    const fa_phase_list *list = &lane->frame.phases->lists[which];
    uint64_t last = fa_frame_current(lane) - (fa_frame_running(lane) ? 1 : 0);
    return which == FA_PHASES_LAST && list->frame != last ? NULL : list;
}

uint32_t fa_phase_count(fa_allocator *a, int32_t which)
{
    FA_ENTER(a);
    const fa_phase_list *list = fa_allocator_usable(a) ? list_of(fa_lane_existing(a), which) : NULL;
    return list == NULL ? 0 : list->count;
}

/* Phases that are open count up to now. */
static fa_phase_stats figures_now(const fa_lane *lane, const fa_phase_list *list, uint32_t index)
{
    fa_phase_stats stats = list->phases[index];
    const fa_phases *phases = lane->frame.phases;
    for (uint32_t i = 0; stats.open && i < phases->depth; i++) {
        if (phases->open[i].index == index) {
            fa_phase_mark now = here(lane);
            fa_open_phase open = phases->open[i];
            for (uint32_t inner = i + 1; inner < phases->depth; inner++)
                open.high = most(open.high, phases->open[inner].high);
            add(&stats, &open, &now);
        }
    }
    return stats;
}

static fa_status read(fa_allocator *a, int32_t which, int64_t index, fa_phase_stats *out)
{
    const fa_lane *lane = fa_lane_existing(a);
    const fa_phase_list *list = list_of(lane, which);
    if (list == NULL || index < 0 || index >= list->count)
        return fa_fail(FA_ERROR_NOT_FOUND);
    fa_phase_stats stats = figures_now(lane, list, (uint32_t)index);
    return fa_versioned_write(a, out, &stats, sizeof stats);
}

fa_status fa_phase_at(fa_allocator *a, int32_t which, uint32_t index, fa_phase_stats *out)
{
    FA_ENTER(a);
    return fa_allocator_usable(a) ? read(a, which, index, out) : FA_ERROR_INVALID_ALLOCATOR;
}

fa_status fa_phase_find(fa_allocator *a, int32_t which, const char *name, fa_phase_stats *out)
{
    FA_ENTER(a);
    if (!fa_allocator_usable(a))
        return FA_ERROR_INVALID_ALLOCATOR;
    if (name == NULL)
        return fa_refuse(a, FA_CODE_INVALID_ARGUMENT, FA_ERROR_INVALID_ARGUMENT, "the name of a phase is NULL");
    const fa_phase_list *list = list_of(fa_lane_existing(a), which);
    uint32_t index = 0;
    while (list != NULL && index < list->count && strcmp(list->phases[index].name, name) != 0)
        index++;
    return read(a, which, index, out);
}

void fa_phases_dispose(fa_lane *lane)
{
    fa_phases *phases = lane->frame.phases;
    if (phases == NULL)
        return;
    free(phases->lists[FA_PHASES_RUNNING].phases);
    free(phases->lists[FA_PHASES_LAST].phases);
    free(phases);
}
