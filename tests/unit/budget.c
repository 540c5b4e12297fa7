/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "capture.h"
#include "figures.h"
#include "spy.h"

#include <pthread.h>

typedef struct heard {
    fa_allocator *allocator;
    fa_budget_event last;
    unsigned kinds[5];
    int32_t answer; /* of decide */
    unsigned asked;
} heard;

static void listen(void *user, const fa_budget_event *event)
{
    heard *h = user;
    h->last = *event;
    if (event->kind >= 1 && event->kind <= 4)
        h->kinds[event->kind]++;
    /* A listener may use the allocator. */
    CHECK_EQ(fa_tag_push(h->allocator, 0), FA_OK);
    CHECK_EQ(fa_release(h->allocator, fa_heap_try_alloc(h->allocator, 16, 16)), FA_OK);
    CHECK_EQ(fa_tag_pop(h->allocator), FA_OK);
}

static int32_t decide(void *user, const fa_budget_event *event)
{
    heard *h = user;
    h->asked++;
    h->last = *event;
    return h->answer;
}

static fa_allocator *listened(heard *h)
{
    fa_allocator *a = fa_allocator_create(NULL);
    memset(h, 0, sizeof *h);
    h->allocator = a;
    CHECK_EQ(fa_budget_set_listener(a, listen, h), FA_OK);
    capture_mute(a);
    return a;
}

static fa_budget limits(int32_t policy, uint64_t soft, uint64_t hard)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.policy = policy;
    budget.soft_limit = soft;
    budget.hard_limit = hard;
    return budget;
}

static fa_budget_usage usage_of(fa_allocator *a, fa_tag tag)
{
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    CHECK_EQ(fa_budget_get_tag(a, tag, &usage), FA_OK);
    return usage;
}

static void frames_stop_at_the_hard_limit_of_a_tag(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "ai");
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 1600);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    for (int frame = 0; frame < 3; frame++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 100000, 16) != NULL);
        CHECK_EQ(fa_tag_push(a, tag), FA_OK);
        for (int i = 0; i < 100; i++)
            CHECK((fa_frame_alloc(a, 16, 16) != NULL));
        CHECK_EQ(fa_budget_remaining(a, tag), 0);
        CHECK(fa_frame_alloc(a, 16, 16) == NULL);
        CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
        CHECK_EQ(usage_of(a, tag).used, 1600);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
        CHECK(fa_frame_alloc(a, 100000, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(usage_of(a, tag).used, 0);
        CHECK_EQ(fa_budget_remaining(a, tag), 1600);
    }
    CHECK_EQ(usage_of(a, tag).denied, 3);
    CHECK_EQ(usage_of(a, tag).peak, 1600);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_HARD], 3);
    CHECK_EQ(h.last.tag, tag);
    CHECK_EQ(h.last.decision, FA_BUDGET_FAIL);
    fa_allocator_release(a);
}

