/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Debug mode: switched at run time and by the environment, with blocks from before and threads at work. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <stdlib.h>

static fa_allocator *a;
static capture heard;

static bool supported(void)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    fa_status status = fa_debug_configure(a, &options);
    CHECK_EQ(fa_debug_configure(a, NULL), FA_OK);
    return status == FA_OK;
}

#define SETUP()                                                                                                       \
    do {                                                                                                              \
        a = fa_allocator_create(NULL);                                                                                \
        capture_start(&heard, a);                                                                                     \
        if (!supported())                                                                                             \
            SKIP("built without debug mode, or no stacks of calls here");                                             \
    } while (0)

static void switch_to(uint32_t flags)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = flags;
    CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
}

enum { BLOCKS = 400 };
static unsigned char *blocks[BLOCKS];

static size_t size_of(size_t i)
{
    return i * 53 % 9000 + (i % 40 == 0 ? 100000 : 0);
}

static void allocate_all(size_t first, size_t step)
{
    for (size_t i = first; i < BLOCKS; i += step) {
        blocks[i] = fa_alloc(a, FA_INTENT_AUTO, size_of(i), 16);
        REQUIRE(blocks[i] != NULL);
        pattern_fill(blocks[i], size_of(i), i);
    }
}

static void release_all(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(pattern_holds(blocks[i], size_of(i), size_of(i), i));
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    CHECK_EQ(stats.pool.live_bytes + stats.heap.live_bytes, 0);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

static void blocks_from_before_go_back(void)
{
    SETUP();
    allocate_all(0, 1);
    switch_to(FA_DEBUG_CHEAP);
    release_all();
    fa_allocator_release(a);
}

static void blocks_with_guards_go_back_afterwards(void)
{
    SETUP();
    switch_to(FA_DEBUG_CHEAP);
    allocate_all(0, 1);
    switch_to(0);
    release_all();
    fa_allocator_release(a);
}

static void every_turn(void)
{
    SETUP();
    for (uint32_t flags = 0; flags <= FA_DEBUG_CHEAP; flags++) {
        switch_to(flags);
        allocate_all(0, 2);
        switch_to(FA_DEBUG_CHEAP - flags);
        allocate_all(1, 2);
        switch_to(flags / 2);
        release_all();
    }
    switch_to(0);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
}

static void frames_in_the_middle(void)
{
    SETUP();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *before = fa_frame_alloc(a, 100, 16);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    switch_to(FA_DEBUG_CHEAP);
    volatile unsigned char *watched = opaque(fa_frame_alloc(a, 100, 16));
    watched[opaque_size(100)] = 1;
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(capture_code(&heard), 507);
    watched = opaque(fa_frame_alloc(a, 100, 16));
    watched[opaque_size(100)] = 1;
    switch_to(0);
    before[0] = 1;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    memset(fa_frame_alloc(a, 1000, 16), 1, 1000);
    switch_to(FA_DEBUG_CHEAP);
    CHECK_EQ(fa_debug_check(a, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&heard), 0);
    fa_allocator_release(a);
    CHECK_EQ(heard.by_code[507], 1);
}

static void magazines_from_before(void)
{
    SETUP();
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 64, 16), FA_OK);
    void *plain = fa_magazine_take(&magazine);
    switch_to(FA_DEBUG_CHEAP);
    unsigned char *wrapped[80];
    for (int i = 0; i < 80; i++) {
        wrapped[i] = fa_pool_alloc(a, 64, 16);
        CHECK_EQ(fa_magazine_give(&magazine, wrapped[i]), FA_OK);
    }
    for (int i = 0; i < 20; i++) {
        void *block = fa_magazine_take(&magazine);
        REQUIRE(block != NULL);
        memset(block, 1, 64);
        CHECK_EQ(fa_magazine_give(&magazine, block), FA_OK);
    }
    CHECK_EQ(fa_magazine_give(&magazine, plain), FA_OK);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.pool.live_count, 0);
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

static void the_quarantine_goes_when_it_is_off(void)
{
    SETUP();
    switch_to(FA_DEBUG_CHEAP);
    unsigned char *block = fa_heap_alloc(a, 1000, 16);
    CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    block[5] = 1;
    switch_to(0);
    CHECK_EQ(capture_code(&heard), 509);
    fa_debug_stats stats = FA_DEBUG_STATS_INIT;
    CHECK_EQ(fa_debug_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.kept_blocks, 0);
    CHECK_EQ(stats.late_writes, 1);
    fa_allocator_release(a);
}

static void options_read_back(void)
{
    SETUP();
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = FA_DEBUG_POISON | FA_DEBUG_SITES;
    options.depth = 5;
    options.quarantine_bytes = 12345;
    CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
    fa_debug_options read = FA_DEBUG_OPTIONS_INIT;
    CHECK_EQ(fa_debug_get_options(a, &read), FA_OK);
    CHECK(memcmp(&read, &options, sizeof read) == 0);
    fa_debug_block found = FA_DEBUG_BLOCK_INIT;
    void *block = fa_pool_alloc(a, 8, 8);
    CHECK_EQ(fa_debug_find(a, block, &found), FA_OK);
    char text[4096];
    unsigned lines = 0;
    (void)fa_debug_site_text(a, found.site, text, sizeof text);
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    CHECK(lines >= 1 && lines <= 5);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_debug_configure(a, NULL), FA_OK);
    CHECK_EQ(fa_debug_get_options(a, &read), FA_OK);
    CHECK_EQ(read.flags, 0);
    fa_allocator_release(a);
}

