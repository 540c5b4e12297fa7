/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Recovery: a plan of the whole map is tried first. If the frame has no room for it, everything it had taken is rolled
 * back in one step, wherever it failed, and a coarser plan is tried, and a coarser one after that.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

enum { MAP = 512, FRAMES = 32 };

struct plan {
    uint32_t scale, side, length;
    uint32_t *cost;
    uint32_t *path;
};

static int blocked(uint32_t x, uint32_t y)
{
    return y % 64 >= 32 && y % 64 < 40 && (y / 64 % 2 == 0 ? x < MAP - 64 : x >= 64); /* Long walls, one gap each. */
}

/* Breadth first over cells of scale by scale, from one corner to the other; false if the frame has no room left. */
static int search(fa_allocator *a, struct plan *plan)
{
    uint32_t side = plan->side, cells = side * side, first = 0, last = 1;
    plan->cost = fa_frame_try_alloc(a, cells * sizeof(uint32_t), 16);
    uint32_t *from = fa_frame_try_alloc(a, cells * sizeof(uint32_t), 16);
    uint32_t *open = fa_frame_try_alloc(a, cells * sizeof(uint32_t), 16);
    if (plan->cost == NULL || from == NULL || open == NULL)
        return 0;
    memset(plan->cost, 0xff, cells * sizeof(uint32_t));
    plan->cost[0] = open[0] = from[0] = 0;
    while (first < last) {
        uint32_t cell = open[first++], x = cell % side, y = cell / side;
        uint32_t next[4] = {x > 0 ? cell - 1 : cell, x + 1 < side ? cell + 1 : cell, y > 0 ? cell - side : cell,
                            y + 1 < side ? cell + side : cell};
        for (int i = 0; i < 4; i++) {
            x = next[i] % side * plan->scale;
            y = next[i] / side * plan->scale;
            if (plan->cost[next[i]] != UINT32_MAX || blocked(x, y))
                continue;
            plan->cost[next[i]] = plan->cost[cell] + 1;
            from[next[i]] = cell;
            open[last++] = next[i];
        }
    }
    plan->length = plan->cost[cells - 1];
    plan->path = plan->length == UINT32_MAX ? NULL : fa_frame_try_alloc(a, (plan->length + 1) * sizeof(uint32_t), 16);
    for (uint32_t i = plan->length + 1, cell = cells - 1; plan->path != NULL && i-- > 0; cell = from[cell])
        plan->path[i] = cell;
    return plan->path != NULL;
}

static int make_plan(fa_allocator *a, struct plan *plan, uint32_t *attempts)
{
    size_t before = fa_frame_used(a);
    for (uint32_t scale = 1; scale <= 8; scale *= 2) {
        ++*attempts;
        FA_SPECULATIVE(a, attempt) {
            *plan = (struct plan){.scale = scale, .side = MAP / scale};
            if (search(a, plan))
                return fa_speculation_keep(&attempt) == FA_OK;
        }
        if (fa_frame_used(a) != before)
            return 0; /* Never: of an attempt that failed nothing is left. */
    }
    return 0;
}

int main(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 4 << 20;
    fa_allocator *a = fa_allocator_create(&config);
    uint32_t wrong = 0, attempts = 0, of_scale[9] = {0};
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        size_t others = (size_t)frame << 17; /* What the rest of the game has taken by now. */
        struct plan plan = {0};
        fa_frame_begin(a);
        unsigned char *world = fa_frame_alloc(a, others + 1, 16);
        if (world == NULL)
            return 1;
        memset(world, 0x5a, others + 1);
        wrong += !make_plan(a, &plan, &attempts);
        uint32_t cells = plan.side * plan.side;
        for (uint32_t i = 0; plan.path != NULL && i <= plan.length; i++)
            wrong += blocked(plan.path[i] % plan.side * plan.scale, plan.path[i] / plan.side * plan.scale) != 0;
        wrong += plan.path == NULL || plan.path[0] != 0 || plan.path[plan.length] != cells - 1;
        wrong += world[0] != 0x5a || world[others] != 0x5a; /* What was there before has not been touched. */
        of_scale[plan.scale]++;
        fa_frame_end(a);
    }
    wrong += of_scale[1] == 0 || of_scale[2] == 0;
    printf("%d plans in %u attempts: %u with the cells of the map, %u with 2 by 2 as one, %u 4 by 4, %u 8 by 8\n",
           FRAMES, attempts, of_scale[1], of_scale[2], of_scale[4], of_scale[8]);
    fa_allocator_release(a);
    return wrong != 0;
}
