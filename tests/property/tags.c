/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What tags own against a list of every byte that was taken: frames, looking ahead, scratch, pools and the heap, with
 * nested scopes, rollbacks, early give-backs, held frames, and a hard limit that must hold to the byte. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

enum { TAGS = 6, PIECES = 4096, POINTS = 8, RING = 8, LIMIT = 300000 };

/* Bytes of one arena, oldest first. */
typedef struct pile {
    struct piece {
        int tag;
        uint64_t bytes;
        uint64_t count;
    } pieces[PIECES];
    size_t count;
} pile;

typedef struct point {
    fa_checkpoint id;
    size_t main;
    size_t ahead[RING];
} point;

typedef struct block {
    void *memory;
    uint64_t bytes;
    int tag;
    bool heap;
} block;

static fa_allocator *a;
static dice d;
static fa_tag tags[TAGS + 1]; /* the last is none */
static const int parents[TAGS] = {-1, 0, 1, -1, 3, 0};
static int stack[FA_TAG_DEPTH_MAX];
static int depth;
static pile frame_pile;
static pile ahead_piles[RING];
static pile scratch_pile;
static pile held_pile;
static fa_frame_token token;
static point points[POINTS];
static int open_points;
static block blocks[PIECES];
static size_t block_count;
static bool running;
static uint64_t frame;

static int current(void)
{
    return depth == 0 ? TAGS : stack[depth - 1];
}

static void pile_up(pile *p, uint64_t bytes, uint64_t count)
{
    p->pieces[p->count++] = (struct piece){current(), bytes, count};
}

static void own(const pile *p, int tag, uint64_t *bytes, uint64_t *count)
{
    for (size_t i = 0; i < p->count; i++) {
        *bytes += p->pieces[i].tag == tag ? p->pieces[i].bytes : 0;
        *count += p->pieces[i].tag == tag ? p->pieces[i].count : 0;
    }
}

static bool inside(int tag, int outer)
{
    while (tag >= 0 && tag != outer)
        tag = tag == TAGS ? -1 : parents[tag];
    return tag == outer;
}

static uint64_t own_bytes(int tag)
{
    uint64_t bytes = 0;
    uint64_t count = 0;
    own(&frame_pile, tag, &bytes, &count);
    own(&scratch_pile, tag, &bytes, &count);
    own(&held_pile, tag, &bytes, &count);
    for (int i = 0; i < RING; i++)
        own(&ahead_piles[i], tag, &bytes, &count);
    for (size_t i = 0; i < block_count; i++)
        bytes += blocks[i].tag == tag ? blocks[i].bytes : 0;
    return bytes;
}

static uint64_t nested_bytes(int outer)
{
    uint64_t bytes = 0;
    for (int tag = 0; tag < TAGS; tag++)
        bytes += inside(tag, outer) ? own_bytes(tag) : 0;
    return bytes;
}

/* Tag 0 has the limit. */
static bool allowed(uint64_t bytes)
{
    return current() == TAGS || !inside(current(), 0) || nested_bytes(0) + bytes <= LIMIT;
}

static void look_at(int tag)
{
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, tags[tag], &stats), FA_OK);
    uint64_t frame_bytes = 0;
    uint64_t frame_count = 0;
    uint64_t scratch_bytes = 0;
    uint64_t scratch_count = 0;
    uint64_t block_bytes[2] = {0};
    own(&frame_pile, tag, &frame_bytes, &frame_count);
    own(&held_pile, tag, &frame_bytes, &frame_count);
    for (int i = 0; i < RING; i++)
        own(&ahead_piles[i], tag, &frame_bytes, &frame_count);
    own(&scratch_pile, tag, &scratch_bytes, &scratch_count);
    for (size_t i = 0; i < block_count; i++)
        block_bytes[blocks[i].heap] += blocks[i].tag == tag ? blocks[i].bytes : 0;
    CHECK_EQ(stats.frame.live_bytes, frame_bytes);
    CHECK_EQ(stats.frame.live_count, frame_count);
    CHECK_EQ(stats.scratch.live_bytes, scratch_bytes);
    CHECK_EQ(stats.scratch.live_count, scratch_count);
    CHECK_EQ(stats.pool.live_bytes, block_bytes[0]);
    CHECK_EQ(stats.heap.live_bytes, block_bytes[1]);
    CHECK_EQ(stats.nested_live_bytes, nested_bytes(tag));
    CHECK_EQ(stats.frame.live_count, stats.frame.allocations - stats.frame.frees);
    check_intent_adds_up(&stats.pool);
    check_intent_adds_up(&stats.heap);
}

static void scope(void)
{
    if (depth > 0 && dice_below(&d, 2) == 0) {
        CHECK_EQ(fa_tag_pop(a), FA_OK);
        depth--;
    } else if (depth < 12) {
        int tag = (int)dice_below(&d, TAGS + 1);
        CHECK_EQ(fa_tag_push(a, tags[tag]), FA_OK);
        stack[depth++] = tag;
    }
}

static void take_frame(void)
{
    size_t size = dice_size(&d, 15) + 1;
    uint64_t bytes = (size + 15) / 16 * 16;
    if (!running || frame_pile.count > PIECES - 8)
        return;
    bool fits = allowed(bytes);
    void *memory = fa_frame_try_alloc(a, size, 16);
    CHECK_EQ(memory != NULL, fits);
    if (memory == NULL)
        return;
    pile_up(&frame_pile, bytes, 1);
    if (dice_below(&d, 8) == 0) {
        CHECK_EQ(fa_frame_give_back(a, memory, size), 1);
        frame_pile.count--;
    }
}