static void every_path_charges_and_failure_leaves_nothing(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "all");
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 4096);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_pool_alloc(a, 2048, 16) != NULL);
    void *heap = fa_heap_alloc(a, 1024, 16);
    CHECK(heap != NULL);
    CHECK_EQ(usage_of(a, tag).used, 3072);
    CHECK(fa_pool_alloc(a, 2048, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK(fa_pool_try_alloc(a, 2048, 16) == NULL);
    CHECK(fa_heap_alloc(a, 100000, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK(fa_heap_alloc(a, 1025, 16) == NULL);
    CHECK(fa_realloc(a, heap, 4000, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK(fa_frame_alloc(a, 1040, 16) == NULL);
    CHECK(fa_frame_alloc_ahead(a, 1, 1040, 16) == NULL);
    CHECK(fa_frame_alloc_array(a, 65, 16, 16) == NULL);
    CHECK(fa_tagged_alloc(&(fa_tagged){a, tag}, FA_INTENT_HEAP, 5000, 16) == NULL);
    CHECK_EQ(usage_of(a, tag).used, 3072);
    fa_window window;
    CHECK_EQ(fa_window_open(a, &window, 65536), FA_OK);
    for (int i = 0; i < 64; i++)
        CHECK(fa_window_alloc(&window, 16, 16) != NULL);
    CHECK(fa_window_alloc(&window, 16, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK_EQ(usage_of(a, tag).used, 4096);
    CHECK_EQ(fa_window_close(&window), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 3072);
    CHECK_EQ(fa_release(a, heap), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 2048);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc_ahead(a, 2, 2048, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 4096);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(usage_of(a, tag).peak, 4096);
    fa_allocator_release(a);
}

FA_VECTOR_DEFINE(byte_list, unsigned char)
FA_MAP_DEFINE(byte_map, uint64_t, uint64_t)

static void forms_and_collections_charge(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    capture c;
    capture_start(&c, a);
    fa_tag tag = fa_tag_get(a, "ai::forms");
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 2048);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    void *blocks[8];
    byte_list list;
    byte_map map;
    CHECK_EQ(fa_frame_alloc_8(a, 128, 16, blocks), FA_OK);
    CHECK_EQ(fa_budget_remaining(a, tag), 1024);
    CHECK_EQ(fa_frame_alloc_batch(a, blocks, 8, 144, 16), FA_ERROR_BUDGET);
    CHECK_EQ(capture_code(&c), 302);
    CHECK(strstr(c.note, "under tag ai::forms on thread") != NULL);
    CHECK_EQ(fa_frame_alloc_8(a, 144, 16, blocks), FA_ERROR_BUDGET);
    CHECK_EQ(byte_list_make(&list, a, 1025), FA_ERROR_BUDGET);
    CHECK_EQ(byte_map_make(&map, a, 1000), FA_ERROR_BUDGET);
    CHECK(fa_frame_printf(a, NULL, "%2000d", 1) == NULL);
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    CHECK(fa_frame_alloc_retained(a, 1000, 16, &how) == NULL);
    CHECK_EQ(fa_frame_retained_count(a), 0);
    CHECK(usage_of(a, tag).used <= 2048);
    CHECK_EQ(byte_list_make(&list, a, 256), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 0);
    fa_allocator_release(a);
}

static void nested_tags_charge_those_around_them(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag outer = fa_tag_get(a, "ai");
    fa_tag inner = fa_tag_get(a, "ai::paths");
    fa_budget wide = limits(FA_BUDGET_FAIL, 0, 1024);
    fa_budget narrow = limits(FA_BUDGET_FAIL, 0, 10000);
    CHECK_EQ(fa_budget_set_tag(a, outer, &wide), FA_OK);
    CHECK_EQ(fa_budget_set_tag(a, inner, &narrow), FA_OK);
    CHECK_EQ(fa_budget_remaining(a, inner), 1024);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, outer), FA_OK);
    CHECK(fa_frame_alloc(a, 512, 16) != NULL);
    CHECK_EQ(fa_tag_push(a, inner), FA_OK);
    CHECK(fa_frame_alloc(a, 512, 16) != NULL);
    CHECK(fa_frame_alloc(a, 16, 16) == NULL);
    CHECK(fa_pool_alloc(a, 16, 16) == NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK(fa_frame_alloc(a, 16, 16) == NULL);
    CHECK_EQ(usage_of(a, inner).used, 512);
    CHECK_EQ(usage_of(a, outer).used, 1024);
    CHECK_EQ(usage_of(a, inner).denied, 0);
    CHECK_EQ(usage_of(a, outer).denied, 3);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(usage_of(a, outer).used + usage_of(a, inner).used, 0);
    fa_allocator_release(a);
}

static void warnings_soft_limits_and_peaks_are_told_once(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "audio");
    fa_budget budget = limits(FA_BUDGET_FAIL, 2048, 8192);
    budget.warning_percent = 75;
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    void *blocks[8];
    for (int i = 0; i < 8; i++)
        blocks[i] = fa_pool_alloc(a, 1024, 16);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_SOFT], 1);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_WARNING], 1);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_PEAK], 8);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_HARD], 0);
    CHECK_EQ(usage_of(a, tag).soft_hits, 1);
    for (int i = 0; i < 8; i++)
        CHECK_EQ(fa_release(a, blocks[i]), FA_OK);
    CHECK_EQ(fa_release(a, fa_pool_alloc(a, 4096, 16)), FA_OK);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_SOFT], 2);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_PEAK], 8);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 512; i++)
        CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_SOFT], 3);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_WARNING], 2);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void events_can_be_polled(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "poll");
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 16);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    for (int i = 0; i < 70; i++)
        CHECK(fa_pool_alloc(a, 32, 16) == NULL);
    fa_budget_event events[100];
    size_t count = 0;
    uint64_t lost = 0;
    CHECK_EQ(fa_budget_poll(a, events, 10, &count, &lost), FA_OK);
    CHECK_EQ(count, 10);
    CHECK_EQ(lost, 6);
    CHECK_EQ(events[0].kind, FA_BUDGET_EVENT_HARD);
    CHECK_EQ(events[0].requested, 32);
    CHECK_EQ(events[0].limit, 16);
    CHECK_EQ(fa_budget_poll(a, events, 100, &count, &lost), FA_OK);
    CHECK_EQ(count, 54);
    CHECK_EQ(lost, 0);
    CHECK_EQ(fa_budget_poll(a, events, 100, &count, NULL), FA_OK);
    CHECK_EQ(count, 0);
    CHECK_EQ(fa_budget_poll(a, NULL, 1, &count, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void warn_and_allow_let_pass(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    capture c;
    capture_start(&c, a);
    const int32_t policies[] = {FA_BUDGET_WARN, FA_BUDGET_ALLOW};
    for (int i = 0; i < 2; i++) {
        fa_tag tag = fa_tag_get(a, i == 0 ? "warn" : "allow");
        fa_budget budget = limits(policies[i], 0, 64);
        CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_tag_push(a, tag), FA_OK);
        void *block = fa_pool_alloc(a, 128, 16);
        CHECK(block != NULL);
        CHECK(fa_frame_alloc(a, 4096, 16) != NULL);
        CHECK_EQ(usage_of(a, tag).used, 4224);
        CHECK_EQ(usage_of(a, tag).denied, 0);
        CHECK_EQ(fa_release(a, block), FA_OK);
        CHECK_EQ(fa_tag_pop(a), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
        CHECK_EQ(usage_of(a, tag).used, 0);
        CHECK_EQ(h.kinds[FA_BUDGET_EVENT_HARD], (unsigned)i + 1);
        CHECK_EQ(c.by_code[304], 2);
    }
    fa_allocator_release(a);
}

static void promoted_frame_memory_comes_from_the_heap(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "promote");
    fa_budget budget = limits(FA_BUDGET_PROMOTE, 0, 1024);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK(fa_frame_alloc(a, 1024, 16) != NULL);
    fa_stats before = figures(a);
    unsigned char *over = fa_frame_alloc(a, 5000, 256);
    unsigned char *ahead = fa_frame_alloc_ahead(a, 1, 300, 16);
    REQUIRE(over != NULL && ahead != NULL);
    CHECK(aligned_to(over, 256));
    memset(over, 1, 5000);
    memset(ahead, 2, 300);
    CHECK_EQ(figures(a).frame.live_count, before.frame.live_count);
    CHECK_EQ(figures(a).heap.live_count, 2);
    fa_checkpoint point = fa_frame_checkpoint(a);
    CHECK_EQ(point, 0);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    point = fa_frame_checkpoint(a);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK(fa_frame_alloc(a, 64, 16) != NULL);
    CHECK_EQ(figures(a).heap.live_count, 3);
    CHECK_EQ(fa_frame_rollback(a, point), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 2);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 1);
    CHECK_EQ(ahead[299], 2);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 0);
    CHECK_EQ(usage_of(a, tag).used, 0);
    CHECK(fa_pool_alloc(a, 8, 8) != NULL);
    fa_allocator_release(a);
}

