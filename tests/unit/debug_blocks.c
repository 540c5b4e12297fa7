/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Debug mode: guards, the quarantine, and what reports name. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

static fa_allocator *a;
static capture heard;

static bool setup_with(uint32_t flags)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    a = fa_allocator_create(NULL);
    capture_start(&heard, a);
    options.flags = flags;
    if (fa_debug_configure(a, &options) == FA_OK)
        return true;
    fa_allocator_release(a);
    return false;
}

#define NEEDS(flags)                                                                                                  \
    do {                                                                                                              \
        if (!setup_with(flags))                                                                                       \
            SKIP("built without debug mode, or no stacks of calls here");                                             \
    } while (0)

static bool named(const char *text)
{
    bool found = strstr(heard.note, text) != NULL;
    if (!found)
        printf("# \"%s\" is not in: %s\n", text, heard.note);
    return found;
}

static fa_debug_stats debug_figures(void)
{
    fa_debug_stats stats = FA_DEBUG_STATS_INIT;
    CHECK_EQ(fa_debug_get_stats(a, &stats), FA_OK);
    return stats;
}

static __attribute__((noinline)) unsigned char *spawn_enemy(int32_t intent, size_t size, size_t align)
{
    unsigned char *block = fa_alloc(a, intent, size, align);
    __asm__ volatile("" : : "r"(block));
    return block;
}

static __attribute__((noinline)) fa_status bury_enemy(void *block)
{
    fa_status status = fa_release(a, opaque(block));
    __asm__ volatile("" : : "r"(status));
    return status;
}

static const size_t sizes[] = {1, 8, 24, 100, 1000, 4000, 4096, 9000, 21000, 300000};
static const size_t aligns[] = {1, 16, 64, 4096, 131072};
enum { SIZES = sizeof sizes / sizeof *sizes, ALIGNS = sizeof aligns / sizeof *aligns };

static void overflow_of(int32_t intent, size_t size, size_t align)
{
    unsigned char *block = spawn_enemy(intent, size, align);
    REQUIRE(block != NULL);
    CHECK(aligned_to(block, align));
    memset(block, 1, size);
    CHECK_EQ(bury_enemy(block), FA_OK);
    CHECK_EQ(capture_code(&heard), 0);
    block = spawn_enemy(intent, size, align);
    block[size] = 1;
    CHECK_EQ(bury_enemy(block), FA_OK);
    CHECK_EQ(capture_code(&heard), 507);
    CHECK_EQ(heard.last.severity, FA_SEVERITY_ERROR);
}

static void overflows_are_reported(void)
{
    NEEDS(FA_DEBUG_GUARDS);
    for (size_t i = 0; i < 4; i++) {
        overflow_of(FA_INTENT_POOL, sizes[2 * i], aligns[i]);
        overflow_of(FA_INTENT_HEAP, sizes[2 * i], aligns[i]);
    }
    fa_allocator_release(a);
}

/* Beyond the first eight, reports of a code are written at powers of two only: figures count them all. */
static void overflows_are_counted_at_every_size(void)
{
    NEEDS(FA_DEBUG_GUARDS);
    capture_mute(a);
    for (size_t i = 0; i < SIZES * ALIGNS; i++) {
        for (int32_t intent = FA_INTENT_POOL; intent <= FA_INTENT_HEAP; intent++) {
            unsigned char *block = spawn_enemy(intent, sizes[i % SIZES], aligns[i / SIZES]);
            REQUIRE(block != NULL);
            CHECK(aligned_to(block, aligns[i / SIZES]));
            CHECK_EQ(fa_usable_size(a, block), sizes[i % SIZES]);
            block[i % 2 == 0 ? sizes[i % SIZES] : (size_t)-1] ^= 0x55;
            CHECK_EQ(bury_enemy(block), FA_OK);
        }
    }
    CHECK_EQ(debug_figures().overflows, SIZES * ALIGNS);
    CHECK_EQ(debug_figures().underflows, SIZES * ALIGNS);
    CHECK_EQ(debug_figures().live_blocks, 0);
    fa_allocator_release(a);
}

