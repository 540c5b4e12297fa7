/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The simulation in C: see README.md. */
#include <framealloc/framealloc.h>

#include <inttypes.h>
#include <stdio.h>

enum { FRAMES = 120, BODIES = 256, ENTITIES_MAX = 16 };

typedef struct entity {
    int32_t born;
    int32_t health;
} entity;

FA_OBJECT_POOL_DEFINE(entities, entity)

static void silent(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

static double physics(fa_allocator *a, int frame)
{
    double sum = 0;
    FA_TAG_SCOPE(a, "physics") {
        float *bodies = fa_frame_new(a, float, BODIES);
        for (int i = 0; bodies != NULL && i < BODIES; i++) {
            bodies[i] = (float)frame * 0.25f + (float)i;
            sum += (double)bodies[i];
        }
    }
    return sum;
}

static void particles(fa_allocator *a, int frame)
{
    FA_TAG_SCOPE(a, "particles") {
        for (int i = 0; i < frame % 50; i++)
            (void)!fa_frame_alloc(a, 48, 16);
    }
}

/* A guess that does not work out: what it took is undone. */
static size_t planning(fa_allocator *a)
{
    size_t before = fa_frame_used(a);
    FA_SUBFRAME(a) {
        (void)!fa_frame_alloc(a, 10000, 16);
    }
    return fa_frame_used(a) - before;
}

static void births_and_deaths(fa_object_pool *pool, int frame)
{
    fa_object_id id = 0;
    uint64_t cursor = 0;
    if (frame % 10 == 0) {
        entity *made = entities_take(pool, NULL);
        if (made != NULL)
            *made = (entity){frame, 100};
    }
    for (entity *one; (one = entities_next(pool, &cursor, &id)) != NULL;) {
        if (--one->health == 0 || frame - one->born > 60)
            (void)fa_object_pool_give(pool, id);
    }
}

static void report_level(fa_allocator *a)
{
    fa_group level = 0;
    fa_group_stats stats = FA_GROUP_STATS_INIT;
    (void)fa_group_create(a, "level", &level);
    for (size_t i = 1; i <= 10; i++)
        (void)!fa_group_alloc(a, level, i * 100, 16);
    (void)fa_group_get_stats(a, level, &stats);
    printf("level: %" PRIu64 " blocks, %" PRIu64 " bytes\n", stats.count, stats.bytes);
    (void)fa_group_destroy(a, level);
}

static uint64_t taken_by(fa_allocator *a, const char *path)
{
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    (void)fa_tag_get_stats(a, fa_tag_get(a, path), &stats);
    return stats.frame_total_bytes;
}

static void report_refusal(fa_allocator *a)
{
    (void)fa_frame_begin(a);
    FA_TAG_SCOPE(a, "particles") {
        if (fa_frame_alloc(a, 100000, 16) == NULL)
            printf("100000 bytes of particles: status %d\n", fa_last_status());
    }
    (void)fa_frame_end(a);
}

int main(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = (size_t)1 << 20;
    fa_allocator *a = fa_allocator_create(&config);
    fa_object_pool *pool = entities_create(a, ENTITIES_MAX);
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 65536;
    if (pool == NULL || fa_budget_set_tag(a, fa_tag_get(a, "particles"), &budget) != FA_OK)
        return 1;
    (void)fa_diagnostic_set_sink(a, silent, NULL);

    double sum = 0;
    size_t undone = 0;
    for (int frame = 1; frame <= FRAMES; frame++) {
        (void)fa_frame_begin(a);
        sum += physics(a, frame);
        particles(a, frame);
        undone += planning(a);
        births_and_deaths(pool, frame);
        (void)fa_frame_end(a);
    }

    printf("%d frames, sum %.1f, %zu bytes left of planning\n", FRAMES, sum, undone);
    printf("physics %" PRIu64 " bytes, particles %" PRIu64 " bytes\n", taken_by(a, "physics"), taken_by(a, "particles"));
    printf("%" PRIu32 " entities\n", fa_object_pool_count(pool));
    report_level(a);
    report_refusal(a);
    (void)fa_object_pool_destroy(pool);
    fa_stats stats = FA_STATS_INIT;
    (void)fa_allocator_stats(a, &stats);
    printf("left: %" PRIu64 " frame bytes, %" PRIu64 " heap blocks\n", stats.frame.live_bytes, stats.heap.live_count);
    fa_allocator_release(a);
    return 0;
}
