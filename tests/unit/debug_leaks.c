/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Debug mode: what is in use for long, where it comes from, and where a program allocates most often. */
#include "capture.h"

static fa_allocator *a;
static capture heard;

static bool setup(void)
{
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    if (fa_config_check(&config) == FA_ERROR_UNSUPPORTED)
        return false;
    a = fa_allocator_create(&config);
    capture_start(&heard, a);
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    CHECK_EQ(fa_debug_get_options(a, &options), FA_OK);
    return (options.flags & FA_DEBUG_SITES) != 0;
}

#define NEEDS_SITES()                                                                                                 \
    do {                                                                                                              \
        if (!setup())                                                                                                 \
            SKIP("built without debug mode, or no stacks of calls here");                                             \
    } while (0)

static __attribute__((noinline)) void *load_sound(size_t size)
{
    void *block = fa_heap_alloc(a, size, 16);
    __asm__ volatile("" : : "r"(block));
    return block;
}

static __attribute__((noinline)) void *spawn_enemy(void)
{
    void *block = fa_pool_alloc(a, 40, 8);
    __asm__ volatile("" : : "r"(block));
    return block;
}

static void leaks_are_grouped_by_site(void)
{
    NEEDS_SITES();
    for (size_t i = 0; i < opaque_size(30); i++)
        CHECK(spawn_enemy() != NULL);
    /* Not unrolled: each would have a place of its own. */
    for (size_t i = 1; i <= opaque_size(3); i++)
        CHECK(load_sound(i * 1000) != NULL);
    CHECK_EQ(fa_release(a, load_sound(77)), FA_OK);
    fa_debug_leak leaks[4];
    size_t total = 0;
    CHECK_EQ(fa_debug_leaks(a, 0, 0, leaks, 4, &total), FA_OK);
    REQUIRE(total == 2);
    CHECK_EQ(leaks[0].bytes, 6000);
    CHECK_EQ(leaks[0].blocks, 3);
    CHECK_EQ(leaks[0].intent, FA_INTENT_HEAP);
    CHECK_EQ(leaks[1].blocks, 30);
    CHECK_EQ(leaks[1].bytes, 1200);
    CHECK(leaks[0].site != leaks[1].site);
    CHECK_EQ(fa_debug_leaks(a, 0, 0, NULL, 0, &total), FA_OK);
    CHECK_EQ(total, 2);
    fa_allocator_release(a);
    CHECK_EQ(heard.by_code[506], 3);
    CHECK(strstr(heard.note, "33 blocks of 7200 bytes in all") != NULL);
}

static void tags_make_groups(void)
{
    NEEDS_SITES();
    const char *names[] = {"ai", "physics", "ai"};
    for (size_t i = 0; i < opaque_size(3); i++) {
        CHECK_EQ(fa_tag_push_name(a, names[i]), FA_OK);
        CHECK(spawn_enemy() != NULL);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    }
    fa_debug_leak leaks[4];
    size_t total = 0;
    CHECK_EQ(fa_debug_leaks(a, 0, 0, leaks, 4, &total), FA_OK);
    REQUIRE(total == 2);
    CHECK_EQ(leaks[0].tag, fa_tag_find(a, "ai"));
    CHECK_EQ(leaks[0].blocks, 2);
    CHECK_EQ(leaks[1].tag, fa_tag_find(a, "physics"));
    fa_allocator_release(a);
    CHECK(heard.by_code[506] == 3);
}