static void promotion_lasts_as_long_as_a_held_frame(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_budget budget = limits(FA_BUDGET_PROMOTE, 0, 1024);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_FRAME, &budget), FA_OK);
    fa_frame_token token;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    CHECK(fa_frame_alloc(a, 4000, 16) != NULL);
    CHECK_EQ(figures(a).heap.live_count, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 1);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(figures(a).heap.live_count, 0);
    fa_allocator_release(a);
}

static void a_function_of_the_user_decides(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "custom");
    fa_budget budget = limits(FA_BUDGET_CUSTOM, 0, 1024);
    budget.decide = decide;
    budget.user = &h;
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    h.answer = FA_BUDGET_FAIL;
    CHECK(fa_frame_alloc(a, 2048, 16) == NULL);
    CHECK_EQ(h.asked, 1);
    h.answer = FA_BUDGET_PROMOTE;
    CHECK(fa_frame_alloc(a, 2048, 16) != NULL);
    CHECK_EQ(figures(a).heap.live_count, 1);
    h.answer = FA_BUDGET_ALLOW;
    CHECK(fa_frame_alloc(a, 2048, 16) != NULL);
    CHECK_EQ(figures(a).heap.live_count, 1);
    h.answer = 77;
    CHECK(fa_pool_alloc(a, 2048, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 0);
    fa_allocator_release(a);
}

