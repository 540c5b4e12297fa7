/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Runs with a twin of the library whose generations end at LAST, so that places retire within reach of a test. */
#include "capture.h"

enum { LAST = 3, ROUNDS = 200 };

/* Whether an id was seen before. */
static bool fresh(uint64_t *seen, size_t *count, uint64_t id)
{
    for (size_t i = 0; i < *count; i++) {
        if (seen[i] == id)
            return false;
    }
    seen[(*count)++] = id;
    return true;
}

static void handles_never_come_back(void)
{
    uint64_t seen[ROUNDS];
    size_t count = 0;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    for (int i = 0; i < ROUNDS; i++) {
        fa_handle handle;
        CHECK_EQ(fa_handle_alloc(a, 64, 16, &handle), FA_OK);
        CHECK(fresh(seen, &count, handle));
        CHECK_EQ(fa_handle_free(a, handle), FA_OK);
        for (size_t old = 0; old < count; old++)
            CHECK_EQ(fa_handle_valid(a, seen[old]), 0);
    }
    fa_handle_stats stats = FA_HANDLE_STATS_INIT;
    CHECK_EQ(fa_handle_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.retired, ROUNDS / LAST);
    fa_allocator_release(a);
}

static void tokens_never_come_back(void)
{
    uint64_t seen[ROUNDS];
    size_t count = 0;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    for (int i = 0; i < ROUNDS; i++) {
        fa_frame_token token;
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
        CHECK(fresh(seen, &count, token));
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    }
    fa_allocator_release(a);
}

static void transfers_never_come_back(void)
{
    uint64_t seen[ROUNDS];
    size_t count = 0;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < ROUNDS; i++) {
        fa_transfer id;
        CHECK(fa_transfer_alloc(a, 10, 16, &id) != NULL);
        CHECK(fresh(seen, &count, id));
        CHECK_EQ(fa_transfer_drop(a, id), FA_OK);
        for (size_t old = 0; old < count; old++)
            CHECK_EQ(fa_transfer_state(a, seen[old]), -1);
    }
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void assets_and_groups_never_come_back(void)
{
    uint64_t assets[ROUNDS];
    uint64_t groups[ROUNDS];
    size_t asset_count = 0;
    size_t group_count = 0;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_stream *stream = fa_stream_create(a, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        fa_asset asset;
        fa_group group;
        CHECK_EQ(fa_stream_reserve(stream, 64, FA_PRIORITY_LOW, NULL, &asset), FA_OK);
        CHECK(fresh(assets, &asset_count, asset));
        CHECK_EQ(fa_stream_free(stream, asset), FA_OK);
        CHECK_EQ(fa_group_create(a, NULL, &group), FA_OK);
        CHECK(fresh(groups, &group_count, group));
        CHECK_EQ(fa_group_destroy(a, group), FA_OK);
    }
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(handles_never_come_back), CASE(tokens_never_come_back), CASE(transfers_never_come_back),
           CASE(assets_and_groups_never_come_back))
