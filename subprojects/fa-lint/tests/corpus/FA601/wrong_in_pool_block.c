/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <framealloc/framealloc.h>
#include <stdio.h>

struct entity {
    const char *name;
    int health;
};

struct entity *spawn(fa_allocator *a, int number)
{
    struct entity *entity = fa_pool_new(a, struct entity);
    if (entity == NULL)
        return NULL;
    entity->health = 100;
    fa_frame_begin(a);
    entity->name = fa_frame_printf(a, NULL, "entity %d", number); // expect: FA601
    fa_frame_end(a);
    return entity;
}
