/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* How the core tells the rooms above it that allocators and lanes come and go.
 * The core knows this table's type only; lib/wiring.c lists the rooms. */
#ifndef FA_CORE_ROOMS_H
#define FA_CORE_ROOMS_H

#include <framealloc/annotations.h>
#include <framealloc/event.h>
#include <framealloc/stats.h>

#include <stdbool.h>

/* Any entry may be NULL. Lane entries are called by the one thread that has the lane. */
typedef struct fa_room {
    bool (*allocator_init)(fa_allocator *a);
    void (*allocator_trim)(fa_allocator *a);    /* gives unused shared memory back */
    void (*allocator_closing)(fa_allocator *a); /* wakes those who wait in a call: they are to fail */
    void (*allocator_close)(fa_allocator *a);   /* every lane is parked for good: runs and reports what is left */
    void (*allocator_dispose)(fa_allocator *a); /* after every lane's lane_dispose */
    void (*allocator_lock)(fa_allocator *a);    /* takes the locks of the room's own objects, for a fork */
    void (*allocator_unlock)(fa_allocator *a);  /* lets go of them, in parent and child */
    void (*allocator_forked)(fa_allocator *a);  /* in the child of a fork, every lock held: threads that did something are gone */
    bool (*lane_init)(fa_lane *lane);
    void (*lane_park)(fa_lane *lane);    /* its thread has gone: share what can be shared */
    void (*lane_trim)(fa_lane *lane);    /* gives unused memory back */
    void (*lane_reclaim)(fa_lane *lane); /* the same in the middle of a request: only what no slow path has in hand */
    void (*lane_dispose)(fa_lane *lane); /* frees the lane's own tables */
    void (*lane_stats)(fa_lane *lane, fa_lane_stats *out);
    void (*allocator_stats)(fa_allocator *a, fa_stats *out); /* adds what no lane counts */
} fa_room;

/* A meter was taken from one figure to another, or would be. */
typedef struct fa_crossing {
    int32_t scope; /* FA_BUDGET_GLOBAL and so on */
    uint64_t tag;
    uint64_t lane; /* id, 0 for none */
    uint64_t before;
    uint64_t requested;
} fa_crossing;

/* How the core tells of limits of its own meter, and what is said of a refusal; see account/limit.h. */
struct fa_meter;
extern void (*const fa_on_limit_passed)(fa_allocator *a, struct fa_meter *meter, const fa_crossing *crossing);
extern void (*const fa_refusal)(fa_allocator *a, char *buffer, size_t size);
extern int32_t (*const fa_on_limit_met)(fa_allocator *a, struct fa_meter *meter, const fa_crossing *crossing);

/* In order of dependence, ended by NULL. */
extern const fa_room *const fa_rooms[];

/* Called often, so those that have something to do are listed by themselves, each list ended by NULL: the current tag of
 * a lane is about to change, or its figures are read; the tag or the lane's budgets have changed. */
extern void (*const fa_lane_settle[])(fa_lane *lane);
extern void (*const fa_lane_retag[])(fa_lane *lane);

/* A frame has begun or ended on a watched lane, which is ready for anything again. Each list is ended by NULL. */
typedef struct fa_frame_span {
    uint64_t number;
    uint64_t bytes;       /* in use at the end */
    uint64_t peak_bytes;  /* highest of the frame */
    uint64_t nanoseconds; /* 0 unless FA_WATCH_FRAME_TIMES */
} fa_frame_span;
extern void (*const fa_frame_begun[])(fa_lane *lane, uint64_t number);
extern void (*const fa_frame_ending[])(fa_lane *lane, const fa_frame_span *span); /* its memory is still in use */
extern void (*const fa_frame_ended[])(fa_lane *lane, const fa_frame_span *span);

/* fa_release() of a block that no user has in hand, so that nobody could try again: no full queue refuses it. */
extern fa_status (*const fa_release_own)(fa_allocator *a, void *block);

/* Something that listeners may want to know; what is not set is 0. Told with no lock held and the lane ready for anything. */
typedef struct fa_happening {
    int32_t kind; /* FA_EVENT_* */
    int32_t intent;
    const void *block;
    uint64_t bytes;
    uint64_t peak_bytes;
    uint64_t used_bytes;
    uint64_t nanoseconds;
    uint64_t count; /* 0 for 1 */
    uint64_t id;
    uint64_t other_lane;
    uint64_t frame; /* 0 for the lane's current one */
    uint64_t tag_id; /* 0 for none */
    const fa_range *ranges;
    uint64_t range_count;
    uint64_t ranges_left_out;
    const char *name;
    int32_t what;
    bool promoted;           /* ALLOC: the block is the copy of a retained one */
    struct fa_tag_node *tag; /* ALLOC, KEPT: whose memory */
} fa_happening;

/* What no listener is told: frame memory goes that lived on for count frames after its own. */
enum { FA_HAPPENING_KEPT = 24 };

extern void (*const fa_hearers[])(fa_allocator *a, const fa_happening *happening); /* ended by NULL */

static inline void fa_tell(fa_allocator *a, const fa_happening *happening)
{
    for (size_t i = 0; fa_hearers[i] != NULL; i++)
        fa_hearers[i](a, happening);
}

/* Has whoever may want to watch look whether he does; called now and then, with no lock held. */
extern void (*const fa_look)(fa_allocator *a);

/* Somebody has left a lane that no thread is on: what came meanwhile is to be taken in. */
extern void (*const fa_lane_left)(fa_lane *lane);

/* Receives every report; see core/report.h. */
struct fa_report;
extern void (*const fa_emit)(fa_allocator *a, const struct fa_report *report);

#endif
