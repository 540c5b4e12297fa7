/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A profiler that keeps book of every address: what it is told adds up with the figures of the allocator. */
#include "capture.h"
#include "figures.h"
#include "worker.h"

#include <sched.h>

enum { BOOK = 4096, COUNTERS = 32 };

typedef struct entry {
    const void *block;
    uint64_t bytes;
    int32_t intent;
    uint64_t lane;
    uint64_t tag;
} entry;

typedef struct counted {
    char name[64];
    uint64_t bytes;
    unsigned times;
} counted;

typedef struct book {
    entry live[BOOK];
    size_t count;
    unsigned told[FA_EVENT_KINDS];
    unsigned twice;   /* allocations of an address that was live */
    unsigned unknown; /* releases of one that was not */
    fa_event last;
    fa_range ranges[64];
    char last_name[128];
    counted counters[COUNTERS];
    unsigned counters_used;
    fa_allocator *allocator;
} book;

static fa_allocator *a;
static book b;

static size_t index_of(const book *to, const void *block)
{
    size_t i = 0;
    while (i < to->count && to->live[i].block != block)
        i++;
    return i;
}

static void note(book *to, const fa_event *event)
{
    CHECK_EQ(event->struct_size, sizeof *event);
    CHECK(event->time_ns != 0);
    to->told[event->kind]++;
    to->last = *event;
    (void)snprintf(to->last_name, sizeof to->last_name, "%s", event->name != NULL ? event->name : "");
}

static void on_allocate(void *user, const fa_event *event)
{
    book *to = user;
    note(to, event);
    to->twice += index_of(to, event->block) != to->count;
    if (CHECK(to->count < BOOK))
        to->live[to->count++] = (entry){event->block, event->bytes, event->intent, event->lane, event->tag};
}

static void on_release(void *user, const fa_event *event)
{
    book *to = user;
    note(to, event);
    size_t i = index_of(to, event->block);
    to->unknown += i == to->count;
    if (i != to->count)
        to->live[i] = to->live[--to->count];
}

static bool goes(const fa_event *event, const void *block)
{
    for (uint64_t i = 0; i < event->range_count; i++) {
        if ((uintptr_t)block - (uintptr_t)event->ranges[i].start < event->ranges[i].bytes)
            return true;
    }
    return false;
}

static void on_discard(void *user, const fa_event *event)
{
    book *to = user;
    note(to, event);
    for (uint64_t i = 0; i < event->range_count && i < 64; i++)
        to->ranges[i] = event->ranges[i];
    for (size_t i = to->count; i-- > 0;) {
        if (to->live[i].intent == event->intent && event->what != FA_DISCARD_GROUP && goes(event, to->live[i].block))
            to->live[i] = to->live[--to->count];
    }
}

static void on_mark(void *user, const fa_event *event)
{
    note(user, event);
}

static void on_counter(void *user, const fa_profile_counter *counter)
{
    book *to = user;
    CHECK_EQ(counter->struct_size, sizeof *counter);
    CHECK(counter->time_ns != 0 && counter->lane != 0 && counter->frame != 0);
    unsigned i = 0;
    while (i < to->counters_used && strcmp(to->counters[i].name, counter->name) != 0)
        i++;
    REQUIRE(i < COUNTERS);
    to->counters_used += i == to->counters_used;
    (void)snprintf(to->counters[i].name, sizeof to->counters[i].name, "%s", counter->name);
    to->counters[i].bytes = counter->bytes;
    to->counters[i].times++;
}

static fa_profiler everything(void)
{
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.user = &b;
    profiler.allocate = on_allocate;
    profiler.release = on_release;
    profiler.discard = on_discard;
    profiler.frame_mark = on_mark;
    profiler.zone_begin = on_mark;
    profiler.zone_end = on_mark;
    profiler.counter = on_counter;
    return profiler;
}

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    memset(&b, 0, sizeof b);
}

static void attach(void)
{
    fa_profiler profiler = everything();
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
}

/* Nothing is left in the book, and nothing was told wrong. */
static void finish(void)
{
    CHECK_EQ(b.count, 0);
    CHECK_EQ(b.twice, 0);
    CHECK_EQ(b.unknown, 0);
    CHECK_EQ(fa_profiler_detach(a), FA_OK);
    fa_allocator_release(a);
}

static counted *counter_named(const char *name)
{
    for (unsigned i = 0; i < b.counters_used; i++) {
        if (strcmp(b.counters[i].name, name) == 0)
            return &b.counters[i];
    }
    static counted none;
    none = (counted){.bytes = UINT64_MAX};
    return &none;
}

