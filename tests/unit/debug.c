/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* debug_mode: every detector, made to fire. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

#include <stdlib.h>

#define NEEDS_DEBUG()                                                                                                 \
    do {                                                                                                              \
        if (!setup())                                                                                                 \
            SKIP("built without debug support");                                                                      \
    } while (0)

static fa_allocator *a;
static capture heard;

static bool setup(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        return false;
    a = fa_allocator_create(&config);
    CHECK(a != NULL);
    capture_start(&heard, a);
    return true;
}

static void refused(const void *pointer, fa_status status, int32_t code)
{
    CHECK_EQ(fa_release(a, opaque(pointer)), status);
    CHECK_EQ(fa_last_status(), status);
    CHECK_EQ(capture_code(&heard), code);
}

static void pool_double_free(void)
{
    NEEDS_DEBUG();
    for (size_t size = 8; size <= 4096; size *= 8) {
        void *block = fa_pool_alloc(a, size, 1);
        void *neighbour = fa_pool_alloc(a, size, 1);
        CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
        refused(block, FA_ERROR_DOUBLE_FREE, 502);
        /* With its guards, the largest is for the heap. */
        CHECK_EQ(figures(a).pool.live_count + figures(a).heap.live_count, 1);
        CHECK_EQ(fa_release(a, opaque(neighbour)), FA_OK);
        atomic_store(&heard.reports, 0);
    }
    fa_allocator_release(a);
}

static void pool_interior_pointer(void)
{
    NEEDS_DEBUG();
    for (size_t size = 16; size <= 2048; size *= 2) {
        char *block = fa_pool_alloc(a, size, 1);
        REQUIRE(block != NULL);
        CHECK_EQ(fa_release(a, opaque(block + size / 2)), FA_ERROR_INTERIOR_POINTER);
        CHECK_EQ(heard.last.code, 503);
        CHECK_EQ(fa_release(a, opaque(block + 1)), FA_ERROR_INTERIOR_POINTER);
        CHECK_EQ(fa_release(a, opaque(block)), FA_OK);
    }
    fa_allocator_release(a);
}

static void foreign_pointers(void)
{
    NEEDS_DEBUG();
    static char fixed[64];
    char local[64];
    void *system = malloc(64);
    refused(fixed, FA_ERROR_FOREIGN_POINTER, 501);
    refused(local, FA_ERROR_FOREIGN_POINTER, 501);
    refused(system, FA_ERROR_FOREIGN_POINTER, 501);
    refused((void *)(uintptr_t)1, FA_ERROR_FOREIGN_POINTER, 501);
    free(system);
    fa_allocator_release(a);
}

static void frame_memory(void)
{
    NEEDS_DEBUG();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *block = fa_frame_alloc(a, 100, 16);
    refused(block, FA_ERROR_FOREIGN_POINTER, 504);
    void *ahead = fa_frame_alloc_ahead(a, 1, 100, 16);
    refused(ahead, FA_ERROR_FOREIGN_POINTER, 504);
    void *scratch = fa_scratch_alloc(a, 100, 16);
    refused(scratch, FA_ERROR_FOREIGN_POINTER, 504);
    fa_allocator_release(a);
}

static void wrong_allocator(void)
{
    NEEDS_DEBUG();
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    void *pool = fa_pool_alloc(other, 64, 16);
    void *heap = fa_heap_alloc(other, 1000000, 16);
    CHECK(fa_release(a, opaque(pool)) != FA_OK);
    CHECK_EQ(capture_code(&heard), 505);
    CHECK(fa_release(a, opaque(heap)) != FA_OK);
    CHECK_EQ(capture_code(&heard), 505);
    CHECK_EQ(fa_release(other, opaque(pool)), FA_OK);
    CHECK_EQ(fa_release(other, opaque(heap)), FA_OK);
    fa_allocator_release(other);
    fa_allocator_release(a);
}

/* A released block may carry the library's own links in its first words. */
enum { LINKS = 32 };

