/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"

#include <time.h>

static fa_phase_stats find(fa_allocator *a, int32_t which, const char *name)
{
    fa_phase_stats stats = FA_PHASE_STATS_INIT;
    CHECK_EQ(fa_phase_find(a, which, name, &stats), FA_OK);
    return stats;
}

static void phases_tell_what_they_took(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 5000, 16) != NULL);
    FA_PHASE_SCOPE (a, "physics") {
        CHECK(fa_frame_alloc(a, 160, 16) != NULL);
        FA_PHASE_SCOPE (a, "broad") {
            CHECK(fa_frame_alloc(a, 200000, 16) != NULL);
            CHECK(fa_frame_alloc_ahead(a, 3, 32, 16) != NULL);
            CHECK_EQ(fa_phase_depth(a), 2);
        }
        fa_phase_stats open = find(a, FA_PHASES_RUNNING, "physics");
        CHECK_EQ(open.bytes, 200192);
        CHECK_EQ(open.open, 1);
    }
    FA_PHASE_SCOPE (a, "render") {
        CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    }
    CHECK_EQ(fa_phase_count(a, FA_PHASES_RUNNING), 3);
    CHECK_EQ(fa_phase_count(a, FA_PHASES_LAST), 0);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_phase_count(a, FA_PHASES_RUNNING), 0);
    CHECK_EQ(fa_phase_count(a, FA_PHASES_LAST), 3);
    fa_phase_stats physics = find(a, FA_PHASES_LAST, "physics");
    fa_phase_stats broad = find(a, FA_PHASES_LAST, "broad");
    fa_phase_stats render = find(a, FA_PHASES_LAST, "render");
    CHECK_EQ(physics.bytes, 200192);
    CHECK_EQ(physics.count, 3);
    CHECK_EQ(physics.peak_bytes, 200192);
    CHECK_EQ(physics.parent, -1);
    CHECK_EQ(broad.bytes, 200032);
    CHECK_EQ(broad.count, 2);
    CHECK_EQ(broad.level, 1);
    CHECK_EQ(broad.parent, 0);
    CHECK_EQ(render.bytes, 16);
    CHECK_EQ(render.open, 0);
    fa_phase_stats by_index = FA_PHASE_STATS_INIT;
    CHECK_EQ(fa_phase_at(a, FA_PHASES_LAST, 1, &by_index), FA_OK);
    CHECK_TEXT(by_index.name, "broad");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_count(a, FA_PHASES_LAST), 3);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_phase_count(a, FA_PHASES_LAST), 0);
    fa_allocator_release(a);
}

static void entering_again_adds_up(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    char name[8] = "job";
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(fa_phase_begin(a, name), FA_OK);
        memset(name, 'x', 3);
        CHECK(fa_frame_alloc(a, 32, 16) != NULL);
        CHECK_EQ(fa_phase_end(a), FA_OK);
        memcpy(name, "job", 3);
    }
    fa_phase_stats job = find(a, FA_PHASES_RUNNING, "job");
    CHECK_EQ(fa_phase_count(a, FA_PHASES_RUNNING), 1);
    CHECK_EQ(job.entered, 10);
    CHECK_EQ(job.bytes, 320);
    CHECK_EQ(job.count, 10);
    CHECK_EQ(job.peak_bytes, 32);
    /* The same name inside another phase is another phase. */
    CHECK_EQ(fa_phase_begin(a, "outer"), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "job"), FA_OK);
    CHECK_EQ(fa_phase_count(a, FA_PHASES_RUNNING), 3);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

/* Bytes are what was taken, the peak is what was in use at once. */
static void rollbacks_show_in_the_peak(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "outer"), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "try"), FA_OK);
    fa_checkpoint point = fa_frame_checkpoint(a);
    size_t record = fa_frame_used(a);
    CHECK(fa_frame_alloc(a, 300000, 16) != NULL);
    CHECK_EQ(fa_frame_rollback(a, point), FA_OK);
    CHECK(fa_frame_alloc(a, 160, 16) != NULL);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    fa_phase_stats tried = find(a, FA_PHASES_RUNNING, "try");
    CHECK_EQ(tried.bytes, record + 300000 + 160);
    CHECK_EQ(tried.count, 2);
    CHECK_EQ(tried.peak_bytes, record + 300000);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(find(a, FA_PHASES_RUNNING, "outer").peak_bytes, record + 300000);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void time_passes_in_a_phase(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    FA_PHASE_SCOPE (a, "sleep") {
        const struct timespec pause = {0, 2000000};
        (void)nanosleep(&pause, NULL);
    }
    CHECK(find(a, FA_PHASES_RUNNING, "sleep").nanoseconds >= 2000000);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void phases_left_open_end_with_the_frame(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "one"), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "two"), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&c), 7);
    CHECK(strstr(c.note, "two") != NULL);
    CHECK_EQ(fa_phase_depth(a), 0);
    CHECK_EQ(find(a, FA_PHASES_LAST, "one").bytes, 64);
    CHECK_EQ(find(a, FA_PHASES_LAST, "two").open, 0);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    CHECK_EQ(fa_phase_begin(a, "early"), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&c), 1);
    CHECK_EQ(fa_phase_end(a), FA_ERROR_UNBALANCED);
    CHECK_EQ(capture_code(&c), 8);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_phase_begin(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_phase_begin(a, ""), FA_ERROR_INVALID_ARGUMENT);
    char name[FA_PHASE_NAME_MAX + 2];
    memset(name, 'p', sizeof name);
    name[sizeof name - 1] = 0;
    CHECK_EQ(fa_phase_begin(a, name), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_phase_begin(a, name + 1), FA_OK);
    for (int i = 1; i < FA_PHASE_DEPTH_MAX; i++)
        CHECK_EQ(fa_phase_begin(a, "deep"), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "deep"), FA_ERROR_DEPTH);
    for (int i = 0; i < FA_PHASE_DEPTH_MAX; i++)
        CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_phase_end(a), FA_ERROR_UNBALANCED);
    fa_phase_stats stats = FA_PHASE_STATS_INIT;
    CHECK_EQ(fa_phase_find(a, FA_PHASES_RUNNING, "nobody", &stats), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_phase_find(a, FA_PHASES_RUNNING, NULL, &stats), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_phase_at(a, 7, 0, &stats), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_phase_at(a, FA_PHASES_RUNNING, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    stats.struct_size = 1;
    CHECK_EQ(fa_phase_at(a, FA_PHASES_RUNNING, 0, &stats), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_phase_begin(NULL, "x"), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_phase_end(NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_phase_depth(NULL), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(phases_tell_what_they_took), CASE(entering_again_adds_up), CASE(rollbacks_show_in_the_peak),
           CASE(time_passes_in_a_phase), CASE(phases_left_open_end_with_the_frame), CASE(bad_input_is_refused))
