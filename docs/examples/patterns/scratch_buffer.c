/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Scratch buffers of a physics step: the grid, the sorted bodies and the contacts of a step are frame memory. Contacts
 * are taken for a bad case, and what was not needed is given back at once.
 */
#include <framealloc/framealloc.h>
#include <stdio.h>

enum { BODIES = 600, SIDE = 32, CELLS = SIDE * SIDE, CONTACTS_MAX = BODIES * 16, STEPS = 60 };

struct body {
    float x, y, vx, vy;
};

struct contact {
    uint32_t first, second;
    float depth;
};

static float random_unit(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (float)(*state >> 8) / 16777216.0f;
}

static int clamp(int cell)
{
    return cell < 0 ? 0 : cell >= SIDE ? SIDE - 1 : cell;
}

static int cell_of(const struct body *body)
{
    return clamp((int)body->y) * SIDE + clamp((int)body->x);
}

static float depth_of(const struct body *p, const struct body *q)
{
    float dx = p->x - q->x, dy = p->y - q->y;
    return 1 - dx * dx - dy * dy;
}

/* Sorts the bodies into cells by counting, then tests each with those in the cells around it. */
static struct contact *find_contacts(fa_allocator *a, const struct body *bodies, size_t *count)
{
    uint32_t *begin = fa_frame_new_zeroed(a, uint32_t, CELLS + 1), *order = fa_frame_new(a, uint32_t, BODIES);
    struct contact *contacts = fa_frame_new(a, struct contact, CONTACTS_MAX);
    *count = 0;
    if (begin == NULL || order == NULL || contacts == NULL)
        return NULL;
    for (uint32_t i = 0; i < BODIES; i++)
        begin[cell_of(&bodies[i])]++;
    for (int cell = 0; cell < CELLS; cell++)
        begin[cell + 1] += begin[cell];
    for (uint32_t i = 0; i < BODIES; i++)
        order[--begin[cell_of(&bodies[i])]] = i;
    for (uint32_t i = 0; i < BODIES; i++) {
        int column = clamp((int)bodies[i].x), row = clamp((int)bodies[i].y);
        for (int y = clamp(row - 1); y <= clamp(row + 1); y++) {
            uint32_t end = begin[y * SIDE + clamp(column + 1) + 1];
            for (uint32_t k = begin[y * SIDE + clamp(column - 1)]; k < end && *count < CONTACTS_MAX; k++) {
                float depth = depth_of(&bodies[i], &bodies[order[k]]);
                if (order[k] > i && depth > 0)
                    contacts[(*count)++] = (struct contact){i, order[k], depth};
            }
        }
    }
    return fa_frame_realloc(a, contacts, CONTACTS_MAX * sizeof *contacts, *count * sizeof *contacts, 16);
}

static size_t count_all_pairs(const struct body *bodies)
{
    size_t count = 0;
    for (int i = 0; i < BODIES; i++)
        for (int j = i + 1; j < BODIES; j++)
            count += depth_of(&bodies[i], &bodies[j]) > 0;
    return count;
}

int main(void)
{
    static struct body bodies[BODIES];
    fa_allocator *a = fa_allocator_create(NULL);
    uint32_t seed = 1;
    size_t contacts = 0, most_bytes = 0, wrong = 0;
    for (int i = 0; i < BODIES; i++)
        bodies[i] = (struct body){SIDE * random_unit(&seed), SIDE * random_unit(&seed), 1, random_unit(&seed)};
    for (int step = 0; step < STEPS; step++) {
        size_t count = 0;
        fa_frame_begin(a);
        const struct contact *found = find_contacts(a, bodies, &count);
        wrong += found == NULL || count != count_all_pairs(bodies) || fa_frame_used(a) >= CONTACTS_MAX * sizeof *found;
        for (size_t i = 0; found != NULL && i < count; i++) {
            struct body *p = &bodies[found[i].first], *q = &bodies[found[i].second];
            float push = p->x < q->x ? 0.1f * found[i].depth : -0.1f * found[i].depth;
            p->x -= push;
            q->x += push;
        }
        for (int i = 0; i < BODIES; i++) {
            bodies[i].x += bodies[i].vx / 60;
            bodies[i].y += bodies[i].vy / 60;
        }
        contacts += count;
        most_bytes = fa_frame_used(a) > most_bytes ? fa_frame_used(a) : most_bytes;
        fa_frame_end(a);
    }
    printf("%d steps of %d bodies: %zu contacts, at most %zu bytes in a frame\n", STEPS, BODIES, contacts, most_bytes);
    fa_allocator_release(a);
    return wrong != 0;
}
