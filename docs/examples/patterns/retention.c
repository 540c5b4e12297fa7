/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Retention: a navigation mesh is built in frame memory, with all its temporary arrays. What shall stay is marked, and
 * the end of the frame copies it to the heap, just as long as it turned out to be.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 96 };

struct area {
    uint16_t x, y, width, height;
};

struct link {
    uint32_t from, to;
};

static int walkable(int x, int y)
{
    return x % 12 != 0 || y % 16 == 5 || y % 16 == 6; /* Walls with doors. */
}

static int is_free(const uint32_t *owner, int x, int y)
{
    return x < SIDE && y < SIDE && owner[y * SIDE + x] == 0 && walkable(x, y);
}

/* Covers the walkable cells with rectangles; owner receives the number of each cell's, from 1. */
static uint32_t cover(uint32_t *owner, struct area *areas)
{
    uint32_t count = 0;
    for (int cell = 0; cell < SIDE * SIDE; cell++) {
        int x = cell % SIDE, y = cell / SIDE, width = 0, height = 1, k = 0;
        while (is_free(owner, x + width, y))
            width++;
        for (; width != 0; height++) {
            for (k = 0; k < width && is_free(owner, x + k, y + height); k++)
                continue;
            if (k < width)
                break;
        }
        if (width == 0)
            continue;
        areas[count++] = (struct area){(uint16_t)x, (uint16_t)y, (uint16_t)width, (uint16_t)height};
        for (int i = 0; i < width * height; i++)
            owner[(y + i / width) * SIDE + x + i % width] = count;
    }
    return count;
}

static uint32_t connect(const uint32_t *owner, struct link *links)
{
    uint32_t count = 0;
    for (int cell = 0; cell < SIDE * (SIDE - 1) - 1; cell++)
        for (int next = 0; next < 2; next++) {
            struct link link = {owner[cell], owner[next == 0 && cell % SIDE + 1 < SIDE ? cell + 1 : cell + SIDE]};
            if (link.from != 0 && link.to != 0 && link.from != link.to &&
                (count == 0 || memcmp(&links[count - 1], &link, sizeof link) != 0))
                links[count++] = link;
        }
    return count;
}

static int keep(fa_allocator *a, void *block, size_t size, const char *type_name)
{
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    how.type_name = type_name;
    return fa_frame_retain(a, block, size, 8, &how) == FA_OK;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_promotion kept[2];
    fa_promotion_summary sum = FA_PROMOTION_SUMMARY_INIT;
    uint32_t *owner, area_count, link_count, wrong = 0, covered = 0, expected = 0;
    struct area *areas;
    struct link *links;
    size_t count = 0;
    fa_frame_begin(a);
    owner = fa_frame_new_zeroed(a, uint32_t, SIDE * SIDE);
    areas = fa_frame_new(a, struct area, SIDE * SIDE);
    links = fa_frame_new(a, struct link, SIDE * SIDE * 2);
    if (owner == NULL || areas == NULL || links == NULL)
        return 1;
    area_count = cover(owner, areas);
    link_count = connect(owner, links);
    size_t used = fa_frame_used(a);
    wrong += !keep(a, areas, area_count * sizeof *areas, "area") || !keep(a, links, link_count * sizeof *links, "link");
    wrong += fa_frame_end_with_promotions(a, kept, 2, &count, &sum) != FA_OK || count != 2 || sum.failed.count != 0;
    areas = kept[0].after; /* In the order in which they were retained. */
    links = kept[1].after;
    for (uint32_t i = 0; i < area_count; i++)
        covered += (uint32_t)areas[i].width * areas[i].height;
    for (int cell = 0; cell < SIDE * SIDE; cell++)
        expected += (uint32_t)walkable(cell % SIDE, cell / SIDE);
    for (uint32_t i = 0; i < link_count; i++)
        wrong += links[i].from > area_count || links[i].to > area_count;
    wrong += covered != expected || sum.to_heap.bytes != area_count * sizeof *areas + link_count * sizeof *links;
    printf("%u cells in %u areas with %u links: %zu bytes to build, %llu kept\n", covered, area_count, link_count, used,
           (unsigned long long)sum.to_heap.bytes);
    wrong += fa_release(a, areas) != FA_OK || fa_release(a, links) != FA_OK;
    fa_allocator_release(a);
    return wrong != 0;
}
