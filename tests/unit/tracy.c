/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What Tracy is told, by a stand-in that is as strict as Tracy: it never hears of an address twice, or of one that it
 * does not know, and zones nest. */
#include "capture.h"

#include <pthread.h>
#include <tracy/TracyC.h>

#define FA_TRACY_BLOCKS 64
#include <framealloc/tracy.h>

enum { KNOWN = 4096, ZONES = 64, THREADS = 4, ROUNDS = 200 };

typedef struct known {
    const void *block;
    const char *pool;
    size_t size;
} known;

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static known blocks[KNOWN];
static size_t count;
static unsigned allocated, freed, discarded, wrong, marks, named_marks, zones_ended, plots, configured;
static char last_pool[128], last_zone[128], last_plot[128];
static int64_t last_value;
static _Thread_local uint32_t open_zones[ZONES];
static _Thread_local uint32_t depth;
static atomic_uint zone_ids;

static fa_allocator *a;
static fa_tracy tracy;

static size_t index_of(const void *block, const char *pool)
{
    size_t i = 0;
    while (i < count && (blocks[i].block != block || blocks[i].pool != pool))
        i++;
    return i;
}

void ___tracy_emit_memory_alloc_callstack_named(const void *ptr, size_t size, int32_t callstack, const char *name)
{
    (void)pthread_mutex_lock(&guard);
    wrong += callstack != TRACY_CALLSTACK || index_of(ptr, name) != count || count == KNOWN;
    allocated++;
    if (count < KNOWN)
        blocks[count++] = (known){ptr, name, size};
    (void)snprintf(last_pool, sizeof last_pool, "%s", name);
    (void)pthread_mutex_unlock(&guard);
}

void ___tracy_emit_memory_free_callstack_named(const void *ptr, int32_t callstack, const char *name)
{
    (void)pthread_mutex_lock(&guard);
    size_t i = index_of(ptr, name);
    wrong += callstack != TRACY_CALLSTACK || i == count;
    freed++;
    if (i < count)
        blocks[i] = blocks[--count];
    (void)pthread_mutex_unlock(&guard);
}

void ___tracy_emit_memory_discard_callstack(const char *name, int32_t callstack)
{
    (void)pthread_mutex_lock(&guard);
    wrong += callstack != TRACY_CALLSTACK;
    discarded++;
    for (size_t i = count; i-- > 0;) {
        if (blocks[i].pool == name)
            blocks[i] = blocks[--count];
    }
    (void)pthread_mutex_unlock(&guard);
}

TracyCZoneCtx ___tracy_emit_zone_begin_callstack(const struct ___tracy_source_location_data *srcloc, int32_t callstack,
                                                 int32_t active)
{
    CHECK(srcloc->name != NULL && callstack == TRACY_CALLSTACK && active == 1 && depth < ZONES);
    uint32_t id = atomic_fetch_add(&zone_ids, 1) + 1;
    open_zones[depth++] = id;
    return (TracyCZoneCtx){id, 1};
}

void ___tracy_emit_zone_end(TracyCZoneCtx ctx)
{
    if (CHECK(depth > 0))
        CHECK_EQ(open_zones[--depth], ctx.id);
    zones_ended++;
}

void ___tracy_emit_zone_name(TracyCZoneCtx ctx, const char *txt, size_t size)
{
    CHECK(depth > 0 && open_zones[depth - 1] == ctx.id);
    (void)snprintf(last_zone, sizeof last_zone, "%.*s", (int)size, txt);
}

void ___tracy_emit_frame_mark(const char *name)
{
    (void)pthread_mutex_lock(&guard);
    marks += name == NULL;
    named_marks += name != NULL;
    (void)pthread_mutex_unlock(&guard);
}

void ___tracy_emit_plot_int(const char *name, int64_t val)
{
    (void)pthread_mutex_lock(&guard);
    plots++;
    (void)snprintf(last_plot, sizeof last_plot, "%s", name);
    last_value = val;
    (void)pthread_mutex_unlock(&guard);
}

void ___tracy_emit_plot_config(const char *name, int32_t type, int32_t step, int32_t fill, uint32_t color)
{
    configured += name[0] != '\0' && type == TracyPlotFormatMemory && step == 1 && fill == 1 && color == 0;
}

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    allocated = freed = discarded = wrong = marks = named_marks = zones_ended = plots = configured = 0;
    count = 0;
    memset(&tracy, 0, sizeof tracy);
    CHECK_EQ(fa_tracy_attach(a, &tracy), FA_OK);
}