static uint64_t lane_id(void)
{
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, NULL, &stats), FA_OK);
    return stats.lane_id;
}

static void a_frame_goes_as_one(void)
{
    setup();
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_FRAME_BEGIN], 1);
    const char *first = fa_frame_alloc(a, 1000, 16);
    for (int i = 0; i < 99; i++)
        CHECK(fa_frame_alloc(a, 1000, 16) != NULL);
    CHECK_EQ(b.told[FA_EVENT_ALLOC], 100);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK_EQ(b.told[FA_EVENT_FREE], 0);
    CHECK_EQ(b.told[FA_EVENT_FRAME_END], 1);
    CHECK_EQ(b.last.kind, FA_EVENT_FRAME_END);
    CHECK_EQ(b.count, 0);
    CHECK(b.ranges[0].bytes != 0 && first != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    finish();
}

static void a_discard_says_what_goes(void)
{
    setup();
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    const void *block = fa_frame_alloc(a, 100, 16);
    fa_profiler_detach(a);
    fa_profiler only = FA_PROFILER_INIT;
    only.user = &b;
    only.discard = on_discard;
    CHECK_EQ(fa_profiler_attach(a, &only), FA_OK);
    b.count = 0;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.last.what, FA_DISCARD_FRAME);
    CHECK_EQ(b.last.frame, 2);
    CHECK_EQ(b.last.lane, lane_id());
    CHECK_EQ(b.last.other_lane, lane_id());
    CHECK_EQ(b.last.bytes, 112);
    CHECK_EQ(b.last.count, 1);
    CHECK_EQ(b.last.intent, FA_INTENT_FRAME);
    CHECK_EQ(b.last.range_count, 1);
    CHECK_EQ(b.last.ranges_left_out, 0);
    CHECK(b.ranges[0].start == block);
    CHECK_EQ(b.ranges[0].bytes, 112);
    finish();
}

static void many_chunks_are_listed(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_chunk_min = 65536;
    config.frame_chunk_max = 65536;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    memset(&b, 0, sizeof b);
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 40; i++)
        CHECK(fa_frame_alloc(a, 60000, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK_EQ(b.count, 0);
    finish();
}

static void rollbacks_and_subframes_are_discards(void)
{
    setup();
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK(fa_frame_alloc(a, 300000, 16) != NULL);
    CHECK(fa_frame_alloc_ahead(a, 2, 64, 16) != NULL);
    CHECK_EQ(b.count, 4);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK_EQ(b.last.what, FA_DISCARD_ROLLBACK);
    CHECK_EQ(b.count, 1);
    fa_subframe inner;
    CHECK_EQ(fa_subframe_begin(a, &inner), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_subframe_end(a, inner, NULL, NULL), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 2);
    CHECK_EQ(b.count, 1);
    void *block = fa_frame_alloc(a, 64, 16);
    CHECK_EQ(fa_frame_give_back(a, block, 64), 1);
    CHECK_EQ(b.told[FA_EVENT_FREE], 1);
    block = fa_frame_alloc(a, 64, 16);
    CHECK(fa_frame_realloc(a, block, 64, 128, 16) != NULL);
    CHECK_EQ(b.live[b.count - 1].bytes, 128);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    finish();
}

static void blocks_that_look_ahead_go_with_their_frame(void)
{
    setup();
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc_ahead(a, 1, 64, 16) != NULL);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.count, 1);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 2);
    finish();
}

static void a_held_frame_goes_with_its_token(void)
{
    setup();
    attach();
    fa_frame_token token;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 0);
    CHECK_EQ(b.count, 1);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK_EQ(b.last.frame, 1);
    CHECK_EQ(b.count, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    finish();
}

static void scratch_is_discarded(void)
{
    setup();
    attach();
    CHECK(fa_scratch_alloc(a, 64, 16) != NULL);
    fa_scratch_scope scope;
    CHECK_EQ(fa_scratch_scope_begin(a, &scope), FA_OK);
    CHECK(fa_scratch_alloc(a, 64, 16) != NULL);
    CHECK(fa_scratch_alloc(a, 300000, 16) != NULL);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK_EQ(b.last.what, FA_DISCARD_SCRATCH);
    CHECK_EQ(b.count, 1);
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 2);
    CHECK_EQ(b.count, 0);
    finish();
}

