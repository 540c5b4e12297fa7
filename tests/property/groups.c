/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Groups against a model that knows every block. */
#include "capture.h"
#include "pattern.h"

enum { GROUPS = 5, BLOCKS = 300, STEPS = 30000 };

typedef struct block {
    unsigned char *memory;
    size_t size;
    uint64_t key;
} block;

typedef struct model {
    fa_group id;
    block blocks[BLOCKS];
    size_t count;
    size_t bytes;
} model;

static fa_allocator *a;
static model models[GROUPS];
static dice d;

static void add(model *m)
{
    if (m->count == BLOCKS)
        return;
    size_t size = dice_size(&d, 17) + 1;
    size_t align = (size_t)1 << dice_below(&d, 10);
    block b = {fa_group_alloc(a, m->id, size, align), size, dice_next(&d)};
    REQUIRE(b.memory != NULL && aligned_to(b.memory, align));
    pattern_fill(b.memory, size, b.key);
    m->blocks[m->count++] = b;
    m->bytes += size;
}

static void drop(model *m)
{
    if (m->count == 0)
        return;
    size_t at = dice_below(&d, m->count);
    block b = m->blocks[at];
    CHECK(pattern_holds(b.memory, b.size, b.size, b.key));
    CHECK_EQ(fa_group_release_block(a, m->id, b.memory), FA_OK);
    m->blocks[at] = m->blocks[--m->count];
    m->bytes -= b.size;
}

static void empty(model *m)
{
    for (size_t i = 0; i < m->count; i++)
        CHECK(pattern_holds(m->blocks[i].memory, m->blocks[i].size, m->blocks[i].size, m->blocks[i].key));
    m->count = m->bytes = 0;
    if (dice_below(&d, 2) == 0) {
        CHECK_EQ(fa_group_free_all(a, m->id), FA_OK);
        return;
    }
    fa_group gone = m->id;
    CHECK_EQ(fa_group_destroy(a, gone), FA_OK);
    CHECK_EQ(fa_group_free_all(a, gone), FA_ERROR_STALE);
    CHECK_EQ(fa_group_create(a, NULL, &m->id), FA_OK);
}

static void look(const model *m)
{
    fa_group_stats stats = FA_GROUP_STATS_INIT;
    CHECK_EQ(fa_group_get_stats(a, m->id, &stats), FA_OK);
    CHECK_EQ(stats.count, m->count);
    CHECK_EQ(stats.bytes, m->bytes);
}

static void groups_hold_what_the_model_holds(void)
{
    d.state = dice_seed();
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    for (size_t i = 0; i < GROUPS; i++)
        REQUIRE(fa_group_create(a, NULL, &models[i].id) == FA_OK);
    for (size_t step = 0; step < STEPS; step++) {
        model *m = &models[dice_below(&d, GROUPS)];
        size_t choice = dice_below(&d, 100);
        if (choice < 60)
            add(m);
        else if (choice < 99)
            drop(m);
        else
            empty(m);
        look(m);
    }
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(groups_hold_what_the_model_holds))
