/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

#include <pthread.h>

enum { KIB = 1024 };

typedef struct watch {
    fa_stream *stream;
    fa_asset order[64];
    unsigned count;
} watch;

static void note(void *user, fa_asset asset, void *memory, size_t size)
{
    watch *w = user;
    w->order[w->count++ % 64] = asset;
    memset(memory, 0, size);
    fa_asset_info info = FA_ASSET_INFO_INIT;
    CHECK_EQ(fa_stream_get_asset(w->stream, asset, &info), FA_OK);
    CHECK_EQ(info.state, FA_ASSET_EVICTING);
    CHECK(fa_stream_access(w->stream, asset, NULL) == NULL);
}

static fa_stream *make(fa_allocator *a, uint64_t budget, watch *w)
{
    fa_stream_config config = FA_STREAM_CONFIG_INIT;
    config.budget = budget;
    if (w != NULL) {
        memset(w, 0, sizeof *w);
        config.evicted = note;
        config.user = w;
    }
    fa_stream *stream = fa_stream_create(a, &config);
    if (w != NULL)
        w->stream = stream;
    return stream;
}

static fa_asset loaded(fa_stream *stream, size_t size, int32_t priority)
{
    fa_asset asset = 0;
    void *memory = NULL;
    if (CHECK_EQ(fa_stream_reserve(stream, size, priority, NULL, &asset), FA_OK) &&
        CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_OK)) {
        pattern_fill(memory, size, (unsigned)asset);
        CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
    }
    return asset;
}

static fa_stream_stats stats_of(fa_stream *stream)
{
    fa_stream_stats stats = FA_STREAM_STATS_INIT;
    CHECK_EQ(fa_stream_get_stats(stream, &stats), FA_OK);
    CHECK(stats.peak >= stats.used);
    return stats;
}

static fa_asset_info info_of(fa_stream *stream, fa_asset asset)
{
    fa_asset_info info = FA_ASSET_INFO_INIT;
    CHECK_EQ(fa_stream_get_asset(stream, asset, &info), FA_OK);
    return info;
}

static void an_asset_lives_through_its_states(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_stream *stream = make(a, 100 * KIB, NULL);
    fa_asset asset = 0;
    char name[] = "stone.png";
    CHECK_EQ(fa_stream_reserve(stream, 10 * KIB, FA_PRIORITY_HIGH, name, &asset), FA_OK);
    memset(name, 'x', 5);
    CHECK_EQ(info_of(stream, asset).state, FA_ASSET_RESERVED);
    CHECK_TEXT(info_of(stream, asset).name, "stone.png");
    CHECK_EQ(figures(a).heap.live_bytes, 0);
    CHECK_EQ(stats_of(stream).used, 10 * KIB);
    CHECK(fa_stream_access(stream, asset, NULL) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STATE);
    void *memory = NULL;
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_OK);
    CHECK(aligned_to(memory, FA_CACHE_LINE));
    CHECK_EQ(fa_stream_report_progress(stream, asset, 4 * KIB), FA_OK);
    CHECK_EQ(info_of(stream, asset).state, FA_ASSET_LOADING);
    CHECK_EQ(info_of(stream, asset).loaded, 4 * KIB);
    pattern_fill(memory, 10 * KIB, 1);
    CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
    size_t size = 0;
    CHECK(fa_stream_access(stream, asset, &size) == memory);
    CHECK_EQ(size, 10 * KIB);
    CHECK_EQ(stats_of(stream).hits, 1);
    CHECK_EQ(stats_of(stream).misses, 1);
    CHECK_EQ(stats_of(stream).evictable, 10 * KIB);
    CHECK_EQ(fa_stream_evict(stream, asset), FA_OK);
    CHECK_EQ(info_of(stream, asset).state, FA_ASSET_EVICTED);
    CHECK_EQ(stats_of(stream).used, 0);
    CHECK_EQ(figures(a).heap.live_bytes, 0);
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_OK);
    CHECK_EQ(fa_stream_abandon_load(stream, asset), FA_OK);
    CHECK_EQ(info_of(stream, asset).state, FA_ASSET_RESERVED);
    CHECK_EQ(stats_of(stream).abandoned, 1);
    CHECK_EQ(fa_stream_free(stream, asset), FA_OK);
    CHECK_EQ(stats_of(stream).used, 0);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    fa_allocator_release(a);
}