static void take_ahead(void)
{
    size_t size = dice_size(&d, 12) + 1;
    uint64_t bytes = (size + 15) / 16 * 16;
    uint32_t frames = (uint32_t)dice_below(&d, RING - 1) + 1;
    pile *p = &ahead_piles[(frame + frames) % RING];
    if (!running || p->count > PIECES - 8)
        return;
    bool fits = allowed(bytes);
    void *memory = fa_frame_alloc_ahead(a, frames, size, 16);
    CHECK_EQ(memory != NULL, fits);
    if (memory != NULL)
        pile_up(p, bytes, 1);
}

static void take_scratch(void)
{
    size_t size = dice_size(&d, 12) + 1;
    uint64_t bytes = (size + 15) / 16 * 16;
    bool fits = allowed(bytes);
    void *memory = fa_scratch_alloc(a, size, 16);
    CHECK_EQ(memory != NULL, fits);
    if (memory != NULL)
        pile_up(&scratch_pile, bytes, 1);
    if (scratch_pile.count > 300) {
        CHECK_EQ(fa_scratch_reset(a), FA_OK);
        scratch_pile.count = 0;
    }
}

static void take_block(void)
{
    if (block_count == 400)
        return;
    bool heap = dice_below(&d, 2) == 0;
    size_t size = dice_size(&d, heap ? 17 : 12) + 1;
    void *memory = heap ? fa_heap_try_alloc(a, size, 16) : fa_pool_try_alloc(a, size, 16);
    if (memory == NULL) {
        CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
        CHECK(!allowed(2 * size + 70000));
        return;
    }
    uint64_t bytes = fa_usable_size(a, memory);
    CHECK(allowed(bytes));
    blocks[block_count++] = (block){memory, bytes, current(), heap};
}

static void drop_block(void)
{
    if (block_count == 0)
        return;
    size_t at = dice_below(&d, block_count);
    CHECK_EQ(fa_release(a, blocks[at].memory), FA_OK);
    blocks[at] = blocks[--block_count];
}

static void mark(void)
{
    if (!running || open_points == POINTS)
        return;
    point *p = &points[open_points];
    p->main = frame_pile.count;
    for (int i = 0; i < RING; i++)
        p->ahead[i] = ahead_piles[i].count;
    size_t before = fa_frame_used(a);
    p->id = fa_frame_checkpoint(a);
    if (p->id == 0)
        return;
    pile_up(&frame_pile, fa_frame_used(a) - before, 0);
    open_points++;
}

static void undo(void)
{
    if (open_points == 0)
        return;
    int which = (int)dice_below(&d, (size_t)open_points);
    const point *p = &points[which];
    if (dice_below(&d, 3) == 0) {
        CHECK_EQ(fa_frame_commit(a, p->id), FA_OK);
    } else {
        CHECK_EQ(fa_frame_rollback(a, p->id), FA_OK);
        frame_pile.count = p->main;
        for (int i = 0; i < RING; i++)
            ahead_piles[i].count = p->ahead[i];
    }
    open_points = which;
}

static void end_frame(void)
{
    pile *expiring = &ahead_piles[frame % RING];
    bool hold = token == 0 && dice_below(&d, 4) == 0;
    if (hold) {
        CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
        held_pile = frame_pile;
        for (size_t i = 0; i < expiring->count && held_pile.count < PIECES; i++)
            held_pile.pieces[held_pile.count++] = expiring->pieces[i];
    }
    CHECK_EQ(fa_frame_end(a), FA_OK);
    frame_pile.count = 0;
    expiring->count = 0;
    open_points = 0;
}

static void turn(void)
{
    if (running) {
        end_frame();
    } else {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        frame = fa_frame_number(a);
    }
    running = !running;
    if (token != 0 && dice_below(&d, 4) == 0) {
        CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
        token = 0;
        held_pile.count = 0;
    }
}

static void step(void)
{
    size_t choice = dice_below(&d, 100);
    if (choice < 25)
        scope();
    else if (choice < 50)
        take_frame();
    else if (choice < 60)
        take_ahead();
    else if (choice < 66)
        take_scratch();
    else if (choice < 76)
        take_block();
    else if (choice < 85)
        drop_block();
    else if (choice < 90)
        mark();
    else if (choice < 94)
        undo();
    else
        turn();
}

static void make_tags(void)
{
    tags[0] = fa_tag_get(a, "a");
    tags[1] = fa_tag_get(a, "a::b");
    tags[2] = fa_tag_get(a, "a::b::c");
    tags[3] = fa_tag_get(a, "d");
    tags[4] = fa_tag_get(a, "d::e");
    tags[5] = fa_tag_get(a, "a::f");
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = LIMIT;
    budget.soft_limit = LIMIT / 2;
    CHECK_EQ(fa_budget_set_tag(a, tags[0], &budget), FA_OK);
}

static void tags_own_what_the_model_says(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_chunk_min = 16384;
    d.state = dice_seed();
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    make_tags();
    for (int i = 0; i < 20000 && atomic_load(&check_failures) == 0; i++) {
        step();
        look_at((int)dice_below(&d, TAGS));
    }
    while (depth-- > 0)
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(tags_own_what_the_model_says))
