/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Handles against a list of what they must name: content, alignment, pins, and ids that are dead for good. */
#include "capture.h"
#include "pattern.h"

enum { HANDLES = 500, GONE = 2000, STEPS = 30000 };

typedef struct item {
    fa_handle id;
    size_t size;
    size_t align;
    uint64_t key;
    unsigned pins;
    void *pinned;
} item;

static fa_allocator *a;
static dice d;
static item items[HANDLES];
static size_t count;
static uint64_t bytes;
static fa_handle gone[GONE];
static size_t gone_count;

static void add(void)
{
    if (count == HANDLES)
        return;
    item *it = &items[count];
    *it = (item){.size = dice_size(&d, 18) + 1, .align = (size_t)1 << dice_below(&d, 14), .key = dice_next(&d)};
    REQUIRE(fa_handle_alloc(a, it->size, it->align, &it->id) == FA_OK);
    pattern_fill(fa_handle_resolve(a, it->id), it->size, it->key);
    bytes += it->size;
    count++;
}

static void look(const item *it)
{
    const unsigned char *memory = fa_handle_resolve(a, it->id);
    REQUIRE(memory != NULL);
    CHECK(aligned_to(memory, it->align));
    CHECK(pattern_holds(memory, it->size, it->size, it->key));
    CHECK(it->pins == 0 || memory == it->pinned);
    CHECK_EQ(fa_handle_size(a, it->id), it->size);
}

static void drop(size_t at)
{
    item *it = &items[at];
    look(it);
    CHECK_EQ(fa_handle_free(a, it->id), it->pins == 0 ? FA_OK : FA_ERROR_PINNED);
    if (it->pins != 0)
        return;
    gone[gone_count++ % GONE] = it->id;
    bytes -= it->size;
    *it = items[--count];
}

static void pin(item *it)
{
    if (it->pins > 0 && dice_below(&d, 2) == 0) {
        CHECK_EQ(fa_handle_unpin(a, it->id), FA_OK);
        it->pins--;
        return;
    }
    void *memory = fa_handle_pin(a, it->id);
    CHECK(it->pins == 0 || memory == it->pinned);
    it->pinned = memory;
    it->pins++;
}

static void compact(void)
{
    fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
    uint64_t most = dice_below(&d, 3) == 0 ? 0 : dice_size(&d, 18);
    CHECK_EQ(fa_handle_defragment_step(a, most, 0, &done), FA_OK);
    CHECK(most != 0 || done.finished);
    CHECK(done.moved_bytes >= done.moved);
}

static void step(void)
{
    size_t choice = dice_below(&d, 1000);
    size_t at = count == 0 ? 0 : dice_below(&d, count);
    if (choice < 450)
        add();
    else if (choice >= 985)
        compact();
    else if (count != 0 && choice < 800)
        drop(at);
    else if (count != 0 && choice < 900)
        pin(&items[at]);
    else if (count != 0)
        look(&items[at]);
}

static void look_at_all(void)
{
    unsigned pinned = 0;
    for (size_t i = 0; i < count; i++) {
        look(&items[i]);
        pinned += items[i].pins != 0;
    }
    for (size_t i = 0; i < gone_count && i < GONE; i++)
        CHECK_EQ(fa_handle_valid(a, gone[i]), 0);
    fa_handle_stats stats = FA_HANDLE_STATS_INIT;
    CHECK_EQ(fa_handle_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.live_count, count);
    CHECK_EQ(stats.live_bytes, bytes);
    CHECK_EQ(stats.pinned, pinned);
}

static void run(int32_t debug_mode)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = debug_mode;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    d.state = dice_seed() + (uint64_t)debug_mode;
    count = bytes = gone_count = 0;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    for (size_t i = 0; i < STEPS && atomic_load(&check_failures) == 0; i++) {
        step();
        if (i % 1000 == 0)
            look_at_all();
    }
    look_at_all();
    fa_allocator_release(a);
}

static void handles_name_what_the_model_holds(void)
{
    run(0);
}

static void in_debug_mode_too(void)
{
    run(1);
}

CHECK_MAIN(CASE(handles_name_what_the_model_holds), CASE(in_debug_mode_too))