static void the_least_important_and_oldest_goes_first(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    watch w;
    fa_stream *stream = make(a, 60 * KIB, &w);
    fa_asset high = loaded(stream, 10 * KIB, FA_PRIORITY_HIGH);
    fa_asset normal[3];
    for (int i = 0; i < 3; i++)
        normal[i] = loaded(stream, 10 * KIB, FA_PRIORITY_NORMAL);
    fa_asset low = loaded(stream, 10 * KIB, FA_PRIORITY_LOW);
    fa_asset pinned = loaded(stream, 10 * KIB, FA_PRIORITY_LOW);
    void *kept = fa_stream_pin(stream, pinned, NULL);
    CHECK(fa_stream_access(stream, normal[0], NULL) != NULL);
    fa_asset one = loaded(stream, 10 * KIB, FA_PRIORITY_NORMAL);
    CHECK_EQ(w.count, 1);
    CHECK_EQ(w.order[0], low);
    fa_asset two = loaded(stream, 20 * KIB, FA_PRIORITY_NORMAL);
    CHECK_EQ(w.count, 3);
    CHECK_EQ(w.order[1], normal[1]);
    CHECK_EQ(w.order[2], normal[2]);
    fa_asset asset;
    CHECK_EQ(fa_stream_reserve(stream, 50 * KIB, FA_PRIORITY_NORMAL, NULL, &asset), FA_ERROR_BUDGET);
    CHECK_EQ(w.count, 3);
    CHECK_EQ(fa_stream_reserve(stream, 10 * KIB, FA_PRIORITY_LOW, NULL, &asset), FA_ERROR_BUDGET);
    CHECK_EQ(fa_stream_reserve(stream, 50 * KIB, FA_PRIORITY_HIGH, NULL, &asset), FA_OK);
    CHECK_EQ(w.count, 7);
    CHECK_EQ(info_of(stream, high).state, FA_ASSET_EVICTED);
    CHECK_EQ(info_of(stream, one).state, FA_ASSET_EVICTED);
    CHECK_EQ(info_of(stream, two).state, FA_ASSET_EVICTED);
    CHECK_EQ(info_of(stream, pinned).state, FA_ASSET_READY);
    CHECK(pattern_holds(kept, 10 * KIB, 10 * KIB, (unsigned)pinned));
    CHECK_EQ(stats_of(stream).refused, 2);
    CHECK_EQ(stats_of(stream).evictions, 7);
    CHECK_EQ(stats_of(stream).evicted_bytes, 80 * KIB);
    fa_asset polled[10];
    size_t count = 0;
    uint64_t lost = 9;
    CHECK_EQ(fa_stream_poll_evicted(stream, polled, 10, &count, &lost), FA_OK);
    CHECK_EQ(count, 7);
    CHECK_EQ(lost, 0);
    CHECK_EQ(polled[0], low);
    CHECK_EQ(fa_stream_unpin(stream, pinned, kept), FA_OK);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    CHECK_EQ(w.count, 8);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
}

static void old_and_new_versions_overlap(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_stream *stream = make(a, 100 * KIB, NULL);
    fa_asset asset = loaded(stream, 10 * KIB, FA_PRIORITY_NORMAL);
    void *old = fa_stream_pin(stream, asset, NULL);
    void *fresh = NULL;
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 20 * KIB, &fresh), FA_OK);
    CHECK_EQ(info_of(stream, asset).replacing, 1);
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 20 * KIB, &fresh), FA_ERROR_STATE);
    CHECK_EQ(stats_of(stream).used, 30 * KIB);
    CHECK(fa_stream_access(stream, asset, NULL) == old);
    CHECK_EQ(fa_stream_evict(stream, asset), FA_ERROR_PINNED);
    pattern_fill(fresh, 20 * KIB, 3);
    CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
    size_t size = 0;
    CHECK(fa_stream_access(stream, asset, &size) == fresh);
    CHECK_EQ(size, 20 * KIB);
    CHECK(pattern_holds(old, 10 * KIB, 10 * KIB, (unsigned)asset));
    CHECK_EQ(stats_of(stream).used, 30 * KIB);
    CHECK_EQ(fa_stream_free(stream, asset), FA_ERROR_PINNED);
    CHECK_EQ(fa_stream_destroy(stream), FA_ERROR_PINNED);
    CHECK_EQ(fa_stream_unpin(stream, asset, fresh), FA_ERROR_UNBALANCED);
    CHECK_EQ(fa_stream_unpin(stream, asset, old), FA_OK);
    CHECK_EQ(stats_of(stream).used, 20 * KIB);
    CHECK_EQ(fa_stream_unpin(stream, asset, old), FA_ERROR_UNBALANCED);
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 30 * KIB, &old), FA_OK);
    CHECK_EQ(fa_stream_abandon_load(stream, asset), FA_OK);
    CHECK(fa_stream_access(stream, asset, NULL) == fresh);
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 5 * KIB, &old), FA_OK);
    CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
    CHECK_EQ(stats_of(stream).used, 5 * KIB);
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 99 * KIB, &old), FA_ERROR_BUDGET);
    CHECK_EQ(info_of(stream, asset).replacing, 0);
    CHECK_EQ(fa_stream_free(stream, asset), FA_OK);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
}