static void scratch_pools_are_discarded(void)
{
    setup();
    attach();
    fa_scratch_pool *pool = fa_scratch_pool_get(a, "level");
    REQUIRE(pool != NULL);
    CHECK(fa_scratch_pool_alloc(pool, 64, 16) != NULL);
    fa_scratch_scope scope;
    CHECK_EQ(fa_scratch_pool_scope_begin(pool, &scope), FA_OK);
    CHECK(fa_scratch_pool_alloc(pool, 64, 16) != NULL);
    CHECK_EQ(fa_scratch_scope_end(&scope), FA_OK);
    CHECK_EQ(b.count, 1);
    CHECK_EQ(fa_scratch_pool_reset(pool), FA_OK);
    CHECK_EQ(b.count, 0);
    CHECK(fa_scratch_pool_alloc(pool, 64, 16) != NULL);
    CHECK_EQ(fa_scratch_pool_reset_all(a), FA_OK);
    CHECK_EQ(b.count, 0);
    CHECK(fa_scratch_pool_alloc(pool, 64, 16) != NULL);
    CHECK_EQ(fa_scratch_pool_destroy(pool), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 4);
    CHECK_EQ(b.last.other_lane, 0);
    finish();
}

static void a_group_is_told_before_its_slabs(void)
{
    setup();
    attach();
    fa_group group;
    CHECK_EQ(fa_group_create(a, "level", &group), FA_OK);
    for (int i = 0; i < 100; i++)
        CHECK(fa_group_alloc(a, group, 200, 16) != NULL);
    unsigned slabs = b.told[FA_EVENT_ALLOC];
    CHECK_EQ(fa_group_free_all(a, group), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK(b.told[FA_EVENT_FREE] >= 1 && b.told[FA_EVENT_FREE] < slabs);
    CHECK(fa_group_alloc(a, group, 200, 16) != NULL);
    CHECK_EQ(fa_group_destroy(a, group), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 2);
    finish();
}

/* What a budget sends to the heap is told as the heap block it is. */
static void promoted_frame_memory_adds_up(void)
{
    setup();
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 4096;
    budget.policy = FA_BUDGET_PROMOTE;
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_FRAME, &budget), FA_OK);
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 1000, 16) != NULL);
    CHECK(fa_frame_alloc(a, 8000, 16) != NULL);
    CHECK_EQ(b.count, 2);
    CHECK_EQ(b.live[1].intent, FA_INTENT_HEAP);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_FREE], 1);
    finish();
}

static void single_blocks_name_their_tag(void)
{
    setup();
    attach();
    fa_tag tag = fa_tag_get(a, "ai");
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    void *pool = fa_pool_alloc(a, 100, 16);
    void *heap = fa_heap_alloc(a, 300000, 16);
    CHECK_EQ(b.live[0].tag, tag);
    CHECK_EQ(b.live[1].tag, tag);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(b.last.kind, FA_EVENT_FREE);
    CHECK_EQ(b.last.tag, tag);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    CHECK_EQ(b.last.tag, tag);
    pool = fa_pool_alloc(a, 100, 16);
    CHECK_EQ(b.last.tag, 0);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(b.last.tag, 0);
    finish();
}

static void zones_are_phases_and_tag_scopes(void)
{
    setup();
    attach();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "physics"), FA_OK);
    CHECK_EQ(b.last.what, FA_ZONE_PHASE);
    CHECK_TEXT(b.last_name, "physics");
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "paths"), FA_OK);
    CHECK_EQ(b.last.what, FA_ZONE_TAG);
    CHECK_TEXT(b.last_name, "ai::paths");
    CHECK_EQ(b.last.tag, fa_tag_current(a));
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_TEXT(b.last_name, "ai::paths");
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_TEXT(b.last_name, "ai");
    CHECK_EQ(b.told[FA_EVENT_ZONE_END], 2);
    fa_tagged view;
    CHECK_EQ(fa_tagged_init(&view, a, "ai"), FA_OK);
    CHECK(fa_tagged_alloc(&view, FA_INTENT_FRAME, 64, 16) != NULL);
    CHECK_EQ(b.told[FA_EVENT_ZONE_BEGIN], 3);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_ZONE_END], 3); /* the frame closed the phase */
    finish();
}