static void reports_name_the_block(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    CHECK_EQ(fa_phase_begin(a, "broad"), FA_OK);
    unsigned char *block = spawn_enemy(FA_INTENT_POOL, 40, 8);
    CHECK_EQ(fa_phase_end(a), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    char address[32];
    (void)snprintf(address, sizeof address, "40 bytes at %p", (void *)block);
    block[-3] = 7;
    CHECK_EQ(bury_enemy(block), FA_OK);
    CHECK_EQ(capture_code(&heard), 508);
    CHECK(named(address) && named("pool, tag ai, phase \"broad\"") && named("1 byte before its start is overwritten"));
    CHECK(named("offset -3") && named("allocated by spawn_enemy < reports_name_the_block") && named("frame 1"));
    CHECK_EQ(bury_enemy(block), FA_ERROR_DOUBLE_FREE);
    CHECK_EQ(capture_code(&heard), 502);
    CHECK(named(address) && named("released before by bury_enemy < ") && named("allocated by spawn_enemy < "));
    CHECK_EQ(debug_figures().double_releases, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void late_writes_are_found_on_request(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    unsigned char *block = opaque(spawn_enemy(FA_INTENT_HEAP, 5000, 16));
    CHECK_EQ(bury_enemy(block), FA_OK);
    CHECK(all_bytes(block, 5000, 0xCD));
    uint64_t found = 9;
    CHECK_EQ(fa_debug_check(a, &found), FA_OK);
    CHECK_EQ(found, 0);
    block[4321] = 1;
    block[4400] = 1;
    CHECK_EQ(fa_debug_check(a, &found), FA_OK);
    CHECK_EQ(found, 1);
    CHECK_EQ(capture_code(&heard), 509);
    CHECK(named("2 bytes were written after its release, the first at offset 4321") && named("released by bury_enemy < "));
    CHECK_EQ(fa_debug_check(a, &found), FA_OK);
    CHECK_EQ(found, 0);
    fa_allocator_release(a);
    CHECK_EQ(heard.by_code[509], 1);
}

static void late_writes_are_found_when_the_quarantine_is_full(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    unsigned char *block = opaque(spawn_enemy(FA_INTENT_POOL, 200, 16));
    CHECK_EQ(bury_enemy(block), FA_OK);
    block[0] = 1;
    for (int i = 0; i < 30; i++)
        CHECK_EQ(bury_enemy(spawn_enemy(FA_INTENT_HEAP, 200000, 16)), FA_OK);
    CHECK_EQ(capture_code(&heard), 509);
    CHECK_EQ(debug_figures().late_writes, 1);
    CHECK(debug_figures().kept_bytes <= (4 << 20));
    fa_allocator_release(a);
}

static void memory_that_is_kept_counts_as_released(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    for (size_t i = 0; i < SIZES; i++) {
        CHECK_EQ(bury_enemy(spawn_enemy(FA_INTENT_POOL, sizes[i], 1)), FA_OK);
        CHECK_EQ(bury_enemy(spawn_enemy(FA_INTENT_HEAP, sizes[i], 1)), FA_OK);
    }
    CHECK_EQ(debug_figures().kept_blocks, 2 * SIZES);
    fa_stats stats = figures(a);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    CHECK_EQ(stats.pool.live_bytes + stats.heap.live_bytes, 0);
    check_adds_up(&stats);
    size_t released;
    CHECK_EQ(fa_allocator_trim(a, &released), FA_OK);
    CHECK_EQ(debug_figures().kept_blocks, 0);
    CHECK(released != 0);
    fa_allocator_release(a);
    CHECK_EQ(heard.by_code[506], 0);
}

static void kept_blocks_leave_their_tag(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    CHECK_EQ(fa_tag_push_name(a, "short"), FA_OK);
    fa_tag tag = fa_tag_current(a);
    CHECK_EQ(bury_enemy(spawn_enemy(FA_INTENT_POOL, 100, 1)), FA_OK);
    CHECK_EQ(bury_enemy(spawn_enemy(FA_INTENT_HEAP, 100000, 1)), FA_OK);
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK_EQ(stats.pool.live_bytes, 0);
    CHECK_EQ(stats.heap.live_bytes, 0);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK_EQ(stats.pool.live_bytes, 0);
    CHECK_EQ(stats.heap.live_bytes, 0);
    fa_allocator_release(a);
}

static void frame_blocks_are_checked_when_they_go(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = spawn_enemy(FA_INTENT_FRAME, 100, 64);
    CHECK(all_bytes(block, 100, 0xAB));
    memset(block, 1, 101);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&heard), 507);
    CHECK(named("100 bytes at") && named("(frame)") && named("allocated by spawn_enemy < "));
    CHECK(all_bytes(block, 100, 0xCD));
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    block = spawn_enemy(FA_INTENT_FRAME, 10, 1);
    block[-1] = 1;
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(capture_code(&heard), 508);
    block = opaque(fa_frame_alloc_ahead(a, 1, 10, 1));
    block[opaque_size(10)] = 1;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&heard), 0);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&heard), 507);
    block = opaque(fa_scratch_alloc(a, 30000, 1));
    block[30000] = 1;
    CHECK_EQ(fa_scratch_reset(a), FA_OK);
    CHECK_EQ(capture_code(&heard), 507);
    CHECK(named("(scratch)"));
    CHECK_EQ(debug_figures().live_blocks, 0);
    fa_allocator_release(a);
}