static void eviction_comes_in_slices(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_stream *stream = make(a, 100 * KIB, NULL);
    for (int i = 0; i < 10; i++)
        (void)loaded(stream, 10 * KIB, i % 4);
    uint64_t excess = 0;
    CHECK_EQ(fa_stream_set_budget(stream, 35 * KIB, &excess), FA_OK);
    CHECK_EQ(excess, 65 * KIB);
    CHECK_EQ(stats_of(stream).ready_assets, 10);
    uint64_t evicted = 0;
    unsigned frames = 0;
    while (stats_of(stream).used > 35 * KIB && frames < 10) {
        CHECK_EQ(fa_stream_evict_step(stream, 35 * KIB, 2, &evicted), FA_OK);
        CHECK(evicted <= 20 * KIB);
        frames++;
    }
    CHECK_EQ(frames, 4);
    CHECK_EQ(stats_of(stream).used, 30 * KIB);
    CHECK_EQ(fa_stream_set_budget(stream, 0, &excess), FA_OK);
    CHECK_EQ(excess, 30 * KIB);
    CHECK_EQ(fa_stream_evict_step(stream, 0, UINT32_MAX, NULL), FA_OK);
    CHECK_EQ(stats_of(stream).used, 0);
    CHECK_EQ(fa_stream_set_budget(stream, UINT64_MAX, &excess), FA_OK);
    CHECK_EQ(excess, 0);
    (void)loaded(stream, 200 * KIB, FA_PRIORITY_LOW);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    fa_allocator_release(a);
}

static void priorities_can_change(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    fa_stream *stream = make(a, 20 * KIB, NULL);
    fa_asset first = loaded(stream, 10 * KIB, FA_PRIORITY_LOW);
    fa_asset second = loaded(stream, 10 * KIB, FA_PRIORITY_LOW);
    CHECK_EQ(fa_stream_set_priority(stream, first, FA_PRIORITY_CRITICAL), FA_OK);
    CHECK_EQ(stats_of(stream).evictable, 20 * KIB);
    (void)loaded(stream, 10 * KIB, FA_PRIORITY_HIGH);
    CHECK_EQ(info_of(stream, first).state, FA_ASSET_READY);
    CHECK_EQ(info_of(stream, second).state, FA_ASSET_EVICTED);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    fa_allocator_release(a);
}