static void finish(void)
{
    CHECK_EQ(fa_tracy_detach(a, &tracy), FA_OK);
    CHECK_EQ(count, 0);
    CHECK_EQ(wrong, 0);
    fa_allocator_release(a);
}

static void pools_are_named_by_intent(void)
{
    setup();
    void *pool = fa_pool_alloc(a, 64, 16);
    CHECK_TEXT(last_pool, "framealloc pool");
    void *heap = fa_heap_alloc(a, 300000, 16);
    CHECK_TEXT(last_pool, "framealloc heap");
    CHECK_EQ(blocks[count - 1].size, 300000);
    CHECK(fa_scratch_alloc(a, 64, 16) != NULL);
    CHECK(strncmp(last_pool, "framealloc scratch: ", 20) == 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK(strncmp(last_pool, "framealloc frame: ", 18) == 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(marks, 1);
    CHECK_EQ(named_marks, 0);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    CHECK_EQ(freed, 2 + (TESTS_DISCARDS ? 0 : 1));
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(count, 0);
    finish();
}

static void a_frame_is_one_discard(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 10; i++)
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    for (int i = 0; i < 5; i++)
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(count, 10);
    CHECK_EQ(freed, 5);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(count, 0);
    CHECK_EQ(discarded, TESTS_DISCARDS ? 1 : 0);
    CHECK_EQ(tracy.discards, discarded);
    CHECK_EQ(freed, TESTS_DISCARDS ? 5 : 15);
    finish();
}

/* Neither what was there before nor what finds no place in the book confuses Tracy. */
static void what_tracy_does_not_know_stays_unknown(void)
{
    setup();
    CHECK_EQ(fa_tracy_detach(a, &tracy), FA_OK);
    void *early = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(fa_tracy_attach(a, &tracy), FA_OK);
    void *many[FA_TRACY_BLOCKS + 6];
    for (int i = 0; i < FA_TRACY_BLOCKS + 6; i++)
        many[i] = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(count, FA_TRACY_BLOCKS);
    CHECK_EQ(tracy.left_out, 6);
    CHECK_EQ(fa_release(a, early), FA_OK);
    CHECK_EQ(freed, 0);
    for (int i = 0; i < FA_TRACY_BLOCKS + 6; i++)
        CHECK_EQ(fa_release(a, many[i]), FA_OK);
    CHECK_EQ(freed, FA_TRACY_BLOCKS);
    CHECK_EQ(count, 0);
    early = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(count, 1);
    CHECK_EQ(fa_tracy_detach(a, &tracy), FA_OK);
    CHECK_EQ(count, 0);
    CHECK_EQ(fa_tracy_attach(a, &tracy), FA_OK);
    CHECK_EQ(fa_release(a, early), FA_OK);
    finish();
}

/* Phases and tag scopes may end in any order; Tracy's zones may not. */
static void zones_nest(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    CHECK_TEXT(last_zone, "ai");
    CHECK_EQ(fa_phase_begin(a, "think"), FA_OK);
    CHECK_TEXT(last_zone, "think");
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(zones_ended, 0);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(zones_ended, 2);
    CHECK_EQ(depth, 0);
    CHECK_EQ(fa_phase_begin(a, "left"), FA_OK);
    CHECK_EQ(fa_tracy_detach(a, &tracy), FA_OK);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_tracy_attach(a, &tracy), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "right"), FA_OK);
    CHECK_EQ(depth, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(depth, 0);
    finish();
}

static void figures_are_plotted(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    CHECK(fa_frame_alloc(a, 320, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(plots, 6);
    CHECK_TEXT(last_plot, "framealloc tag ai");
    CHECK_EQ(last_value, 320);
    CHECK_EQ(configured, 1);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    finish();
}

static void *work(void *unused)
{
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        void *block = fa_pool_alloc(a, 64, 16);
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        CHECK(fa_frame_alloc_ahead(a, 1, 64, 16) != NULL);
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    return NULL;
}

static void threads_have_pools_of_their_own(void)
{
    setup();
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(named_marks, THREADS * ROUNDS);
    CHECK_EQ(allocated + tracy.left_out, 3 * THREADS * ROUNDS);
    finish();
}

CHECK_MAIN(CASE(pools_are_named_by_intent), CASE(a_frame_is_one_discard), CASE(what_tracy_does_not_know_stays_unknown),
           CASE(zones_nest), CASE(figures_are_plotted), CASE(threads_have_pools_of_their_own))
