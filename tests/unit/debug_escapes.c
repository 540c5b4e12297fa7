/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

typedef struct node {
    struct node *next;
    void *payload;
} node;

static capture reports;
static fa_allocator *a;

static bool setup(void)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    options.flags = FA_DEBUG_ESCAPES;
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
    fa_status status = fa_debug_configure(a, &options);
    if (status == FA_OK)
        return true;
    CHECK_EQ(status, FA_ERROR_UNSUPPORTED);
    fa_allocator_release(a);
    return false;
}

/* Keeps an address of a frame in a block of an intent; whether that is reported when the frame ends. */
static bool escapes(node *keeper, size_t offset)
{
    unsigned before = reports.by_code[FA_CODE_FRAME_ESCAPED];
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 64, 16);
    keeper->payload = block + offset;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return reports.by_code[FA_CODE_FRAME_ESCAPED] == before + 1;
}

static void addresses_in_blocks_are_found(void)
{
    if (!setup())
        SKIP("built without debug support");
    node *in_pool = fa_pool_alloc_zeroed(a, sizeof(node), 16);
    node *in_heap = fa_heap_alloc_zeroed(a, 100000, 16);
    CHECK(escapes(in_pool, 0));
    CHECK(strncmp(reports.note, "the word at offset 8 of 16 bytes at 0x", 38) == 0);
    CHECK(strstr(reports.note, "(pool) is 0x") != NULL);
    CHECK(strstr(reports.note, ", which goes with its frame: 64 bytes at 0x") != NULL);
    CHECK(strstr(reports.note, "the block that keeps it was allocated") != NULL);
    CHECK_EQ(reports.last.status, FA_OK);
    in_pool->payload = NULL;
    CHECK(escapes(in_heap + 500, 63));
    CHECK(strncmp(reports.note, "the word at offset 8008 of 100000 bytes at 0x", 45) == 0);
    CHECK_EQ(fa_release(a, in_pool), FA_OK);
    CHECK_EQ(fa_release(a, in_heap), FA_OK);
    fa_allocator_release(a);
}

static void each_block_is_reported_once(void)
{
    if (!setup())
        SKIP("built without debug support");
    node *keeper = fa_pool_alloc_zeroed(a, sizeof(node), 16);
    CHECK(escapes(keeper, 0));
    CHECK(!escapes(keeper, 0));
    CHECK_EQ(fa_release(a, keeper), FA_OK);
    keeper = fa_pool_alloc_zeroed(a, sizeof(node), 16);
    CHECK(escapes(keeper, 0));
    fa_allocator_release(a);
}

static void what_is_right_is_left_alone(void)
{
    if (!setup())
        SKIP("built without debug support");
    node *keeper = fa_pool_alloc_zeroed(a, sizeof(node), 16);
    node *other = fa_pool_alloc_zeroed(a, sizeof(node), 16);
    fa_frame_token token;
    keeper->next = other;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    keeper->payload = fa_frame_alloc(a, 64, 16);
    keeper->payload = NULL;
    node *within = fa_frame_alloc(a, sizeof(node), 16);
    within->next = within;
    within->payload = keeper;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    keeper->payload = fa_frame_alloc(a, 64, 16);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_release(a, keeper), FA_OK);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(atomic_load(&reports.reports), 0);
    fa_allocator_release(a);
}

static void frames_of_many_chunks(void)
{
    if (!setup())
        SKIP("built without debug support");
    node *keepers = fa_heap_alloc_zeroed(a, 20 * sizeof(node), 16);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 20; i++)
        keepers[i].payload = fa_frame_alloc(a, 100000, 16);
    void *first = keepers[0].payload;
    memset(keepers, 0, 20 * sizeof(node));
    keepers[7].payload = first;
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(reports.by_code[FA_CODE_FRAME_ESCAPED], 1);
    fa_allocator_release(a);
}

static void switched_off_nothing_is_looked_for(void)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    if (!setup())
        SKIP("built without debug support");
    CHECK_EQ(fa_debug_configure(a, &options), FA_OK);
    node *keeper = fa_pool_alloc_zeroed(a, sizeof(node), 16);
    CHECK(!escapes(keeper, 0));
    CHECK_EQ(fa_release(a, keeper), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(addresses_in_blocks_are_found), CASE(each_block_is_reported_once), CASE(what_is_right_is_left_alone),
           CASE(frames_of_many_chunks), CASE(switched_off_nothing_is_looked_for))