static void lanes_have_budgets_of_their_own(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_budget frames = limits(FA_BUDGET_FAIL, 512, 1024);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_FRAME, &frames), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_remaining(a), 1024);
    for (int i = 0; i < 64; i++)
        CHECK(fa_frame_alloc(a, 16, 16) != NULL);
    CHECK(fa_frame_alloc(a, 16, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_FRAME_CAP);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_SOFT], 1);
    CHECK_EQ(h.last.scope, FA_BUDGET_LANE_FRAME);
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    CHECK_EQ(fa_budget_get_lane(a, NULL, FA_INTENT_FRAME, &usage), FA_OK);
    CHECK_EQ(usage.used, 1024);
    CHECK_EQ(usage.remaining, 0);
    CHECK_EQ(usage.denied, 1);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_FRAME, NULL), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 100000, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void *release_one(void *user)
{
    void **pair = user;
    CHECK_EQ(fa_release(pair[0], pair[1]), FA_OK);
    return NULL;
}

static void a_lane_may_have_so_many_pool_bytes(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    capture c;
    capture_start(&c, a);
    fa_budget pool = limits(FA_BUDGET_FAIL, 0, 1024);
    void *before = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &pool), FA_OK);
    void *blocks[15];
    for (int i = 0; i < 15; i++)
        blocks[i] = fa_pool_alloc(a, 64, 16);
    CHECK(blocks[14] != NULL);
    CHECK(fa_pool_alloc(a, 8, 8) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_BUDGET);
    CHECK_EQ(capture_code(&c), 303);
    CHECK_EQ(h.last.scope, FA_BUDGET_LANE_POOL);
    CHECK_EQ(fa_release(a, before), FA_OK);
    before = fa_pool_alloc(a, 64, 16);
    CHECK(before != NULL);
    /* What another thread releases counts as soon as it is home. */
    void *pair[2] = {a, blocks[3]};
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, release_one, pair) == 0);
    (void)pthread_join(thread, NULL);
    blocks[3] = fa_pool_alloc(a, 64, 16);
    CHECK(blocks[3] != NULL);
    CHECK(fa_pool_alloc(a, 8, 8) == NULL);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, NULL), FA_OK);
    CHECK(fa_pool_alloc(a, 8, 8) != NULL);
    fa_allocator_release(a);
}