static void held_frames_are_checked_when_they_go(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = spawn_enemy(FA_INTENT_FRAME, 100, 1);
    fa_frame_token token;
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    block[100] = 1;
    CHECK_EQ(capture_code(&heard), 0);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(capture_code(&heard), 507);
    fa_allocator_release(a);
}

static void the_newest_frame_block_goes_back(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    size_t before = fa_frame_used(a);
    unsigned char *block = spawn_enemy(FA_INTENT_FRAME, 100, 1);
    CHECK_EQ(fa_frame_give_back(a, block, 99), 0);
    CHECK_EQ(fa_frame_give_back(a, block, 100), 1);
    CHECK_EQ(fa_frame_used(a), before);
    CHECK_EQ(debug_figures().live_blocks, 0);
    block = spawn_enemy(FA_INTENT_FRAME, 100, 1);
    block[100] = 1;
    CHECK_EQ(fa_frame_give_back(a, block, 100), 1);
    CHECK_EQ(capture_code(&heard), 507);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(capture_code(&heard), 0);
    fa_allocator_release(a);
}

static void what_is_around_a_block_is_no_block(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    for (size_t i = 0; i < SIZES; i++) {
        unsigned char *block = spawn_enemy(FA_INTENT_AUTO, sizes[i], 16);
        CHECK_EQ(bury_enemy(block - 16), FA_ERROR_INTERIOR_POINTER);
        if (i == 0)
            CHECK(named("16 bytes before the start of a block: 1 bytes at"));
        CHECK_EQ(fa_usable_size(a, block - 16), 0);
        CHECK(fa_realloc(a, block - 16, 10, 1) == NULL);
        CHECK_EQ(bury_enemy(block), FA_OK);
        CHECK_EQ(fa_usable_size(a, block), 0);
        CHECK(fa_realloc(a, block, 10, 1) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_DOUBLE_FREE);
    }
    fa_allocator_release(a);
}

