/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A lane's frame memory against a list of what must be alive, apart from each other, aligned and untouched. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

enum { BLOCKS = 4096, POINTS = 16 };

typedef struct block {
    unsigned char *address;
    size_t size;
    size_t align;
    uint64_t key;
    uint64_t expires; /* frame at whose end it goes */
    bool windowed;
} block;

typedef struct point {
    uint64_t id;
    uint64_t serial; /* blocks made later than this go with a rollback */
    bool scope;      /* a sub-frame, else a checkpoint */
} point;

static fa_allocator *a;
static dice d;
static block blocks[BLOCKS];
static size_t live;
static uint64_t frame;
static point points[POINTS];
static size_t open_points;
static uint64_t serials[BLOCKS];
static uint64_t next_serial;

static bool overlaps(const block *left, const block *right)
{
    return left->address < right->address + (right->size ? right->size : 1) &&
           right->address < left->address + (left->size ? left->size : 1);
}

static void check_apart(const block *fresh)
{
    for (size_t i = 0; i < live; i++)
        CHECK(!overlaps(fresh, &blocks[i]));
}

static void check_whole(const block *b)
{
    CHECK(pattern_holds(b->address, b->size, b->size, b->key));
}

static void check_all_whole(void)
{
    for (size_t i = 0; i < live; i++)
        check_whole(&blocks[i]);
}

static void remember(void *address, size_t size, size_t align, uint32_t ahead, bool windowed)
{
    if (!CHECK(address != NULL))
        return;
    block fresh = {address, size, align, dice_next(&d), frame + ahead, windowed};
    CHECK(aligned_to(address, align) && aligned_to(address, 16));
    check_apart(&fresh);
    pattern_fill(address, size, fresh.key);
    serials[live] = next_serial++;
    blocks[live++] = fresh;
}

static void forget(size_t index)
{
    live--;
    for (size_t i = index; i < live; i++) {
        blocks[i] = blocks[i + 1];
        serials[i] = serials[i + 1];
    }
}

static size_t random_align(void)
{
    return (size_t)1 << dice_below(&d, dice_below(&d, 20) == 0 ? 17 : 8);
}

static void allocate(void)
{
    size_t size = dice_size(&d, dice_below(&d, 30) == 0 ? 21 : 11);
    size_t align = random_align();
    bool zeroed = dice_below(&d, 4) == 0;
    unsigned char *address = zeroed ? fa_frame_alloc_zeroed(a, size, align) : fa_frame_alloc(a, size, align);
    CHECK(address == NULL || !zeroed || all_bytes(address, size, 0));
    remember(address, size, align, 0, false);
}

static void allocate_batch(void)
{
    void *batch[8];
    size_t count = dice_below(&d, 9);
    size_t size = dice_size(&d, 10);
    size_t align = random_align();
    CHECK_EQ(fa_frame_alloc_batch(a, batch, count, size, align), FA_OK);
    for (size_t i = 0; i < count; i++)
        remember(batch[i], size, align, 0, true);
}

static void allocate_arrays(void)
{
    fa_soa_field fields[] = {{dice_size(&d, 6), random_align(), NULL}, {dice_size(&d, 6), random_align(), NULL}};
    size_t count = dice_size(&d, 6);
    CHECK_EQ(fa_frame_alloc_soa(a, count, fields, 2), FA_OK);
    remember(fields[0].array, count * fields[0].size, fields[0].align, 0, true);
    check_apart(&(block){fields[1].array, count * fields[1].size, 1, 0, 0, true});
    memset(fields[1].array, 0xEE, count * fields[1].size);
}

static void allocate_ahead(void)
{
    size_t size = dice_size(&d, 13);
    size_t align = random_align();
    uint32_t ahead = (uint32_t)dice_below(&d, FA_FRAMES_AHEAD_MAX + 1);
    remember(fa_frame_alloc_ahead(a, ahead, size, align), size, align, ahead, false);
}

static void allocate_by_window(void)
{
    fa_window window = FA_WINDOW_INIT;
    CHECK_EQ(fa_window_open(a, &window, dice_size(&d, 14)), FA_OK);
    for (size_t i = dice_below(&d, 20); i > 0 && live < BLOCKS; i--) {
        size_t size = dice_size(&d, 10);
        size_t align = random_align();
        remember(fa_window_alloc(&window, size, align), size, align, 0, true);
        if (dice_below(&d, 10) == 0 && live < BLOCKS)
            allocate();
    }
    CHECK_EQ(fa_window_close(&window), FA_OK);
}

/* Only the newest may go; when the library says yes, it must have been the newest plain block. */
static void give_back(void)
{
    size_t index = live == 0 ? 0 : live - 1 - dice_below(&d, live < 3 ? live : 3);
    if (live == 0 || blocks[index].expires != frame || blocks[index].windowed)
        return;
    if (open_points > 0 && serials[index] <= points[open_points - 1].serial)
        return;
    if (!fa_frame_give_back(a, blocks[index].address, blocks[index].size))
        return;
    for (size_t i = index + 1; i < live; i++)
        CHECK(blocks[i].expires != frame || blocks[i].windowed || blocks[i].size == 0 ||
              blocks[i].address != blocks[index].address + ((blocks[index].size + 15) & ~(size_t)15));
    forget(index);
}