static void *limit_oneself(void *user)
{
    fa_allocator *a = user;
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 64);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &budget), FA_OK);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_FRAME, &budget), FA_OK);
    CHECK_EQ(fa_tag_push_name(a, "left behind"), FA_OK);
    CHECK(fa_pool_try_alloc(a, 128, 16) == NULL);
    return NULL;
}

static void *allocate_freely(void *user)
{
    fa_allocator *a = user;
    CHECK_EQ(fa_tag_current(a), 0);
    CHECK(fa_pool_alloc(a, 128, 16) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 4096, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    return NULL;
}

static void who_adopts_a_lane_starts_anew(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    void *(*const parts[])(void *) = {limit_oneself, allocate_freely};
    uint32_t lanes = fa_lane_count(a);
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        REQUIRE(pthread_create(&thread, NULL, parts[i], a) == 0);
        (void)pthread_join(thread, NULL);
    }
    CHECK_EQ(fa_lane_count(a), lanes + 1);
    fa_allocator_release(a);
}

static void the_allocator_has_a_budget(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_budget budget = limits(FA_BUDGET_FAIL, 1 << 20, 4 << 20);
    CHECK_EQ(fa_budget_set_global(a, &budget), FA_OK);
    void *first = fa_heap_alloc(a, 2 << 20, 16);
    CHECK(first != NULL);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_SOFT], 1);
    CHECK_EQ(h.last.scope, FA_BUDGET_GLOBAL);
    CHECK(fa_heap_alloc(a, 3 << 20, 16) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_MEMORY_LIMIT);
    CHECK_EQ(h.kinds[FA_BUDGET_EVENT_HARD], 1);
    CHECK(fa_budget_remaining_global(a) < (2 << 20));
    budget.policy = FA_BUDGET_ALLOW;
    CHECK_EQ(fa_budget_set_global(a, &budget), FA_OK);
    void *second = fa_heap_alloc(a, 3 << 20, 16);
    CHECK(second != NULL);
    CHECK_EQ(fa_budget_remaining_global(a), 0);
    fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
    CHECK_EQ(fa_budget_get_global(a, &usage), FA_OK);
    CHECK_EQ(usage.used, figures(a).reserved_bytes);
    CHECK_EQ(usage.denied, 1);
    fa_allocator_release(a);
}

static void limits_below_use_take_nothing_away(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_tag tag = fa_tag_get(a, "late");
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    void *block = fa_pool_alloc(a, 4096, 16);
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 1024);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 4096);
    CHECK_EQ(usage_of(a, tag).remaining, 0);
    CHECK(fa_pool_alloc(a, 8, 8) == NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK(fa_pool_alloc(a, 8, 8) != NULL);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 1024, 16) == NULL);
    CHECK(fa_frame_alloc(a, 1008, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
}

static void a_failing_backend_leaves_no_charge(void)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    fa_allocator *a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    capture_mute(a);
    fa_tag tag = fa_tag_get(a, "poor");
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, 1 << 20);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    s.fail_all = true;
    CHECK(fa_pool_alloc(a, 64, 16) == NULL);
    CHECK(fa_heap_alloc(a, 64, 16) == NULL);
    CHECK(fa_heap_alloc(a, 200000, 16) == NULL);
    CHECK(fa_frame_alloc(a, 64, 16) == NULL);
    CHECK(fa_scratch_alloc(a, 64, 16) == NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(usage_of(a, tag).used, 0);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    fa_allocator_release(a);
    spy_check_clean(&s);
}

enum { SHARED_LIMIT = 1 << 20 };

static void *compete(void *user)
{
    fa_allocator *a = user;
    size_t taken = 0;
    CHECK_EQ(fa_tag_push_name(a, "shared"), FA_OK);
    void *blocks[2000];
    for (int round = 0; round < 20; round++) {
        for (taken = 0; taken < 2000; taken++) {
            blocks[taken] = fa_pool_try_alloc(a, 1024, 16);
            if (blocks[taken] == NULL)
                break;
        }
        fa_budget_usage usage = FA_BUDGET_USAGE_INIT;
        CHECK_EQ(fa_budget_get_tag(a, fa_tag_current(a), &usage), FA_OK);
        CHECK(usage.used <= SHARED_LIMIT);
        while (taken > 0)
            CHECK_EQ(fa_release(a, blocks[--taken]), FA_OK);
    }
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    return NULL;
}

