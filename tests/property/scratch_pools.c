/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A named scratch pool and a lane's scratch arena against a list of blocks, with scopes, resets and limits. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

enum { BLOCKS = 3000, SCOPES = 8, STEPS = 30000 };

typedef struct block {
    unsigned char *memory;
    size_t size;
    uint64_t key;
} block;

typedef struct model {
    fa_scratch_pool *pool; /* NULL for the lane */
    block blocks[BLOCKS];
    size_t count;
    struct {
        fa_scratch_scope scope;
        size_t count;
    } scopes[SCOPES];
    size_t open;
} model;

static fa_allocator *a;
static model models[2];
static dice d;

static void add(model *m)
{
    if (m->count == BLOCKS)
        return;
    size_t size = dice_size(&d, 17) + 1;
    size_t align = (size_t)1 << dice_below(&d, 9);
    unsigned char *memory = m->pool != NULL ? fa_scratch_pool_alloc(m->pool, size, align) : fa_scratch_alloc(a, size, align);
    REQUIRE(memory != NULL && aligned_to(memory, align));
    block b = {memory, size, dice_next(&d)};
    pattern_fill(memory, size, b.key);
    m->blocks[m->count++] = b;
}

static void look(const model *m)
{
    uint64_t least = 0;
    for (size_t i = 0; i < m->count; i++) {
        CHECK(pattern_holds(m->blocks[i].memory, m->blocks[i].size, m->blocks[i].size, m->blocks[i].key));
        least += m->blocks[i].size;
    }
    if (m->pool == NULL) {
        CHECK(fa_scratch_used(a) >= least);
        return;
    }
    fa_scratch_pool_stats stats = FA_SCRATCH_POOL_STATS_INIT;
    CHECK_EQ(fa_scratch_pool_get_stats(m->pool, &stats), FA_OK);
    CHECK_EQ(stats.blocks.live_count, m->count);
    CHECK(stats.blocks.live_bytes >= least && stats.reserved_bytes >= stats.blocks.live_bytes);
    CHECK_EQ(stats.scopes, m->open);
    check_intent_adds_up(&stats.blocks);
}

static void open_scope(model *m)
{
    if (m->open == SCOPES)
        return;
    fa_scratch_scope *scope = &m->scopes[m->open].scope;
    CHECK_EQ(m->pool != NULL ? fa_scratch_pool_scope_begin(m->pool, scope) : fa_scratch_scope_begin(a, scope), FA_OK);
    m->scopes[m->open++].count = m->count;
}

static void close_scope(model *m)
{
    if (m->open == 0)
        return;
    if (m->open > 1)
        CHECK_EQ(fa_scratch_scope_end(&m->scopes[m->open - 2].scope), FA_ERROR_UNBALANCED);
    look(m);
    CHECK_EQ(fa_scratch_scope_end(&m->scopes[--m->open].scope), FA_OK);
    m->count = m->scopes[m->open].count;
}

static void reset(model *m)
{
    look(m);
    CHECK_EQ(m->pool != NULL ? fa_scratch_pool_reset(m->pool) : fa_scratch_reset(a), FA_OK);
    for (size_t i = 0; i < m->open; i++)
        CHECK_EQ(fa_scratch_scope_end(&m->scopes[i].scope), FA_ERROR_STALE);
    m->count = 0;
    m->open = 0;
}

static void scratch_holds_what_the_model_holds(void)
{
    d.state = dice_seed();
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    models[0].pool = fa_scratch_pool_get(a, "model");
    for (size_t i = 0; i < STEPS && atomic_load(&check_failures) == 0; i++) {
        model *m = &models[dice_below(&d, 2)];
        size_t choice = dice_below(&d, 1000);
        if (choice < 700)
            add(m);
        else if (choice < 830)
            open_scope(m);
        else if (choice < 990)
            close_scope(m);
        else if (choice < 994)
            reset(m);
        else
            look(m);
    }
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.scratch.live_count, models[0].count + models[1].count);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(scratch_holds_what_the_model_holds))