/* Such a tool would stop the test. */
static bool a_tool_watches(void)
{
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    CHECK_EQ(fa_debug_get_options(a, &options), FA_OK);
    if (options.flags & FA_DEBUG_TOOLS)
        fa_allocator_release(a);
    return (options.flags & FA_DEBUG_TOOLS) != 0;
}

#define NEEDS_TO_LOOK()                                                                                               \
    do {                                                                                                              \
        NEEDS_DEBUG();                                                                                                \
        if (a_tool_watches())                                                                                         \
            SKIP("a tool keeps released memory closed");                                                              \
    } while (0)

static void freed_memory_is_poisoned(void)
{
    NEEDS_TO_LOOK();
    const size_t sizes[] = {64, 1000, 4096, 20000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *block = fa_alloc(a, FA_INTENT_AUTO, sizes[i], 16);
        REQUIRE(block != NULL);
        memset(block, 1, sizes[i]);
        unsigned char *after = opaque(block);
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK(all_bytes(after + LINKS, sizes[i] - LINKS, 0xCD));
    }
    fa_allocator_release(a);
}

static void ended_frames_are_poisoned(void)
{
    NEEDS_TO_LOOK();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    unsigned char *block = fa_frame_alloc(a, 1000, 16);
    REQUIRE(block != NULL);
    memset(block, 1, 1000);
    unsigned char *after = opaque(block);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK(all_bytes(after + LINKS, 1000 - LINKS, 0xCD));
    fa_allocator_release(a);
}

static void rolled_back_memory_is_poisoned(void)
{
    NEEDS_TO_LOOK();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    unsigned char *block = fa_frame_alloc(a, 1000, 16);
    REQUIRE(block != NULL);
    memset(block, 1, 1000);
    unsigned char *after = opaque(block);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK(all_bytes(after + LINKS, 1000 - LINKS, 0xCD));
    fa_allocator_release(a);
}

static void leaks_are_reported_at_release(void)
{
    NEEDS_DEBUG();
    CHECK(fa_pool_alloc(a, 100, 16) != NULL);
    CHECK(fa_heap_alloc(a, 5000, 16) != NULL);
    CHECK(fa_heap_alloc(a, 1000000, 16) != NULL);
    fa_allocator_release(a);
    /* One for each, and one for all together. */
    CHECK_EQ(heard.by_code[506], 3 + 1);
    CHECK_EQ(heard.last.severity, FA_SEVERITY_WARNING);
}

static void no_leak_no_report(void)
{
    NEEDS_DEBUG();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 100, 16) != NULL);
    CHECK_EQ(fa_release(a, fa_pool_alloc(a, 100, 16)), FA_OK);
    CHECK_EQ(fa_release(a, fa_heap_alloc(a, 100000, 16)), FA_OK);
    fa_allocator_release(a);
    CHECK_EQ(atomic_load(&heard.reports), 0);
}

static void correct_programs_are_left_alone(void)
{
    NEEDS_DEBUG();
    enum { BLOCKS = 500 };
    static unsigned char *blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = fa_alloc(a, FA_INTENT_AUTO, i * 31 % 9000, 16);
        REQUIRE(blocks[i] != NULL);
        pattern_fill(blocks[i], i * 31 % 9000, i);
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        CHECK(pattern_holds(blocks[i], i * 31 % 9000, i * 31 % 9000, i));
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    }
    fa_stats stats = figures(a);
    check_adds_up(&stats);
    CHECK_EQ(stats.pool.live_count, 0);
    CHECK_EQ(atomic_load(&heard.reports), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(pool_double_free), CASE(pool_interior_pointer), CASE(foreign_pointers), CASE(frame_memory),
           CASE(wrong_allocator), CASE(freed_memory_is_poisoned), CASE(ended_frames_are_poisoned),
           CASE(rolled_back_memory_is_poisoned), CASE(leaks_are_reported_at_release), CASE(no_leak_no_report),
           CASE(correct_programs_are_left_alone))