static void threads_share_a_budget_exactly(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    CHECK_EQ(fa_budget_set_listener(a, NULL, NULL), FA_OK);
    fa_budget budget = limits(FA_BUDGET_FAIL, 0, SHARED_LIMIT);
    fa_tag tag = fa_tag_get(a, "shared");
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        REQUIRE(pthread_create(&threads[i], NULL, compete, a) == 0);
    for (int i = 0; i < 3; i++)
        (void)pthread_join(threads[i], NULL);
    CHECK_EQ(usage_of(a, tag).used, 0);
    CHECK(usage_of(a, tag).peak <= SHARED_LIMIT);
    CHECK(usage_of(a, tag).peak > SHARED_LIMIT / 2);
    fa_allocator_release(a);
}

static void bad_input_is_refused(void)
{
    heard h;
    fa_allocator *a = listened(&h);
    fa_allocator *b = fa_allocator_create(NULL);
    fa_tag tag = fa_tag_get(a, "x");
    fa_budget budget = limits(FA_BUDGET_FAIL, 100, 50);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_ERROR_INVALID_ARGUMENT);
    budget = limits(99, 0, 50);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_ERROR_INVALID_ARGUMENT);
    budget = limits(FA_BUDGET_CUSTOM, 0, 50);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_ERROR_INVALID_ARGUMENT);
    budget = limits(FA_BUDGET_FAIL, 0, 50);
    budget.warning_percent = 101;
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_ERROR_INVALID_ARGUMENT);
    budget = limits(FA_BUDGET_PROMOTE, 0, 50);
    CHECK_EQ(fa_budget_set_global(a, &budget), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_POOL, &budget), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_HEAP, NULL), FA_ERROR_INVALID_ARGUMENT);
    budget = limits(FA_BUDGET_FAIL, 0, UINT64_MAX);
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    CHECK_EQ(fa_budget_set_tag(a, fa_tag_get(b, "x"), &budget), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_budget_set_tag(NULL, tag, &budget), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_budget_set_lane(a, fa_lane_current(b), FA_INTENT_POOL, NULL), FA_ERROR_WRONG_LANE);
    budget.struct_size = 4;
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_budget_remaining(a, 77), 0);
    CHECK_EQ(fa_budget_remaining(NULL, tag), 0);
    CHECK_EQ(fa_budget_get_tag(a, tag, NULL), FA_ERROR_INVALID_ARGUMENT);
    fa_allocator_release(a);
    fa_allocator_release(b);
    fa_config config = FA_CONFIG_INIT;
    config.budgets = 0;
    a = fa_allocator_create(&config);
    REQUIRE(a != NULL);
    CHECK_EQ(fa_budget_set_global(a, NULL), FA_ERROR_DISABLED);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(frames_stop_at_the_hard_limit_of_a_tag), CASE(every_path_charges_and_failure_leaves_nothing),
           CASE(forms_and_collections_charge),
           CASE(nested_tags_charge_those_around_them), CASE(warnings_soft_limits_and_peaks_are_told_once),
           CASE(events_can_be_polled), CASE(warn_and_allow_let_pass), CASE(promoted_frame_memory_comes_from_the_heap),
           CASE(promotion_lasts_as_long_as_a_held_frame), CASE(a_function_of_the_user_decides),
           CASE(lanes_have_budgets_of_their_own), CASE(a_lane_may_have_so_many_pool_bytes),
           CASE(who_adopts_a_lane_starts_anew), CASE(the_allocator_has_a_budget), CASE(limits_below_use_take_nothing_away),
           CASE(a_failing_backend_leaves_no_charge), CASE(threads_share_a_budget_exactly), CASE(bad_input_is_refused))
