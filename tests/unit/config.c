/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

typedef struct newer_config {
    fa_config config;
    unsigned char tail[64];
} newer_config;

static fa_config preset(int32_t number)
{
    fa_config config = FA_CONFIG_INIT;
    CHECK_EQ(fa_config_preset(&config, number), FA_OK);
    return config;
}

/* Field by field: padding bytes may differ. */
static void check_same(const fa_config *left, const fa_config *right)
{
    CHECK_EQ(left->struct_size, right->struct_size);
    CHECK_EQ(left->backend_kind, right->backend_kind);
    CHECK_EQ(left->frame_chunk_min, right->frame_chunk_min);
    CHECK_EQ(left->frame_chunk_max, right->frame_chunk_max);
    CHECK_EQ(left->frame_cap, right->frame_cap);
    CHECK_EQ(left->frame_reset_policy, right->frame_reset_policy);
    CHECK_EQ(left->frame_decay_frames, right->frame_decay_frames);
    CHECK_EQ(left->frame_keep_bytes, right->frame_keep_bytes);
    CHECK_EQ(left->pool_page_size, right->pool_page_size);
    CHECK_EQ(left->pool_pages_kept, right->pool_pages_kept);
    CHECK_EQ(left->mmap_flags, right->mmap_flags);
    CHECK_EQ(left->pool_heap_threshold, right->pool_heap_threshold);
    CHECK_EQ(left->heap_cache_limit, right->heap_cache_limit);
    CHECK_EQ(left->memory_limit, right->memory_limit);
    CHECK_EQ(left->budgets, right->budgets);
    CHECK_EQ(left->statistics, right->statistics);
    CHECK_EQ(left->prefetch, right->prefetch);
    CHECK_EQ(left->debug_mode, right->debug_mode);
    CHECK_EQ(left->numa_node, right->numa_node);
    CHECK_EQ(left->reserved, right->reserved);
    CHECK(left->backend.allocate == right->backend.allocate);
    CHECK(left->backend.deallocate == right->backend.deallocate);
    CHECK(left->backend.user == right->backend.user);
}

static void check_reads_back(const fa_config *config)
{
    fa_allocator *a = fa_allocator_create(config);
    REQUIRE(a != NULL);
    fa_config read;
    memset(&read, 0xAA, sizeof read);
    read.struct_size = (uint32_t)sizeof read;
    CHECK_EQ(fa_allocator_config(a, &read), FA_OK);
    check_same(&read, config);
    fa_allocator_release(a);
}

static void initialiser_is_the_default_preset(void)
{
    fa_config initialiser = FA_CONFIG_INIT;
    fa_config filled;
    memset(&filled, 0xAA, sizeof filled);
    filled.struct_size = (uint32_t)sizeof filled;
    CHECK_EQ(fa_config_preset(&filled, FA_PRESET_DEFAULT), FA_OK);
    check_same(&filled, &initialiser);
    check_reads_back(&initialiser);
}

static void null_means_default(void)
{
    fa_config initialiser = FA_CONFIG_INIT;
    fa_config read = FA_CONFIG_INIT;
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    read.frame_chunk_min = 1;
    CHECK_EQ(fa_allocator_config(a, &read), FA_OK);
    check_same(&read, &initialiser);
    fa_allocator_release(a);
}

static void presets_are_what_they_say(void)
{
    fa_config plain = preset(FA_PRESET_DEFAULT);
    fa_config minimal = preset(FA_PRESET_MINIMAL);
    fa_config fast = preset(FA_PRESET_HIGH_PERFORMANCE);
    CHECK(plain.statistics && plain.prefetch && plain.frame_reset_policy == FA_RESET_KEEP_ALL);
    CHECK_EQ(plain.frame_chunk_min, 64 << 10);
    CHECK_EQ(plain.frame_chunk_max, 1 << 20);
    CHECK_EQ(plain.pool_heap_threshold, 4096);
    CHECK(!minimal.statistics && !minimal.prefetch);
    CHECK(minimal.frame_chunk_min < plain.frame_chunk_min && minimal.heap_cache_limit < plain.heap_cache_limit);
    CHECK(fast.frame_chunk_min > plain.frame_chunk_min && fast.heap_cache_limit > plain.heap_cache_limit);
    CHECK_EQ(fast.backend_kind, FA_BACKEND_MMAP);
    CHECK(fast.mmap_flags & FA_MMAP_PREFAULT);
}

