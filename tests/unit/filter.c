/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"

#include <pthread.h>
#include <stdlib.h>

static capture reports;

static fa_allocator *filtered(const fa_filter_config *config)
{
    fa_allocator *a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_start(&reports, a);
    CHECK_EQ(fa_filter_enable(a, config), FA_OK);
    return a;
}

/* The only finding, or one without a code. */
static fa_filter_issue only_issue(fa_allocator *a)
{
    fa_filter_issue issue = {0};
    size_t total = 0;
    CHECK_EQ(fa_filter_report(a, &issue, 1, &total), FA_OK);
    CHECK(total <= 1);
    return total == 1 ? issue : (fa_filter_issue){0};
}

/* In each frame: some pool blocks, of which some are released at once. */
static void use_pool(fa_allocator *a, int frames, int blocks, int released)
{
    void *kept[100];
    for (int i = 0; i < frames; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (int j = 0; j < blocks; j++)
            kept[j] = fa_pool_alloc(a, 64, 16);
        for (int j = 0; j < released; j++)
            CHECK_EQ(fa_release(a, kept[j]), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        for (int j = released; j < blocks; j++)
            CHECK_EQ(fa_release(a, kept[j]), FA_OK);
    }
}

static void pool_blocks_of_one_frame(void)
{
    fa_allocator *a = filtered(NULL);
    CHECK_EQ(fa_tag_push_name(a, "ai"), FA_OK);
    use_pool(a, 10, 20, 10);
    CHECK_EQ(only_issue(a).code, 0);
    use_pool(a, 10, 20, 11);
    fa_filter_issue issue = only_issue(a);
    CHECK_EQ(issue.code, FA_CODE_SHORT_LIVED_POOL);
    CHECK_EQ(issue.tag, fa_tag_find(a, "ai"));
    CHECK_TEXT(issue.tag_path, "ai");
    CHECK_EQ(issue.samples, 400);
    CHECK(issue.observed > 0.52 && issue.observed < 0.53);
    CHECK(issue.threshold > 0.49 && issue.threshold < 0.51);
    CHECK_TEXT(issue.message, "pool blocks released in the frame that allocated them");
    CHECK(strlen(issue.suggestion) > 10);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void few_samples_are_not_judged(void)
{
    fa_allocator *a = filtered(NULL);
    use_pool(a, 1, 99, 99);
    CHECK_EQ(only_issue(a).code, 0);
    use_pool(a, 1, 1, 1);
    CHECK_EQ(only_issue(a).code, FA_CODE_SHORT_LIVED_POOL);
    CHECK_EQ(only_issue(a).tag, 0);
    fa_allocator_release(a);
}

static void outside_frames_and_other_intents_are_fine(void)
{
    fa_allocator *a = filtered(NULL);
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(fa_release(a, fa_pool_alloc(a, 64, 16)), FA_OK);
        CHECK_EQ(fa_release(a, fa_heap_alloc(a, 64, 16)), FA_OK);
    }
    for (int i = 0; i < 1000; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(only_issue(a).code, 0);
    CHECK_EQ(atomic_load(&reports.reports), 0);
    fa_allocator_release(a);
}

static void heap_in_frames(void)
{
    fa_allocator *a = filtered(NULL);
    for (int i = 0; i < 200; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (int j = 0; j < (i < 100 ? 8 : 9); j++)
            CHECK_EQ(fa_release(a, fa_heap_alloc(a, 5000, 16)), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        if (i == 99)
            CHECK_EQ(only_issue(a).code, 0);
    }
    fa_filter_issue issue = only_issue(a);
    CHECK_EQ(issue.code, FA_CODE_HEAP_IN_HOT_PATH);
    CHECK_EQ(issue.samples, 200);
    CHECK(issue.observed == 8.5);
    fa_allocator_release(a);
}

static void *empty_frames(void *user)
{
    for (int i = 0; i < 900; i++) {
        CHECK_EQ(fa_frame_begin(user), FA_OK);
        CHECK_EQ(fa_frame_end(user), FA_OK);
    }
    return NULL;
}

static void frames_of_others_hide_no_heap(void)
{
    pthread_t other;
    fa_filter_config config = FA_FILTER_CONFIG_INIT;
    config.frame_lifetime = UINT64_MAX;
    fa_allocator *a = filtered(&config);
    REQUIRE(pthread_create(&other, NULL, empty_frames, a) == 0);
    (void)pthread_join(other, NULL);
    for (int i = 0; i < 100; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (int j = 0; j < 20; j++)
            CHECK_EQ(fa_release(a, fa_heap_alloc(a, 100, 16)), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(only_issue(a).code, FA_CODE_HEAP_IN_HOT_PATH);
    CHECK(only_issue(a).observed == 20.0);
    fa_allocator_release(a);
}

/* What was begun while nobody looked is not judged. */
static void frames_begun_before_are_left_alone(void)
{
    pthread_t other;
    fa_allocator *a = filtered(NULL);
    REQUIRE(pthread_create(&other, NULL, empty_frames, a) == 0);
    (void)pthread_join(other, NULL);
    CHECK_EQ(fa_filter_disable(a), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_filter_enable(a, NULL), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(only_issue(a).code, 0);
    fa_allocator_release(a);
}

static void promotions(void)
{
    fa_allocator *a = filtered(NULL);
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    for (int i = 0; i < 10; i++) {
        fa_promotion promotion;
        size_t total;
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        for (int j = 0; j < 15; j++)
            CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
        CHECK_EQ(fa_frame_end_with_promotions(a, &promotion, 1, &total, NULL), FA_OK);
        CHECK_EQ(fa_release(a, promotion.after), FA_OK);
    }
    fa_filter_issue issue = only_issue(a);
    CHECK_EQ(issue.code, FA_CODE_PROMOTION_CHURN);
    CHECK_EQ(issue.samples, 160);
    CHECK(issue.observed == 0.0625);
    fa_allocator_release(a);
}

static void promotions_count_for_their_tag(void)
{
    fa_allocator *a = filtered(NULL);
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_POOL;
    for (int i = 0; i < 100; i++) {
        fa_promotion promotion;
        size_t total;
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        CHECK_EQ(fa_tag_push_name(a, "paths"), FA_OK);
        CHECK(fa_frame_alloc(a, 64, 16) != NULL);
        CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
        CHECK_EQ(fa_frame_end_with_promotions(a, &promotion, 1, &total, NULL), FA_OK);
        CHECK_EQ(fa_release(a, promotion.after), FA_OK);
    }
    fa_filter_issue issue = only_issue(a);
    CHECK_EQ(issue.code, FA_CODE_PROMOTION_CHURN);
    CHECK_TEXT(issue.tag_path, "paths");
    CHECK_EQ(issue.samples, 200);
    CHECK(issue.observed == 0.5);
    fa_allocator_release(a);
}

static void frames_that_are_held(void)
{
    fa_allocator *a = filtered(NULL);
    fa_frame_token token;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "render"), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    for (int i = 0; i < 11; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(only_issue(a).code, 0);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    fa_filter_issue issue = only_issue(a);
    CHECK_EQ(issue.code, FA_CODE_LONG_LIVED_FRAME);
    CHECK_TEXT(issue.tag_path, "render");
    CHECK(issue.observed == 11.0);
    CHECK(issue.threshold == 10.0);
    fa_allocator_release(a);
}

static void *run_frames(void *user)
{
    for (int i = 0; i < 12; i++) {
        CHECK_EQ(fa_frame_begin(user), FA_OK);
        CHECK_EQ(fa_frame_end(user), FA_OK);
    }
    return NULL;
}

static void frames_that_stay_open_while_others_go_by(void)
{
    fa_allocator *a = filtered(NULL);
    pthread_t other;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    REQUIRE(pthread_create(&other, NULL, run_frames, a) == 0);
    (void)pthread_join(other, NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(only_issue(a).code, FA_CODE_LONG_LIVED_FRAME);
    CHECK(only_issue(a).observed == 12.0);
    fa_allocator_release(a);
}

static void thresholds_take_effect(void)
{
    fa_filter_config strict = FA_FILTER_CONFIG_INIT;
    fa_filter_config relaxed = FA_FILTER_CONFIG_INIT;
    fa_filter_config own = FA_FILTER_CONFIG_INIT;
    CHECK_EQ(fa_filter_preset(&strict, FA_FILTER_STRICT), FA_OK);
    CHECK_EQ(fa_filter_preset(&relaxed, FA_FILTER_RELAXED), FA_OK);
    own.pool_same_frame = 0.8;
    own.min_samples = 10;
    fa_allocator *a = filtered(&own);
    use_pool(a, 60, 20, 15);
    CHECK_EQ(only_issue(a).code, 0);
    CHECK_EQ(fa_filter_enable(a, NULL), FA_OK);
    CHECK_EQ(only_issue(a).code, FA_CODE_SHORT_LIVED_POOL);
    CHECK_EQ(fa_filter_enable(a, &relaxed), FA_OK);
    CHECK_EQ(only_issue(a).code, 0);
    CHECK_EQ(fa_filter_enable(a, &strict), FA_OK);
    CHECK_EQ(only_issue(a).code, FA_CODE_SHORT_LIVED_POOL);
    CHECK(only_issue(a).threshold < 0.2);
    fa_allocator_release(a);
}

static void findings_are_reported_once(void)
{
    fa_allocator *a = filtered(NULL);
    use_pool(a, 63, 20, 20);
    CHECK_EQ(reports.by_code[0], 0);
    CHECK_EQ(atomic_load(&reports.reports), 0);
    use_pool(a, 200, 20, 20);
    CHECK_EQ(atomic_load(&reports.reports), 1);
    CHECK_TEXT(reports.code_text, "BF002");
    CHECK(strncmp(reports.note, "memory without a tag: observed 100 %, threshold 50 %, 1280 pool blocks", 70) == 0);
    CHECK_EQ(fa_filter_reset(a), FA_OK);
    CHECK_EQ(only_issue(a).code, 0);
    use_pool(a, 64, 20, 20);
    CHECK_EQ(atomic_load(&reports.reports), 2);
    fa_filter_config silent = FA_FILTER_CONFIG_INIT;
    silent.raise = 0;
    CHECK_EQ(fa_filter_enable(a, &silent), FA_OK);
    CHECK_EQ(fa_filter_reset(a), FA_OK);
    use_pool(a, 64, 20, 20);
    CHECK_EQ(atomic_load(&reports.reports), 2);
    fa_allocator_release(a);
}

static void off_counts_nothing(void)
{
    fa_allocator *a = filtered(NULL);
    use_pool(a, 10, 20, 20);
    CHECK_EQ(fa_filter_disable(a), FA_OK);
    CHECK_EQ(only_issue(a).samples, 200);
    use_pool(a, 10, 20, 20);
    CHECK_EQ(only_issue(a).samples, 200);
    fa_allocator_release(a);
}

static void texts(void)
{
    char text[2048];
    size_t needed = 0;
    fa_allocator *a = filtered(NULL);
    CHECK_EQ(fa_filter_format(a, FA_FILTER_TEXT, text, sizeof text, &needed), FA_OK);
    CHECK_TEXT(text, "behaviour of 0 frames\nnothing found\n");
    CHECK_EQ(needed, strlen(text) + 1);
    CHECK_EQ(fa_tag_push_name(a, "a\"b\n\033"), FA_OK);
    use_pool(a, 10, 20, 15);
    CHECK_EQ(fa_filter_format(a, FA_FILTER_TEXT, text, sizeof text, &needed), FA_OK);
    CHECK_TEXT(text, "behaviour of 10 frames\n"
                     "[BF002] pool blocks released in the frame that allocated them: a\"b\\x0A\\x1B\n"
                     "  observed 75 %, threshold 50 %, 200 pool blocks\n"
                     "  take them from the frame, which frees all of them at once\n");
    CHECK_EQ(needed, strlen(text) + 1);
    CHECK_EQ(fa_filter_format(a, FA_FILTER_JSON, text, sizeof text, &needed), FA_OK);
    CHECK_EQ(needed, strlen(text) + 1);
    CHECK(strstr(text, "\"version\":1") != NULL || strstr(text, "\"version\": 1") != NULL);
    CHECK(strstr(text, "a\\\"b\\u000a\\u001b") != NULL);
    CHECK(strstr(text, "0.750000") != NULL && strstr(text, "\"BF002\"") != NULL);
    CHECK_EQ(fa_filter_format(a, FA_FILTER_JSON, text, needed - 1, NULL), FA_ERROR_FULL);
    CHECK_EQ(strlen(text), needed - 2);
    CHECK_EQ(fa_filter_format(a, FA_FILTER_JSON, NULL, 0, &needed), FA_ERROR_FULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void many_findings(void)
{
    fa_allocator *a = filtered(NULL);
    fa_filter_issue issues[8];
    size_t total;
    char name[8];
    for (int i = 0; i < 5; i++) {
        (void)snprintf(name, sizeof name, "tag%d", i);
        CHECK_EQ(fa_tag_push_name(a, name), FA_OK);
        use_pool(a, 5, 20, 20);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
    }
    CHECK_EQ(fa_filter_report(a, issues, 3, &total), FA_OK);
    CHECK_EQ(total, 5);
    CHECK_TEXT(issues[2].tag_path, "tag2");
    CHECK_EQ(fa_filter_report(a, issues, 8, &total), FA_OK);
    CHECK_TEXT(issues[4].tag_path, "tag4");
    CHECK_EQ(fa_filter_report(a, NULL, 0, &total), FA_OK);
    CHECK_EQ(total, 5);
    fa_allocator_release(a);
}

static void misuse_is_refused(void)
{
    fa_allocator *a = fa_allocator_create(NULL);
    size_t total;
    char text[16];
    REQUIRE(a != NULL);
    capture_mute(a);
    static const fa_filter_config wrong[] = {
        {sizeof(fa_filter_config), 2, 100, 10, 0.5, 0.05, 8.0},   {sizeof(fa_filter_config), 1, 0, 10, 0.5, 0.05, 8.0},
        {sizeof(fa_filter_config), 1, 100, 10, 1.5, 0.05, 8.0},   {sizeof(fa_filter_config), 1, 100, 10, -0.5, 0.05, 8.0},
        {sizeof(fa_filter_config), 1, 100, 10, 0.5, 2.0, 8.0},    {sizeof(fa_filter_config), 1, 100, 10, 0.5, 0.05, -1.0},
        {sizeof(fa_filter_config), 1, 100, 10, 0.0 / 1.0 - 1.0, 0.05, 8.0},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        CHECK_EQ(fa_filter_enable(a, &wrong[i]), FA_ERROR_INVALID_ARGUMENT);
    fa_filter_config not_a_number = FA_FILTER_CONFIG_INIT;
    not_a_number.promotion_rate = strtod("nan", NULL);
    CHECK_EQ(fa_filter_enable(a, &not_a_number), FA_ERROR_INVALID_ARGUMENT);
    fa_filter_config small = FA_FILTER_CONFIG_INIT;
    small.struct_size = 8;
    CHECK_EQ(fa_filter_enable(a, &small), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_filter_report(a, NULL, 1, &total), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_filter_report(a, NULL, 0, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_filter_format(a, 2, text, sizeof text, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_filter_format(a, 0, NULL, 1, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_filter_enable(NULL, NULL), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_filter_preset(NULL, 0), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_filter_preset(&small, 3), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
}

static void *use_filtered(void *user)
{
    use_pool(user, 200, 20, 20);
    return NULL;
}

static void threads_count_together(void)
{
    pthread_t threads[4];
    fa_filter_config config = FA_FILTER_CONFIG_INIT;
    config.frame_lifetime = UINT64_MAX;
    fa_allocator *a = filtered(&config);
    for (int i = 0; i < 4; i++)
        REQUIRE(pthread_create(&threads[i], NULL, use_filtered, a) == 0);
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(only_issue(a).samples, 4 * 200 * 20);
    CHECK_EQ(reports.by_code[0], 0);
    CHECK_EQ(atomic_load(&reports.reports), 1);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(pool_blocks_of_one_frame), CASE(few_samples_are_not_judged), CASE(outside_frames_and_other_intents_are_fine),
           CASE(heap_in_frames), CASE(frames_of_others_hide_no_heap), CASE(frames_begun_before_are_left_alone),
           CASE(promotions), CASE(promotions_count_for_their_tag), CASE(frames_that_are_held),
           CASE(frames_that_stay_open_while_others_go_by),
           CASE(thresholds_take_effect), CASE(findings_are_reported_once), CASE(off_counts_nothing), CASE(texts),
           CASE(many_findings), CASE(misuse_is_refused), CASE(threads_count_together))
