/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Tags: whose memory it is. Each part of the game runs under its name, and a table tells what each takes, although
 * none of the functions that allocate knows of tags.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

enum { AGENTS = 200, GRID = 64, FRAMES = 30 };

struct agent {
    uint32_t x, y, goal;
    char name[32];
};

/* Flood fill from a goal: distances to it, in frame memory. */
static uint16_t *distances_to(fa_allocator *a, uint32_t goal)
{
    uint16_t *distance = fa_frame_new(a, uint16_t, GRID * GRID);
    uint32_t *open = fa_frame_new(a, uint32_t, GRID * GRID), first = 0, last = 1;
    if (distance == NULL || open == NULL)
        return NULL;
    memset(distance, 0xff, GRID * GRID * sizeof *distance);
    open[0] = goal;
    distance[goal] = 0;
    while (first < last) {
        uint32_t cell = open[first++], x = cell % GRID, y = cell / GRID;
        uint32_t next[4] = {x > 0 ? cell - 1 : cell, x + 1 < GRID ? cell + 1 : cell, y > 0 ? cell - GRID : cell,
                            y + 1 < GRID ? cell + GRID : cell};
        for (int i = 0; i < 4; i++)
            if (distance[next[i]] == UINT16_MAX) {
                distance[next[i]] = (uint16_t)(distance[cell] + 1);
                open[last++] = next[i];
            }
    }
    return distance;
}

static uint32_t think(fa_allocator *a, struct agent **agents)
{
    uint32_t steps = 0;
    FA_TAG_SCOPE(a, "ai") {
        const struct agent **sorted = fa_frame_new(a, const struct agent *, AGENTS);
        if (sorted != NULL)
            memcpy(sorted, agents, AGENTS * sizeof *sorted);
        FA_TAG_SCOPE(a, "pathfinding") {
            const uint16_t *distance = distances_to(a, 17 * GRID + 40);
            for (int i = 0; distance != NULL && sorted != NULL && i < AGENTS; i++)
                steps += distance[sorted[i]->y * GRID + sorted[i]->x];
        }
    }
    return steps;
}

static int print_table(fa_allocator *a)
{
    fa_tag tags[16];
    size_t count = 0;
    if (fa_tag_list(a, tags, 16, &count) != FA_OK)
        return 0;
    printf("%-18s %12s %12s %12s\n", "tag", "frame total", "frame peak", "pool live");
    for (size_t i = 0; i < count; i++) {
        fa_tag_stats stats = FA_TAG_STATS_INIT;
        char path[64];
        if (fa_tag_path(a, tags[i], path, sizeof path) == 0 || fa_tag_get_stats(a, tags[i], &stats) != FA_OK)
            return 0;
        printf("%-18s %12llu %12llu %12llu\n", path, (unsigned long long)stats.frame_total_bytes,
               (unsigned long long)stats.frame.peak_bytes, (unsigned long long)stats.pool.live_bytes);
    }
    return 1;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    struct agent *agents[AGENTS];
    uint32_t wrong = 0, steps = 0;
    FA_TAG_SCOPE(a, "level") {
        for (uint32_t i = 0; i < AGENTS; i++) {
            agents[i] = fa_pool_new(a, struct agent);
            if (agents[i] == NULL)
                return 1;
            *agents[i] = (struct agent){i % GRID, i * 7 % GRID, 0, "scout"};
        }
    }
    for (int frame = 0; frame < FRAMES; frame++) {
        fa_frame_begin(a);
        steps += think(a, agents);
        fa_frame_end(a);
    }
    fa_tag_stats path = FA_TAG_STATS_INIT, level = FA_TAG_STATS_INIT;
    wrong += !print_table(a) || steps == 0 || fa_tag_depth(a) != 0;
    wrong += fa_tag_get_stats(a, fa_tag_find(a, "ai::pathfinding"), &path) != FA_OK;
    wrong += fa_tag_get_stats(a, fa_tag_find(a, "level"), &level) != FA_OK;
    wrong += path.frame_total_bytes != (uint64_t)FRAMES * GRID * GRID * 6 || path.frame.live_bytes != 0;
    wrong += level.pool.live_count != AGENTS;
    for (int i = 0; i < AGENTS; i++)
        wrong += fa_release(a, agents[i]) != FA_OK;
    wrong += fa_tag_get_stats(a, level.tag, &level) != FA_OK || level.pool.live_count != 0;
    fa_allocator_release(a);
    return wrong != 0;
}
