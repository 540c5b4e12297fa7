/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Promotion: lighting of a region is computed into frame memory when it is asked for. A region that was asked for in
 * four frames in a row is hot: its result is promoted to the pool and used from there until it has gone cold.
 */
#include <framealloc/framealloc.h>
#include <math.h>
#include <stdio.h>

enum { REGIONS = 64, PROBES = 48, FRAMES = 300, HOT = 4, COLD = 20, SEEN = 5 };

struct lighting {
    float probes[PROBES];
};

struct region {
    struct lighting *kept; /* In the pool, while it is hot. */
    uint32_t in_a_row, last_frame;
};

struct world {
    fa_allocator *allocator;
    struct region regions[REGIONS];
    uint32_t waiting[SEEN], waiting_count; /* Regions retained in this frame, in order. */
    uint32_t computed, reused, promoted, cooled;
};

static void compute(struct lighting *lighting, uint32_t region)
{
    for (uint32_t i = 0; i < PROBES; i++)
        lighting->probes[i] = 0.5f + 0.5f * sinf((float)(region * PROBES + i));
}

static const struct lighting *light(struct world *world, uint32_t number, uint32_t frame)
{
    struct region *region = &world->regions[number];
    fa_retention how = FA_RETENTION_INIT;
    region->in_a_row = region->last_frame + 1 == frame ? region->in_a_row + 1 : 1;
    region->last_frame = frame;
    if (region->kept != NULL) {
        world->reused++;
        return region->kept;
    }
    how.type_name = "lighting";
    how.policy = FA_RETAIN_TO_POOL;
    struct lighting *lighting = fa_frame_new(world->allocator, struct lighting, 1);
    if (lighting == NULL)
        return NULL;
    if (region->in_a_row >= HOT && fa_frame_retain(world->allocator, lighting, sizeof *lighting, 16, &how) == FA_OK)
        world->waiting[world->waiting_count++] = number;
    compute(lighting, number);
    world->computed++;
    return lighting;
}

static int end_frame(struct world *world, uint32_t frame)
{
    fa_promotion promotions[SEEN];
    size_t count = 0;
    if (fa_frame_end_with_promotions(world->allocator, promotions, SEEN, &count, NULL) != FA_OK)
        return 0;
    for (size_t i = 0; i < count; i++) { /* A promotion that failed leaves NULL: the region is computed again. */
        world->regions[world->waiting[i]].kept = promotions[i].after;
        world->promoted += promotions[i].after != NULL;
    }
    for (struct region *region = world->regions; region < world->regions + REGIONS; region++)
        if (region->kept != NULL && region->last_frame + COLD < frame) {
            world->cooled += fa_release(world->allocator, region->kept) == FA_OK;
            region->kept = NULL;
        }
    world->waiting_count = 0;
    return 1;
}

int main(void)
{
    static struct world world;
    uint32_t wrong = 0, left = 0;
    world.allocator = fa_allocator_create(NULL);
    for (uint32_t frame = 1; frame <= FRAMES; frame++) {
        fa_frame_begin(world.allocator);
        for (uint32_t i = 0; i < SEEN; i++) {
            uint32_t number = (i == 0 ? frame * 37 : frame / 12 + i) % REGIONS; /* A glance, and where the camera is. */
            const struct lighting *lighting = light(&world, number, frame);
            struct lighting expected;
            compute(&expected, number);
            wrong += lighting == NULL || lighting->probes[PROBES - 1] < expected.probes[PROBES - 1] ||
                     lighting->probes[PROBES - 1] > expected.probes[PROBES - 1];
        }
        wrong += !end_frame(&world, frame);
    }
    for (int i = 0; i < REGIONS; i++)
        if (world.regions[i].kept != NULL)
            left += fa_release(world.allocator, world.regions[i].kept) == FA_OK;
    wrong += world.computed + world.reused != FRAMES * SEEN || world.promoted != world.cooled + left || left == 0;
    wrong += world.reused < world.computed || world.cooled == 0;
    printf("%d requests: %u computed, %u from the pool; %u promoted, %u gone cold\n", FRAMES * SEEN, world.computed,
           world.reused, world.promoted, world.cooled);
    fa_allocator_release(world.allocator);
    return wrong != 0;
}