static void resize(void)
{
    size_t index = live == 0 ? 0 : live - 1 - dice_below(&d, live < 3 ? live : 3);
    if (live == 0 || blocks[index].expires != frame || blocks[index].windowed)
        return;
    if (open_points > 0 && serials[index] <= points[open_points - 1].serial)
        return;
    block old = blocks[index];
    size_t size = dice_size(&d, 13);
    unsigned char *address = fa_frame_realloc(a, old.address, old.size, size, old.align);
    if (!CHECK(address != NULL))
        return;
    CHECK(pattern_holds(address, old.size < size ? old.size : size, old.size, old.key));
    /* A block that moved leaves its old place behind until the frame ends. */
    if (address == old.address)
        forget(index);
    remember(address, size, old.align, 0, false);
}

static void mark(void)
{
    if (open_points == POINTS)
        return;
    point fresh = {0, next_serial == 0 ? 0 : next_serial - 1, dice_below(&d, 2) == 0};
    if (fresh.scope)
        CHECK_EQ(fa_subframe_begin(a, &fresh.id), FA_OK);
    else
        fresh.id = fa_frame_checkpoint(a);
    CHECK(fresh.id != 0);
    points[open_points++] = fresh;
    next_serial++;
}

static void forget_later_than(uint64_t serial)
{
    for (size_t i = live; i-- > 0;) {
        if (serials[i] > serial)
            forget(i);
    }
}

static bool scope_open_after(size_t chosen)
{
    bool found = false;
    for (size_t i = chosen + 1; i < open_points; i++)
        found = found || points[i].scope;
    return found;
}

static void close_points(size_t chosen)
{
    for (size_t i = chosen; i < open_points; i++) {
        if (points[i].scope)
            CHECK_EQ(fa_subframe_end(a, points[i].id, NULL, NULL), FA_ERROR_STALE);
        else
            CHECK_EQ(fa_frame_rollback(a, points[i].id), FA_ERROR_STALE);
    }
    open_points = chosen;
}

/* Whatever is open inside goes with it, except that neither a sub-frame ends nor a checkpoint commits around a sub-frame. */
static void end_a_mark(void)
{
    if (open_points == 0)
        return;
    size_t chosen = open_points - 1 - dice_below(&d, open_points);
    point ended = points[chosen];
    bool undo = ended.scope || dice_below(&d, 2) == 0;
    bool refused = scope_open_after(chosen) && (ended.scope || !undo);
    uint64_t count = 0;
    size_t before = live;
    fa_status status = ended.scope ? fa_subframe_end(a, ended.id, NULL, &count)
                       : undo      ? fa_frame_rollback(a, ended.id)
                                   : fa_frame_commit(a, ended.id);
    CHECK_EQ(status, refused ? FA_ERROR_UNBALANCED : FA_OK);
    if (refused)
        return;
    if (undo)
        forget_later_than(ended.serial);
    if (ended.scope)
        CHECK(count >= before - live);
    close_points(chosen);
}

static void step(void)
{
    size_t chance = dice_below(&d, 100);
    if (live + 64 > BLOCKS)
        return;
    if (chance < 42)
        allocate();
    else if (chance < 46)
        allocate_batch();
    else if (chance < 50)
        allocate_arrays();
    else if (chance < 65)
        allocate_ahead();
    else if (chance < 72)
        allocate_by_window();
    else if (chance < 80)
        give_back();
    else if (chance < 88)
        resize();
    else if (chance < 95)
        mark();
    else
        end_a_mark();
}

static void check_counts(void)
{
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.frame.live_count, live);
}

static void run_frame(void)
{
    frame++;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t i = dice_below(&d, 120); i > 0; i--)
        step();
    check_counts();
    check_all_whole();
    CHECK_EQ(fa_frame_end(a), FA_OK);
    open_points = 0;
    for (size_t i = live; i-- > 0;) {
        if (blocks[i].expires <= frame)
            forget(i);
    }
    check_counts();
    check_all_whole();
}

static void run(fa_config config, double seconds)
{
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    live = 0;
    frame = 0;
    open_points = 0;
    next_serial = 1;
    double end = clock_seconds() + seconds;
    while (clock_seconds() < end && atomic_load(&check_failures) == 0)
        run_frame();
    printf("# %llu frames\n", (unsigned long long)frame);
    CHECK(frame > 3);
    fa_allocator_release(a);
}

static void default_frames(void)
{
    d.state = dice_seed();
    run((fa_config)FA_CONFIG_INIT, 0.5);
}

static void small_chunks(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_chunk_min = 4096;
    config.frame_chunk_max = 4096;
    d.state = dice_seed() + 1;
    run(config, 0.5);
}

static void each_reset_policy(void)
{
    for (int32_t policy = FA_RESET_KEEP_UP_TO; policy <= FA_RESET_DECAY; policy++) {
        fa_config config = FA_CONFIG_INIT;
        config.frame_reset_policy = policy;
        config.frame_keep_bytes = 200000;
        config.frame_decay_frames = 4;
        config.frame_chunk_min = 16384;
        d.state = dice_seed() + (uint64_t)policy;
        run(config, 0.2);
    }
}

static void debug_frames(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    d.state = dice_seed() + 9;
    run(config, 0.3);
}

CHECK_MAIN(CASE(default_frames), CASE(small_chunks), CASE(each_reset_policy), CASE(debug_frames))
