/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "pattern.h"
#include "spy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A bit of everything that asks the backend for memory. */
static void use(fa_allocator *a)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    void *frame = fa_frame_alloc(a, 300000, 16);
    void *pool = fa_pool_alloc(a, 1000, 16);
    void *heap = fa_heap_alloc(a, 300000, 4096);
    REQUIRE(frame != NULL && pool != NULL && heap != NULL);
    memset(frame, 1, 300000);
    memset(pool, 2, 1000);
    memset(heap, 3, 300000);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_release(a, pool), FA_OK);
    CHECK_EQ(fa_release(a, heap), FA_OK);
}

static void custom_backend_is_told_the_truth(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    use(a);
    fa_stats stats = figures(a);
    CHECK(s.asked > 2);
    CHECK_EQ(stats.reserved_bytes, s.live_bytes);
    CHECK_EQ(stats.backend_allocations, s.logged);
    CHECK_EQ(stats.backend_deallocations, s.returned);
    fa_allocator_release(a);
    CHECK_EQ(s.asked, s.returned);
    spy_check_clean(&s);
}

static void fallback_takes_system_memory(void)
{
    spy s;
    spy_start(&s);
    s.fall_back = true;
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    use(a);
    CHECK(s.asked > 2);
    CHECK_EQ(figures(a).backend_fallbacks, s.asked);
    s.fall_back = false;
    void *own = fa_heap_alloc(a, 9 << 20, 16);
    CHECK(own != NULL);
    CHECK(s.live > 0);
    CHECK_EQ(fa_release(a, own), FA_OK);
    fa_allocator_release(a);
    CHECK_EQ(s.returned, 1);
    spy_check_clean(&s);
}

static void check_broken_backend(fa_allocator *a, capture *c)
{
    CHECK(fa_heap_alloc(a, 200000, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BACKEND);
    CHECK_EQ(capture_code(c), 905);
    CHECK(fa_pool_alloc(a, 100, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BACKEND);
    CHECK_EQ(capture_code(c), 905);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 100, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BACKEND);
    CHECK_EQ(capture_code(c), 905);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
}

static void misaligned_memory_is_refused(void)
{
    spy s;
    capture c;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    s.misaligned_by = 8;
    check_broken_backend(a, &c);
    CHECK_EQ(s.live, 0);
    s.misaligned_by = 0;
    use(a);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void null_for_done_is_refused(void)
{
    spy s;
    capture c;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_start(&c, a);
    s.null_but_done = true;
    check_broken_backend(a, &c);
    s.null_but_done = false;
    use(a);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

static void availability(void)
{
    CHECK_EQ(fa_backend_available(FA_BACKEND_SYSTEM), 1);
    CHECK_EQ(fa_backend_available(FA_BACKEND_MMAP), 1);
    CHECK_EQ(fa_backend_available(FA_BACKEND_CUSTOM), 1);
    CHECK_EQ(fa_backend_available(-1), 0);
    CHECK_EQ(fa_backend_available(4), 0);
    int32_t numa = fa_backend_available(FA_BACKEND_NUMA);
    CHECK(numa == 0 || numa == 1);
}

static void mmap_with_every_option(void)
{
    for (uint32_t flags = 0; flags <= (FA_MMAP_HUGE_PAGES | FA_MMAP_PREFAULT); flags++) {
        fa_config config = FA_CONFIG_INIT;
        config.backend_kind = FA_BACKEND_MMAP;
        config.mmap_flags = flags;
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        use(a);
        fa_allocator_release(a);
    }
}

static size_t pages_present(const void *memory, size_t size)
{
    static unsigned char present[4096];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *start = (char *)opaque(memory);
    start += (page - (uintptr_t)start % page) % page;
    size_t pages = size / page - 1;
    size_t count = 0;
    if (pages > sizeof present || mincore(start, pages * page, present) != 0)
        return 0;
    for (size_t i = 0; i < pages; i++)
        count += present[i] & 1;
    return count;
}

static void prefault_makes_pages_present(void)
{
    const size_t size = 4 << 20;
    size_t present[2];
    for (uint32_t on = 0; on <= 1; on++) {
        fa_config config = FA_CONFIG_INIT;
        config.backend_kind = FA_BACKEND_MMAP;
        config.mmap_flags = on ? FA_MMAP_PREFAULT : 0;
        fa_allocator *a = fa_allocator_create(&config);
        REQUIRE(a != NULL);
        void *block = fa_heap_alloc(a, size, 4096);
        REQUIRE(block != NULL);
        present[on] = pages_present(block, size);
        CHECK_EQ(fa_release(a, block), FA_OK);
        fa_allocator_release(a);
    }
    CHECK_EQ(present[1], size / (size_t)sysconf(_SC_PAGESIZE) - 1);
    CHECK(present[0] < present[1]);
}

static void numa_node(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_NUMA;
    config.numa_node = 0;
    if (!fa_backend_available(FA_BACKEND_NUMA)) {
        CHECK_EQ(fa_config_check(&config), FA_ERROR_UNSUPPORTED);
        CHECK(fa_allocator_create(&config) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_UNSUPPORTED);
        SKIP("no libnuma on this machine");
    }
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    use(a);
    fa_allocator_release(a);
}

static void a_numa_node_that_is_not_there(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.backend_kind = FA_BACKEND_NUMA;
    config.numa_node = 1000000;
    CHECK_EQ(fa_config_check(&config), FA_ERROR_UNSUPPORTED);
    config.numa_node = -1;
    CHECK_EQ(fa_config_check(&config), FA_ERROR_INVALID_ARGUMENT);
}

CHECK_MAIN(CASE(custom_backend_is_told_the_truth), CASE(fallback_takes_system_memory),
           CASE(misaligned_memory_is_refused), CASE(null_for_done_is_refused), CASE(availability),
           CASE(mmap_with_every_option), CASE(prefault_makes_pages_present), CASE(numa_node),
           CASE(a_numa_node_that_is_not_there))