static void reports_name_who_leaks(void)
{
    NEEDS_SITES();
    CHECK_EQ(fa_tag_push_name(a, "audio"), FA_OK);
    CHECK(load_sound(5000) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    uint64_t found = 0;
    CHECK_EQ(fa_debug_report_old(a, 0, 0, &found), FA_OK);
    CHECK_EQ(found, 1);
    CHECK_EQ(heard.by_code[510], 2);
    CHECK_EQ(heard.last.severity, FA_SEVERITY_WARNING);
    CHECK_TEXT(heard.message, "blocks in use for long");
    CHECK_EQ(fa_debug_report_old(a, UINT64_MAX, 0, &found), FA_OK);
    CHECK_EQ(found, 0);
    CHECK_EQ(heard.by_code[510], 2);
    fa_allocator_release(a);
}

static void first_report(void *user, const fa_diagnostic *diagnostic)
{
    char *note = user;
    if (note[0] == 0)
        (void)snprintf(note, 512, "%s", diagnostic->note);
}

static void the_end_names_who_leaks(void)
{
    NEEDS_SITES();
    char note[512] = "";
    CHECK_EQ(fa_tag_push_name(a, "audio"), FA_OK);
    CHECK(load_sound(5000) != NULL);
    CHECK_EQ(fa_diagnostic_set_sink(a, first_report, note), FA_OK);
    fa_allocator_release(a);
    CHECK(strstr(note, "1 block of 5000 bytes (heap, tag audio), allocated by load_sound < the_end_names_who_leaks") != NULL);
}

static void age_in_frames(void)
{
    NEEDS_SITES();
    void *blocks[10];
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        blocks[i] = spawn_enemy();
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    fa_debug_leak leak;
    size_t total = 0;
    CHECK_EQ(fa_debug_leaks(a, 0, 7, &leak, 1, &total), FA_OK);
    CHECK_EQ(total, 1);
    CHECK_EQ(leak.blocks, 3);
    CHECK_EQ(leak.oldest_frame, 1);
    CHECK(leak.oldest == blocks[0]);
    CHECK_EQ(fa_debug_leaks(a, 0, 10, &leak, 1, &total), FA_OK);
    CHECK_EQ(total, 0);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    fa_allocator_release(a);
}

static void hot_sites_are_counted(void)
{
    NEEDS_SITES();
    for (int i = 0; i < 100; i++)
        CHECK_EQ(fa_release(a, spawn_enemy()), FA_OK);
    void *left = load_sound(500);
    fa_debug_hot_site sites[3];
    size_t total = 0;
    CHECK_EQ(fa_debug_hot_sites(a, sites, 3, &total), FA_OK);
    REQUIRE(total == 2);
    CHECK_EQ(sites[0].allocations, 100);
    CHECK_EQ(sites[0].bytes, 4000);
    CHECK_EQ(sites[0].live_blocks, 0);
    CHECK_EQ(sites[1].allocations, 1);
    CHECK_EQ(sites[1].live_bytes, 500);
    char text[1024];
    CHECK(fa_debug_site_text(a, sites[0].site, text, sizeof text) != 0);
    CHECK(strncmp(text, "spawn_enemy+", 12) == 0);
    CHECK_EQ(fa_release(a, left), FA_OK);
    fa_allocator_release(a);
}

static void many_sites_and_groups(void)
{
    NEEDS_SITES();
    enum { TAGS = 3000 };
    static void *blocks[TAGS];
    for (int i = 0; i < TAGS; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "tag%d", i);
        CHECK_EQ(fa_tag_push_name(a, name), FA_OK);
        blocks[i] = spawn_enemy();
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    }
    static fa_debug_leak leaks[TAGS];
    size_t total = 0;
    CHECK_EQ(fa_debug_leaks(a, 0, 0, leaks, TAGS, &total), FA_OK);
    CHECK_EQ(total, TAGS);
    uint64_t all = 0;
    for (size_t i = 0; i < TAGS; i++)
        all += leaks[i].blocks;
    CHECK_EQ(all, TAGS);
    for (int i = 0; i < TAGS; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    CHECK_EQ(fa_debug_leaks(a, 0, 0, leaks, TAGS, &total), FA_OK);
    CHECK_EQ(total, 0);
    fa_allocator_release(a);
    CHECK_EQ(heard.by_code[506], 0);
}

static void the_report_can_be_read(void)
{
    NEEDS_SITES();
    void *block = spawn_enemy();
    char text[4096];
    size_t length = fa_debug_report(a, text, sizeof text);
    CHECK_EQ(length, strlen(text));
    CHECK(strstr(text, "where it allocates most often") != NULL && strstr(text, "spawn_enemy < the_report_can_be_read") != NULL);
    CHECK_EQ(fa_debug_report(a, NULL, 0), length);
    char little[20];
    CHECK_EQ(fa_debug_report(a, little, sizeof little), length);
    CHECK_EQ(strlen(little), sizeof little - 1);
    CHECK_EQ(fa_release(a, block), FA_OK);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    NEEDS_SITES();
    size_t total;
    CHECK_EQ(fa_debug_leaks(a, 0, 0, NULL, 1, &total), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_leaks(a, 0, 0, NULL, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_leaks(NULL, 0, 0, NULL, 0, &total), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_debug_hot_sites(a, NULL, 1, &total), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_hot_sites(a, NULL, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_debug_hot_sites(NULL, NULL, 0, &total), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_debug_report_old(NULL, 0, 0, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_debug_report(NULL, NULL, 0), 0);
    CHECK_EQ(fa_debug_site_text(NULL, 1, NULL, 0), 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(leaks_are_grouped_by_site), CASE(tags_make_groups), CASE(reports_name_who_leaks), CASE(the_end_names_who_leaks),
           CASE(age_in_frames), CASE(hot_sites_are_counted), CASE(many_sites_and_groups), CASE(the_report_can_be_read),
           CASE(bad_input_is_refused))