static void presets_make_allocators(void)
{
    for (int32_t number = FA_PRESET_DEFAULT; number <= FA_PRESET_HIGH_PERFORMANCE; number++) {
        fa_config config = preset(number);
        CHECK_EQ(fa_config_check(&config), FA_OK);
        check_reads_back(&config);
    }
}

static void unknown_presets_are_refused(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.frame_cap = 4711;
    CHECK_EQ(fa_config_preset(&config, -1), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_config_preset(&config, 3), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_config_preset(NULL, FA_PRESET_DEFAULT), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(config.frame_cap, 4711);
}

static void every_field_reads_back(void)
{
    fa_config c = FA_CONFIG_INIT;
    c.backend_kind = FA_BACKEND_MMAP;
    c.frame_chunk_min = 8192;
    c.frame_chunk_max = 32768;
    c.frame_cap = 100000;
    c.frame_reset_policy = FA_RESET_DECAY;
    c.frame_decay_frames = 17;
    c.frame_keep_bytes = 12345;
    c.pool_page_size = 3 * 65536;
    c.pool_pages_kept = 5;
    c.mmap_flags = FA_MMAP_PREFAULT;
    c.pool_heap_threshold = 1000;
    c.heap_cache_limit = 777777;
    c.memory_limit = (size_t)1 << 33;
    c.budgets = 0;
    c.statistics = 0;
    c.prefetch = 0;
    check_reads_back(&c);
}

static void debug_mode_reads_back(void)
{
    fa_config c = FA_CONFIG_INIT;
    c.debug_mode = 1;
    if (fa_config_check(&c) == FA_ERROR_UNSUPPORTED)
        SKIP("built without debug support");
    check_reads_back(&c);
}

static fa_status create_status(const fa_config *config)
{
    fa_clear_last_status();
    fa_allocator *a = fa_allocator_create(config);
    CHECK(a == NULL);
    fa_allocator_release(a);
    return fa_last_status();
}

static void too_small_a_struct_is_refused(void)
{
    const uint32_t sizes[] = {0, 4, (uint32_t)sizeof(fa_config) - 8, (uint32_t)sizeof(fa_config) - 1};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        fa_config config = FA_CONFIG_INIT;
        config.struct_size = sizes[i];
        CHECK_EQ(fa_config_check(&config), FA_ERROR_STRUCT_SIZE);
        CHECK_EQ(create_status(&config), FA_ERROR_STRUCT_SIZE);
        CHECK_EQ(fa_config_preset(&config, FA_PRESET_DEFAULT), FA_ERROR_STRUCT_SIZE);
    }
}

static void newer_struct_with_zero_tail_is_taken(void)
{
    newer_config newer = {.config = FA_CONFIG_INIT};
    newer.config.struct_size = (uint32_t)sizeof newer;
    CHECK_EQ(fa_config_check(&newer.config), FA_OK);
    fa_allocator *a = fa_allocator_create(&newer.config);
    REQUIRE(a != NULL);
    memset(newer.tail, 0xAA, sizeof newer.tail);
    newer.config.frame_chunk_min = 0;
    CHECK_EQ(fa_allocator_config(a, &newer.config), FA_OK);
    CHECK_EQ(newer.config.struct_size, sizeof newer);
    CHECK_EQ(newer.config.frame_chunk_min, 65536);
    for (size_t i = 0; i < sizeof newer.tail; i++)
        CHECK_EQ(newer.tail[i], 0);
    fa_allocator_release(a);
}

static void newer_struct_with_unknown_fields_is_refused(void)
{
    for (size_t i = 0; i < sizeof(((newer_config *)NULL)->tail); i++) {
        newer_config newer = {.config = FA_CONFIG_INIT};
        newer.config.struct_size = (uint32_t)sizeof newer;
        newer.tail[i] = 1;
        CHECK_EQ(fa_config_check(&newer.config), FA_ERROR_STRUCT_SIZE);
        CHECK_EQ(create_status(&newer.config), FA_ERROR_STRUCT_SIZE);
    }
}

