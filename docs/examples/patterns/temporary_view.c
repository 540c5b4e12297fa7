/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Temporary views: culling and sorting work on one frame array, and every stage hands on a slice of it. Nothing is
 * copied. A view knows its frame, so that one kept too long is found out.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>
#include <stdlib.h>

enum { OBJECTS = 5000, TRANSPARENT = 1 };

struct draw {
    uint32_t object;
    uint16_t material, flags;
    float distance;
};

struct view {
    struct draw *first;
    size_t count;
    const uint64_t *epoch;
    uint64_t made_at; /* Value of the epoch. */
};

static struct view slice(struct view of, size_t from, size_t count)
{
    return (struct view){of.first + from, count, of.epoch, of.made_at};
}

static size_t is_current(struct view view)
{
    return *view.epoch == view.made_at;
}

static int in_sight(const struct draw *draw)
{
    return draw->distance < 300.0f;
}

static int is_opaque(const struct draw *draw)
{
    return (draw->flags & TRANSPARENT) == 0;
}

/* Moves what passes to the front and returns how many that are. */
static size_t partition(struct view view, int (*passes)(const struct draw *))
{
    size_t passed = 0;
    for (size_t i = 0; i < view.count; i++) {
        struct draw draw = view.first[i];
        if (!passes(&draw))
            continue;
        view.first[i] = view.first[passed];
        view.first[passed++] = draw;
    }
    return passed;
}

static int by_material(const void *left, const void *right)
{
    return (int)((const struct draw *)left)->material - (int)((const struct draw *)right)->material;
}

static int far_first(const void *left, const void *right)
{
    const struct draw *p = left, *q = right;
    return (p->distance < q->distance) - (p->distance > q->distance);
}

static struct view all_draws(fa_allocator *a, uint32_t seed)
{
    const uint64_t *epoch = fa_frame_epoch(a);
    struct view all = {fa_frame_new(a, struct draw, OBJECTS), OBJECTS, epoch, *epoch};
    if (all.first == NULL)
        return slice(all, 0, 0);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        seed = seed * 1664525u + 1013904223u;
        all.first[i] = (struct draw){i, (uint16_t)(seed >> 28), (uint16_t)(seed >> 20 & TRANSPARENT),
                                     (float)(seed >> 8 & 0xfffff) / 1048.576f};
    }
    return all;
}

int main(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    fa_frame_begin(a);
    struct view all = all_draws(a, 7);
    size_t before = fa_frame_used(a);
    struct view visible = slice(all, 0, partition(all, in_sight));
    struct view opaque = slice(visible, 0, partition(visible, is_opaque));
    struct view transparent = slice(visible, opaque.count, visible.count - opaque.count);
    qsort(opaque.first, opaque.count, sizeof *opaque.first, by_material);
    qsort(transparent.first, transparent.count, sizeof *transparent.first, far_first);
    size_t wrong = all.count != OBJECTS || fa_frame_used(a) != before || !is_current(opaque);
    for (size_t i = 0; i < opaque.count; i++)
        wrong += !in_sight(&opaque.first[i]) || !is_opaque(&opaque.first[i]) ||
                 (i != 0 && opaque.first[i - 1].material > opaque.first[i].material);
    for (size_t i = 0; i < transparent.count; i++)
        wrong += !in_sight(&transparent.first[i]) || is_opaque(&transparent.first[i]) ||
                 (i != 0 && transparent.first[i - 1].distance < transparent.first[i].distance);
    for (size_t i = visible.count; i < all.count; i++)
        wrong += in_sight(&all.first[i]) != 0;
    printf("%zu draws: %zu opaque, %zu transparent, %zu hidden, %zu bytes for all views\n", all.count, opaque.count,
           transparent.count, all.count - visible.count, fa_frame_used(a));
    fa_frame_end(a);
    wrong += is_current(transparent); /* It must not be followed any more. */
    fa_allocator_release(a);
    return wrong != 0;
}