static void counters_are_what_the_frame_had_at_its_end(void)
{
    setup();
    attach();
    void *pool = fa_pool_alloc(a, 128, 16);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    CHECK(fa_frame_alloc(a, 320, 16) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK(fa_frame_alloc(a, 160, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(counter_named("frame")->bytes, 480);
    CHECK_EQ(counter_named("pool")->bytes, 128);
    CHECK_EQ(counter_named("heap")->bytes, 0);
    CHECK_EQ(counter_named("scratch")->bytes, 0);
    CHECK_EQ(counter_named("total")->bytes, 608);
    CHECK_EQ(counter_named("ai")->bytes, 320);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(counter_named("ai")->bytes, 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(counter_named("ai")->times, 2);
    CHECK_EQ(counter_named("frame")->times, 3);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    finish();
}

static void bad_input(void)
{
    setup();
    fa_profiler profiler = FA_PROFILER_INIT;
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_profiler_attach(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    profiler = everything();
    profiler.struct_size = 4;
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_ERROR_STRUCT_SIZE);
    profiler = everything();
    CHECK_EQ(fa_profiler_attach(NULL, &profiler), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_profiler_detach(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_profiler_suppressed(NULL), 0);
    CHECK_EQ(fa_profiler_attached(NULL), 0);
    CHECK_EQ(fa_profiler_detach(a), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_profiler_attached(a), 0);
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
    CHECK_EQ(fa_profiler_attached(a), 1);
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_ERROR_EXISTS);
    CHECK_EQ(fa_profiler_detach(a), FA_OK);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_ALLOC], 0);
    fa_allocator_release(a);
}

static void calls_back(void *user, const fa_event *event)
{
    book *to = user;
    note(to, event);
    if (event->kind == FA_EVENT_FRAME_BEGIN || event->kind == FA_EVENT_FRAME_END)
        return;
    void *block = fa_pool_alloc(to->allocator, 48, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(to->allocator, block), FA_OK);
    if (event->kind == FA_EVENT_DISCARD)
        CHECK_EQ(fa_frame_end(to->allocator), FA_ERROR_NO_FRAME); /* it is under way */
}

static void functions_may_use_the_allocator(void)
{
    setup();
    b.allocator = a;
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.user = &b;
    profiler.allocate = profiler.release = profiler.discard = profiler.frame_mark = calls_back;
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(b.told[FA_EVENT_ALLOC], 1);
    CHECK_EQ(b.told[FA_EVENT_DISCARD], 1);
    CHECK_EQ(b.told[FA_EVENT_FRAME_END], 1);
    CHECK_EQ(fa_profiler_suppressed(a), 4);
    CHECK_EQ(figures(a).pool.live_count, 0);
    finish();
}

static void detaches(void *user, const fa_event *event)
{
    book *to = user;
    note(to, event);
    CHECK_EQ(fa_profiler_detach(to->allocator), FA_OK);
}

static void a_function_may_detach_its_profiler(void)
{
    setup();
    b.allocator = a;
    fa_profiler profiler = FA_PROFILER_INIT;
    profiler.user = &b;
    profiler.allocate = detaches;
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
    void *first = fa_pool_alloc(a, 64, 16);
    void *second = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(b.told[FA_EVENT_ALLOC], 1);
    CHECK_EQ(fa_profiler_attach(a, &profiler), FA_OK);
    CHECK_EQ(fa_profiler_detach(a), FA_OK);
    CHECK_EQ(fa_release(a, first), FA_OK);
    CHECK_EQ(fa_release(a, second), FA_OK);
    fa_allocator_release(a);
}

static void reports_are_events(void)
{
    setup();
    uint64_t id;
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_DIAGNOSTIC), on_mark, &b, &id), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    CHECK_EQ(b.told[FA_EVENT_DIAGNOSTIC], 1);
    CHECK_EQ(b.last.id, 5);
    CHECK_TEXT(b.last_name, "no frame is running on this lane");
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(a_frame_goes_as_one), CASE(a_discard_says_what_goes), CASE(many_chunks_are_listed),
           CASE(rollbacks_and_subframes_are_discards), CASE(blocks_that_look_ahead_go_with_their_frame),
           CASE(a_held_frame_goes_with_its_token), CASE(scratch_is_discarded), CASE(scratch_pools_are_discarded),
           CASE(a_group_is_told_before_its_slabs), CASE(promoted_frame_memory_adds_up),
           CASE(single_blocks_name_their_tag), CASE(zones_are_phases_and_tag_scopes),
           CASE(counters_are_what_the_frame_had_at_its_end), CASE(bad_input), CASE(functions_may_use_the_allocator),
           CASE(a_function_may_detach_its_profiler), CASE(reports_are_events))