static void read_back_needs_a_struct_size(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_config config = FA_CONFIG_INIT;
    config.struct_size = 8;
    CHECK_EQ(fa_allocator_config(a, &config), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_allocator_config(a, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
}

#define REFUSED(field, value)                                                                                         \
    do {                                                                                                              \
        fa_config config = FA_CONFIG_INIT;                                                                            \
        config.field = (value);                                                                                       \
        CHECK_EQ(fa_config_check(&config), FA_ERROR_INVALID_ARGUMENT);                                                \
        CHECK_EQ(create_status(&config), FA_ERROR_INVALID_ARGUMENT);                                                  \
    } while (0)

static void frame_fields_have_ranges(void)
{
    REFUSED(frame_chunk_min, 0);
    REFUSED(frame_chunk_min, 2048);
    REFUSED(frame_chunk_min, 65537);
    REFUSED(frame_chunk_min, (size_t)2 << 20);
    REFUSED(frame_chunk_max, 3 << 20);
    REFUSED(frame_chunk_max, 32768);
    REFUSED(frame_chunk_max, (size_t)2 << 30);
    REFUSED(frame_chunk_max, SIZE_MAX);
    REFUSED(frame_reset_policy, -1);
    REFUSED(frame_reset_policy, 4);
    REFUSED(frame_decay_frames, 0);
    REFUSED(frame_decay_frames, 65537);
}

static void pool_fields_have_ranges(void)
{
    REFUSED(pool_page_size, 0);
    REFUSED(pool_page_size, 32768);
    REFUSED(pool_page_size, 65536 + 4096);
    REFUSED(pool_page_size, (size_t)8 << 20);
    REFUSED(pool_pages_kept, 1025);
    REFUSED(pool_heap_threshold, 7);
    REFUSED(pool_heap_threshold, 4097);
}

static void switches_are_0_or_1(void)
{
    REFUSED(budgets, 2);
    REFUSED(statistics, -1);
    REFUSED(prefetch, 2);
    REFUSED(debug_mode, 2);
    REFUSED(mmap_flags, 4);
    REFUSED(reserved, 1);
    REFUSED(numa_node, 0);
    REFUSED(numa_node, -2);
}

static int32_t no_memory(void *user, size_t size, size_t alignment, void **out)
{
    (void)user, (void)size, (void)alignment, (void)out;
    return FA_BACKEND_FAILED;
}

static void backend_fields_must_fit_the_kind(void)
{
    REFUSED(backend_kind, -1);
    REFUSED(backend_kind, 4);
    REFUSED(backend_kind, FA_BACKEND_CUSTOM);
    REFUSED(backend.allocate, no_memory);
    fa_config half = FA_CONFIG_INIT;
    half.backend_kind = FA_BACKEND_CUSTOM;
    half.backend.allocate = no_memory;
    CHECK_EQ(fa_config_check(&half), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(create_status(&half), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_config_check(NULL), FA_ERROR_INVALID_ARGUMENT);
}

static void threshold_decides_between_pool_and_heap(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.pool_heap_threshold = 256;
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    void *small = fa_alloc(a, FA_INTENT_AUTO, 256, 16);
    void *large = fa_alloc(a, FA_INTENT_AUTO, 257, 16);
    fa_stats stats = FA_STATS_INIT;
    CHECK_EQ(fa_allocator_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.pool.live_count, 1);
    CHECK_EQ(stats.heap.live_count, 1);
    CHECK_EQ(fa_release(a, small), FA_OK);
    CHECK_EQ(fa_release(a, large), FA_OK);
    fa_allocator_release(a);
}

static void budgets_off_means_no_limits(void)
{
    for (int32_t on = 0; on <= 1; on++) {
        fa_config config = FA_CONFIG_INIT;
        config.budgets = on;
        config.memory_limit = 8 << 20;
        config.frame_cap = 4096;
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        capture_mute(a);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_alloc(a, 8192, 16) != NULL, !on);
        void *block = fa_heap_alloc(a, 16 << 20, 16);
        CHECK_EQ(block != NULL, !on);
        CHECK_EQ(fa_release(a, block), FA_OK);
        fa_allocator_release(a);
    }
}

CHECK_MAIN(CASE(initialiser_is_the_default_preset), CASE(null_means_default), CASE(presets_are_what_they_say),
           CASE(presets_make_allocators), CASE(unknown_presets_are_refused), CASE(every_field_reads_back),
           CASE(debug_mode_reads_back), CASE(too_small_a_struct_is_refused),
           CASE(newer_struct_with_zero_tail_is_taken), CASE(newer_struct_with_unknown_fields_is_refused),
           CASE(read_back_needs_a_struct_size), CASE(frame_fields_have_ranges), CASE(pool_fields_have_ranges),
           CASE(switches_are_0_or_1), CASE(backend_fields_must_fit_the_kind),
           CASE(threshold_decides_between_pool_and_heap), CASE(budgets_off_means_no_limits))