static void bad_options_are_refused(void)
{
    SETUP();
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = FA_DEBUG_ALL + 1;
    CHECK_EQ(fa_debug_configure(a, &options), FA_ERROR_INVALID_ARGUMENT);
    options.flags = FA_DEBUG_CHEAP;
    options.depth = 0;
    CHECK_EQ(fa_debug_configure(a, &options), FA_ERROR_INVALID_ARGUMENT);
    options.depth = FA_DEBUG_DEPTH_MAX + 1;
    CHECK_EQ(fa_debug_configure(a, &options), FA_ERROR_INVALID_ARGUMENT);
    options.depth = 1;
    options.reserved = 1;
    CHECK_EQ(fa_debug_configure(a, &options), FA_ERROR_INVALID_ARGUMENT);
    options.reserved = 0;
    options.struct_size = 8;
    CHECK_EQ(fa_debug_configure(a, &options), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_debug_get_options(a, &options), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_debug_get_options(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_configure(NULL, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_debug_get_options(NULL, &options), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_debug_get_stats(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_get_stats(NULL, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_debug_check(NULL, NULL), FA_ERROR_INVALID_ALLOCATOR);
    options = (fa_debug_options)FA_DEBUG_OPTIONS_INIT;
    CHECK_EQ(fa_debug_get_options(a, &options), FA_OK);
    CHECK_EQ(options.flags, 0);
    fa_allocator_release(a);
}

static fa_debug_options options_under(const char *environment, const fa_config *config)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    CHECK_EQ(setenv("FRAMEALLOC_DEBUG", environment, 1), 0);
    fa_allocator *made = fa_allocator_create(config);
    CHECK_EQ(unsetenv("FRAMEALLOC_DEBUG"), 0);
    CHECK_EQ(fa_debug_get_options(made, &options), FA_OK);
    fa_allocator_release(made);
    options.flags &= ~FA_DEBUG_TOOLS; /* comes by itself where a tool watches */
    return options;
}

static void the_environment_decides(void)
{
    SETUP();
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    CHECK_EQ(options_under("poison,guards", NULL).flags, FA_DEBUG_POISON | FA_DEBUG_GUARDS);
    CHECK_EQ(options_under("cheap", NULL).flags, FA_DEBUG_CHEAP);
    CHECK_EQ(options_under("off", &config).flags, 0);
    CHECK_EQ(options_under("", &config).flags, 0);
    fa_debug_options options = options_under("sites,depth=7, quarantine=64k,pages_kept=3m,", NULL);
    CHECK_EQ(options.flags, FA_DEBUG_SITES);
    CHECK_EQ(options.depth, 7);
    CHECK_EQ(options.quarantine_bytes, 65536);
    CHECK_EQ(options.pages_kept_bytes, 3 << 20);
    /* Words that are none are reported, and change nothing. */
    options = options_under("depth=99,depth=-1,quarantine=x,poisson,guards,quarantine=99999999999g", NULL);
    CHECK_EQ(options.flags, FA_DEBUG_GUARDS);
    CHECK_EQ(options.depth, 16);
    CHECK_EQ(options.quarantine_bytes, 4 << 20);
    fa_allocator_release(a);
}

enum { THREADS = 4 };
static atomic_bool stop;

static void *work(void *user)
{
    dice d = {(uint64_t)(uintptr_t)user};
    unsigned char *mine[32] = {0};
    size_t mine_sizes[32] = {0};
    while (!atomic_load(&stop)) {
        size_t i = dice_below(&d, 32);
        CHECK(pattern_holds(mine[i], mine_sizes[i], mine_sizes[i], i));
        CHECK_EQ(fa_release(a, mine[i]), FA_OK);
        mine_sizes[i] = dice_size(&d, 13);
        mine[i] = fa_alloc(a, FA_INTENT_AUTO, mine_sizes[i], 16);
        pattern_fill(mine[i], mine_sizes[i], i);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        memset(fa_frame_alloc(a, 300, 16), 1, 300);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    for (size_t i = 0; i < 32; i++)
        CHECK_EQ(fa_release(a, mine[i]), FA_OK);
    return NULL;
}

static void threads_at_work(void)
{
    SETUP();
    pthread_t threads[THREADS];
    atomic_store(&stop, false);
    for (size_t i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0);
    for (uint32_t turn = 0; turn < 60; turn++) {
        switch_to(turn * 7 % (FA_DEBUG_CHEAP + 1));
        CHECK_EQ(fa_debug_check(a, NULL), FA_OK);
    }
    atomic_store(&stop, true);
    for (size_t i = 0; i < THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    switch_to(FA_DEBUG_CHEAP);
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

CHECK_MAIN(CASE(blocks_from_before_go_back), CASE(blocks_with_guards_go_back_afterwards), CASE(every_turn),
           CASE(frames_in_the_middle), CASE(magazines_from_before), CASE(the_quarantine_goes_when_it_is_off),
           CASE(options_read_back), CASE(bad_options_are_refused), CASE(the_environment_decides), CASE(threads_at_work))
