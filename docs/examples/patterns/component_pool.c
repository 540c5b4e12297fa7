/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Component pools: entities name their components by ids. A component never moves, a pool is gone over in the order of
 * memory, and an id that outlived its component is refused instead of meeting another one.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>

enum { SHIPS = 2000, FRAMES = 90 };

struct transform {
    float x, y, heading;
};

struct motion {
    fa_object_id transform;
    float vx, vy, fuel;
};

struct ship {
    fa_object_id transform, motion, target;
};

FA_OBJECT_POOL_DEFINE(transforms, struct transform)
FA_OBJECT_POOL_DEFINE(motions, struct motion)
FA_OBJECT_POOL_DEFINE(ships, struct ship)

struct world {
    fa_object_pool *transforms, *motions, *ships;
};

static fa_object_id spawn(struct world *world, uint32_t number, fa_object_id target)
{
    fa_object_id id = 0;
    struct ship *ship = ships_take(world->ships, &id);
    if (ship == NULL)
        return 0;
    struct transform *transform = transforms_take(world->transforms, &ship->transform);
    struct motion *motion = motions_take(world->motions, &ship->motion);
    ship->target = target;
    if (transform != NULL)
        *transform = (struct transform){(float)(number % 50), (float)(number / 50), 0};
    if (motion != NULL)
        *motion = (struct motion){ship->transform, 1, 0.5f, (float)(20 + number % 100)};
    return transform != NULL && motion != NULL ? id : 0;
}

static int despawn(struct world *world, fa_object_id id)
{
    struct ship ship = *ships_get(world->ships, id);
    return fa_object_pool_give(world->motions, ship.motion) == FA_OK &&
           fa_object_pool_give(world->transforms, ship.transform) == FA_OK &&
           fa_object_pool_give(world->ships, id) == FA_OK;
}

/* The system that moves things knows nothing of ships. */
static void move_all(struct world *world, float seconds)
{
    uint64_t cursor = 0;
    struct motion *motion;
    while ((motion = motions_next(world->motions, &cursor, NULL)) != NULL) {
        struct transform *transform = transforms_get(world->transforms, motion->transform);
        transform->x += motion->vx * seconds;
        transform->y += motion->vy * seconds;
        motion->fuel -= 1;
    }
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct world world = {transforms_create(a, 0), motions_create(a, 0), ships_create(a, SHIPS)};
    fa_object_id previous = 0, first = 0;
    uint32_t wrong = 0, lost = 0;
    for (uint32_t i = 0; i < SHIPS; i++, first = first == 0 ? previous : first)
        previous = spawn(&world, i, previous);
    const struct transform *address = transforms_get(world.transforms, ships_get(world.ships, first)->transform);
    wrong += ships_take(world.ships, NULL) != NULL || fa_last_status() != FA_ERROR_FULL;
    for (int frame = 0; frame < FRAMES; frame++) {
        uint64_t cursor = 0;
        fa_object_id id = 0;
        struct ship *ship;
        move_all(&world, 1.0f / 60);
        while ((ship = ships_next(world.ships, &cursor, &id)) != NULL) {
            const struct motion *motion = motions_get(world.motions, ship->motion);
            if (id != first && motion->fuel <= 0)
                wrong += !despawn(&world, id);
        }
    }
    uint64_t cursor = 0;
    struct ship *ship;
    while ((ship = ships_next(world.ships, &cursor, NULL)) != NULL)
        if (ship->target != 0 && ships_get(world.ships, ship->target) == NULL)
            lost++; /* The target is gone; its id says so. */
    uint32_t left = fa_object_pool_count(world.ships);
    wrong += ships_get(world.ships, first) == NULL || left == SHIPS || lost == 0;
    wrong += left != fa_object_pool_count(world.motions) || left != fa_object_pool_count(world.transforms);
    wrong += transforms_get(world.transforms, ships_get(world.ships, first)->transform) != address;
    wrong += address->x < 1.49f || address->x > 1.51f;
    printf("%d ships spawned, %u left after %d frames, %u without their target\n", SHIPS, left, FRAMES, lost);
    wrong += fa_object_pool_destroy(world.ships) != FA_OK || fa_object_pool_destroy(world.motions) != FA_OK ||
             fa_object_pool_destroy(world.transforms) != FA_OK;
    fa_allocator_release(a);
    return wrong != 0;
}