static void a_failing_backend_changes_nothing(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_stream *stream = make(a, 1000 * KIB, NULL);
    fa_asset asset;
    void *memory;
    CHECK_EQ(fa_stream_reserve(stream, 300 * KIB, FA_PRIORITY_NORMAL, NULL, &asset), FA_OK);
    s.fail_all = true;
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(info_of(stream, asset).state, FA_ASSET_RESERVED);
    CHECK_EQ(stats_of(stream).used, 300 * KIB);
    s.fail_all = false;
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_OK);
    CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
    s.fail_all = true;
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 500 * KIB, &memory), FA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(info_of(stream, asset).replacing, 0);
    CHECK_EQ(stats_of(stream).used, 300 * KIB);
    CHECK_EQ(fa_stream_evict(stream, asset), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_ERROR_OUT_OF_MEMORY);
    CHECK_EQ(info_of(stream, asset).state, FA_ASSET_EVICTED);
    CHECK_EQ(stats_of(stream).used, 0);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void misuse_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture c;
    capture_start(&c, a);
    fa_stream *stream = make(a, 100 * KIB, NULL);
    fa_stream *other = make(a, 100 * KIB, NULL);
    fa_asset asset = 0;
    void *memory;
    CHECK_EQ(fa_stream_reserve(stream, 0, FA_PRIORITY_LOW, NULL, &asset), FA_ERROR_SIZE);
    CHECK_EQ(fa_stream_reserve(stream, SIZE_MAX, FA_PRIORITY_LOW, NULL, &asset), FA_ERROR_SIZE);
    CHECK_EQ(fa_stream_reserve(stream, 8, 4, NULL, &asset), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_stream_reserve(stream, 8, FA_PRIORITY_LOW, NULL, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_stream_reserve(NULL, 8, FA_PRIORITY_LOW, NULL, &asset), FA_ERROR_INVALID_ARGUMENT);
    (void)capture_code(&c);
    CHECK_EQ(fa_stream_reserve(stream, 101 * KIB, FA_PRIORITY_CRITICAL, NULL, &asset), FA_ERROR_BUDGET);
    CHECK_EQ(capture_code(&c), 402);
    CHECK_EQ(fa_stream_reserve(stream, 10 * KIB, FA_PRIORITY_LOW, NULL, &asset), FA_OK);
    CHECK_EQ(fa_stream_finish_load(stream, asset), FA_ERROR_STATE);
    CHECK_EQ(capture_code(&c), 404);
    CHECK_EQ(fa_stream_report_progress(stream, asset, 1), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_abandon_load(stream, asset), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_evict(stream, asset), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_begin_replace(stream, asset, 8, &memory), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_begin_load(stream, asset, NULL), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_OK);
    CHECK_EQ(fa_stream_begin_load(stream, asset, &memory), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_free(stream, asset), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_evict(stream, asset), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_destroy(stream), FA_ERROR_STATE);
    CHECK_EQ(fa_stream_report_progress(stream, asset, 10 * KIB + 1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_stream_report_progress(stream, asset, 500), FA_OK);
    CHECK_EQ(fa_stream_report_progress(stream, asset, 499), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
    memory = fa_stream_pin(stream, asset, NULL);
    (void)capture_code(&c);
    CHECK_EQ(fa_stream_free(stream, asset), FA_ERROR_PINNED);
    CHECK_EQ(capture_code(&c), 403);
    CHECK_EQ(fa_stream_unpin(stream, asset, NULL), FA_ERROR_UNBALANCED);
    CHECK_EQ(fa_stream_unpin(stream, asset, memory), FA_OK);
    CHECK_EQ(fa_stream_set_priority(stream, asset, -1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(stats_of(stream).evictable, 10 * KIB);
    (void)capture_code(&c);
    CHECK(fa_stream_access(other, asset, NULL) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 401);
    CHECK_EQ(fa_stream_free(stream, asset), FA_OK);
    CHECK_EQ(fa_stream_free(stream, asset), FA_ERROR_STALE);
    CHECK(fa_stream_pin(stream, asset, NULL) == NULL);
    CHECK(fa_stream_access(stream, 0, NULL) == NULL);
    CHECK(fa_stream_access(NULL, asset, NULL) == NULL);
    CHECK_EQ(fa_stream_evict_step(NULL, 0, 1, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_stream_destroy(NULL), FA_OK);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    CHECK_EQ(fa_stream_destroy(other), FA_OK);
    fa_stream_config config = FA_STREAM_CONFIG_INIT;
    config.struct_size = 3;
    CHECK(fa_stream_create(a, &config) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STRUCT_SIZE);
    CHECK(fa_stream_create(NULL, NULL) == NULL);
    fa_allocator_release(a);
}

static void *load_and_use(void *user)
{
    fa_stream *stream = user;
    fa_asset mine[8] = {0};
    for (int i = 0; i < 400; i++) {
        if (mine[i % 8] == 0)
            (void)fa_stream_reserve(stream, (size_t)(i % 8 + 1) * KIB, i % 3, NULL, &mine[i % 8]);
        fa_asset asset = mine[i % 8];
        void *memory = asset == 0 ? NULL : fa_stream_pin(stream, asset, NULL);
        if (memory != NULL) {
            CHECK(pattern_holds(memory, KIB, KIB, (unsigned)asset));
            CHECK_EQ(fa_stream_unpin(stream, asset, memory), FA_OK);
        } else if (asset != 0 && fa_stream_begin_load(stream, asset, &memory) == FA_OK) {
            pattern_fill(memory, KIB, (unsigned)asset);
            CHECK_EQ(fa_stream_finish_load(stream, asset), FA_OK);
        }
    }
    return NULL;
}

static void threads_share_a_store(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_stream *stream = make(a, 100 * KIB, NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, load_and_use, stream) == 0);
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    fa_stream_stats stats = stats_of(stream);
    CHECK(stats.peak <= 100 * KIB);
    CHECK(stats.loads > 0 && stats.hits > 0 && stats.evictions > 0);
    CHECK_EQ(fa_stream_destroy(stream), FA_OK);
    CHECK_EQ(figures(a).heap.live_count + figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(an_asset_lives_through_its_states), CASE(the_least_important_and_oldest_goes_first),
           CASE(old_and_new_versions_overlap), CASE(eviction_comes_in_slices), CASE(priorities_can_change),
           CASE(a_failing_backend_changes_nothing), CASE(misuse_is_refused), CASE(threads_share_a_store))