static void blocks_are_found_by_address(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    unsigned char *block = spawn_enemy(FA_INTENT_POOL, 40, 8);
    fa_debug_block found = FA_DEBUG_BLOCK_INIT;
    CHECK_EQ(fa_debug_find(a, block + 39, &found), FA_OK);
    CHECK(found.address == block);
    CHECK_EQ(found.bytes, 40);
    CHECK_EQ(found.state, FA_DEBUG_BLOCK_LIVE);
    CHECK_EQ(found.intent, FA_INTENT_POOL);
    CHECK_EQ(found.serial, 1);
    char text[2048];
    size_t length = fa_debug_site_text(a, found.site, text, sizeof text);
    CHECK_EQ(length, strlen(text));
    CHECK(strncmp(text, "spawn_enemy+", 12) == 0);
    CHECK(strstr(text, "\nblocks_are_found_by_address") != NULL);
    CHECK_EQ(fa_debug_site_text(a, found.site, NULL, 0), length);
    char little[8];
    CHECK_EQ(fa_debug_site_text(a, found.site, little, sizeof little), length);
    CHECK_TEXT(little, "spawn_e");
    CHECK_EQ(fa_debug_site_text(a, 0, text, sizeof text), 0);
    CHECK_EQ(fa_debug_site_text(a, UINT32_MAX, text, sizeof text), 0);
    CHECK_EQ(bury_enemy(block), FA_OK);
    CHECK_EQ(fa_debug_find(a, block, &found), FA_OK);
    CHECK_EQ(found.state, FA_DEBUG_BLOCK_KEPT);
    CHECK(found.release_site != 0 && found.release_time_ns >= found.time_ns);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(fa_debug_find(a, block, &found), FA_OK);
    CHECK_EQ(found.state, FA_DEBUG_BLOCK_RELEASED);
    CHECK_EQ(fa_debug_find(a, &heard, &found), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_debug_find(a, NULL, &found), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_debug_find(a, block, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_find(NULL, block, &found), FA_ERROR_INVALID_ALLOCATOR);
    fa_allocator_release(a);
}

static void realloc_moves_and_keeps_the_content(void)
{
    NEEDS(FA_DEBUG_CHEAP);
    unsigned char *block = spawn_enemy(FA_INTENT_HEAP, 100, 16);
    pattern_fill(block, 100, 7);
    unsigned char *moved = fa_realloc(a, block, 90, 16);
    CHECK(moved != NULL && moved != opaque(block));
    CHECK(pattern_holds(moved, 90, 100, 7));
    CHECK_EQ(bury_enemy(block), FA_ERROR_DOUBLE_FREE);
    size_t total;
    fa_heap_block listed;
    CHECK_EQ(fa_heap_blocks(a, &listed, 1, &total), FA_OK);
    CHECK_EQ(total, 1);
    CHECK(listed.address == moved && listed.usable == 90);
    CHECK_EQ(bury_enemy(moved), FA_OK);
    fa_allocator_release(a);
}

static void without_memory_nothing_is_lost(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    config.memory_limit = (size_t)4 << 20;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug mode");
    a = fa_allocator_create(&config);
    capture_start(&heard, a);
    /* The quarantine would hold more than there is: it goes first. */
    for (int i = 0; i < 40; i++) {
        void *block = fa_heap_alloc(a, 1000000, 16);
        CHECK(block != NULL);
        CHECK_EQ(fa_release(a, block), FA_OK);
    }
    CHECK_EQ(atomic_load(&heard.reports), 0);
    CHECK(fa_heap_try_alloc(a, (size_t)8 << 20, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_MEMORY_LIMIT);
    CHECK(fa_heap_try_alloc(a, opaque_size(SIZE_MAX), 16) == NULL);
    CHECK(fa_pool_try_alloc(a, opaque_size(SIZE_MAX - 20), 16) == NULL);
    CHECK_EQ(debug_figures().live_blocks, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(overflows_are_reported), CASE(overflows_are_counted_at_every_size), CASE(reports_name_the_block),
           CASE(late_writes_are_found_on_request), CASE(late_writes_are_found_when_the_quarantine_is_full),
           CASE(memory_that_is_kept_counts_as_released), CASE(kept_blocks_leave_their_tag),
           CASE(frame_blocks_are_checked_when_they_go), CASE(held_frames_are_checked_when_they_go),
           CASE(the_newest_frame_block_goes_back), CASE(what_is_around_a_block_is_no_block),
           CASE(blocks_are_found_by_address), CASE(realloc_moves_and_keeps_the_content),
           CASE(without_memory_nothing_is_lost))
