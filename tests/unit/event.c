/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Listeners: each kind is told where it happens, and only while somebody listens. */
#include "capture.h"
#include "figures.h"
#include "spy.h"
#include "worker.h"

#include <sched.h>

enum { KEPT = 64 };

typedef struct heard {
    atomic_uint count[FA_EVENT_KINDS];
    fa_event last[FA_EVENT_KINDS];
    unsigned order[KEPT];
    atomic_uint total;
} heard;

static fa_allocator *a;
static heard h;
static uint64_t id;

static void listen_quietly(void *user, const fa_event *event)
{
    heard *to = user;
    CHECK(event->kind >= 0 && event->kind < FA_EVENT_KINDS);
    CHECK_EQ(event->struct_size, sizeof *event);
    CHECK(event->time_ns != 0);
    to->last[event->kind] = *event;
    to->order[atomic_fetch_add(&to->total, 1) % KEPT] = (unsigned)event->kind;
    atomic_fetch_add(&to->count[event->kind], 1);
}

static void setup(void)
{
    a = fa_allocator_create(NULL);
    CHECK(a != NULL);
    capture_mute(a);
    memset(&h, 0, sizeof h);
}

static void listen(uint32_t kinds)
{
    CHECK_EQ(fa_event_listen(a, kinds, listen_quietly, &h, &id), FA_OK);
}

static unsigned times(int32_t kind)
{
    return atomic_load(&h.count[kind]);
}

static void promoted_blocks_are_told_with_their_tag(void)
{
    fa_retention how = FA_RETENTION_INIT;
    how.policy = FA_RETAIN_TO_HEAP;
    fa_promotion promotion;
    size_t total;
    setup();
    listen(FA_EVENT_BIT(FA_EVENT_ALLOC) | FA_EVENT_BIT(FA_EVENT_FREE));
    fa_tag tag = fa_tag_get(a, "paths");
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK(fa_frame_alloc_retained(a, 64, 16, &how) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_frame_end_with_promotions(a, &promotion, 1, &total, NULL), FA_OK);
    CHECK(h.last[FA_EVENT_ALLOC].block == promotion.after);
    CHECK_EQ(h.last[FA_EVENT_ALLOC].tag, tag);
    CHECK_EQ(fa_release(a, promotion.after), FA_OK);
    CHECK_EQ(h.last[FA_EVENT_FREE].tag, tag);
    fa_allocator_release(a);
}

static void blocks_that_move_are_told_with_their_tag(void)
{
    setup();
    fa_tag tag = fa_tag_get(a, "paths");
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    void *block = fa_heap_alloc(a, 9000, 16);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    listen(FA_EVENT_BIT(FA_EVENT_ALLOC) | FA_EVENT_BIT(FA_EVENT_FREE));
    void *moved = fa_realloc(a, block, 300000, 16);
    CHECK(moved != NULL && moved == h.last[FA_EVENT_ALLOC].block);
    CHECK_EQ(h.last[FA_EVENT_ALLOC].tag, tag);
    CHECK_EQ(h.last[FA_EVENT_FREE].tag, tag);
    CHECK_EQ(fa_release(a, moved), FA_OK);
    fa_allocator_release(a);
}

static void frames_are_told(void)
{
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    listen(FA_EVENT_BIT(FA_EVENT_FRAME_BEGIN) | FA_EVENT_BIT(FA_EVENT_FRAME_END));
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(times(FA_EVENT_FRAME_BEGIN), 1);
    CHECK_EQ(h.last[FA_EVENT_FRAME_BEGIN].frame, 2);
    void *block = fa_frame_alloc(a, 1000, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_frame_give_back(a, block, 1000), 1);
    CHECK(fa_frame_alloc(a, 100, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    const fa_event *end = &h.last[FA_EVENT_FRAME_END];
    CHECK_EQ(times(FA_EVENT_FRAME_END), 1);
    CHECK_EQ(end->frame, 2);
    CHECK_EQ(end->bytes, 112);
    CHECK_EQ(end->peak_bytes, 1008);
    CHECK(end->nanoseconds > 0);
    fa_lane_stats stats = FA_LANE_STATS_INIT;
    CHECK_EQ(fa_lane_get_stats(a, NULL, &stats), FA_OK);
    CHECK_EQ(end->lane, stats.lane_id);
    CHECK_EQ(times(FA_EVENT_ALLOC), 0);
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(atomic_load(&h.total), 2);
    fa_allocator_release(a);
}

static void check_alloc(const void *block, int32_t intent, size_t bytes, unsigned count)
{
    const fa_event *event = &h.last[FA_EVENT_ALLOC];
    CHECK_EQ(times(FA_EVENT_ALLOC), count);
    CHECK(block != NULL && event->block == block);
    CHECK_EQ(event->bytes, bytes);
    CHECK_EQ(event->intent, intent);
}

static void check_release(void *block, int32_t intent, unsigned count)
{
    const fa_event *event = &h.last[FA_EVENT_FREE];
    uintptr_t address = (uintptr_t)opaque(block);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(times(FA_EVENT_FREE), count);
    CHECK_EQ((uintptr_t)event->block, address);
    CHECK_EQ(event->intent, intent);
    CHECK(event->bytes >= 100);
}

static void every_block_is_told(void)
{
    setup();
    void *early = fa_pool_alloc(a, 100, 16);
    listen(FA_EVENT_BIT(FA_EVENT_ALLOC) | FA_EVENT_BIT(FA_EVENT_FREE));
    void *blocks[3];
    blocks[0] = fa_pool_alloc(a, 100, 16);
    check_alloc(blocks[0], FA_INTENT_POOL, 100, 1);
    blocks[1] = fa_heap_alloc(a, 200, 16);
    check_alloc(blocks[1], FA_INTENT_HEAP, 200, 2);
    blocks[2] = fa_heap_alloc(a, 200000, 16);
    check_alloc(blocks[2], FA_INTENT_HEAP, 200000, 3);
    check_alloc(fa_scratch_alloc(a, 300, 16), FA_INTENT_SCRATCH, 300, 4);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (unsigned i = 0; i < 3; i++)
        check_alloc(fa_frame_alloc(a, 400, 16), FA_INTENT_FRAME, 400, 5 + i);
    check_alloc(fa_frame_alloc_ahead(a, 1, 500, 16), FA_INTENT_FRAME, 500, 8);
    check_alloc(fa_frame_alloc_ahead(a, 1, 500, 16), FA_INTENT_FRAME, 500, 9);
    void *batch[4];
    CHECK_EQ(fa_frame_alloc_4(a, 64, 16, batch), FA_OK);
    check_alloc(batch[0], FA_INTENT_FRAME, 256, 10);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    check_release(blocks[0], FA_INTENT_POOL, 1);
    check_release(blocks[1], FA_INTENT_HEAP, 2);
    check_release(blocks[2], FA_INTENT_HEAP, 3);
    check_release(early, FA_INTENT_POOL, 4);
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    early = fa_pool_alloc(a, 100, 16);
    CHECK_EQ(fa_release(a, early), FA_OK);
    CHECK_EQ(atomic_load(&h.total), 14);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

/* Nothing lies idle in a magazine that is opened while somebody listens. */
static void magazines_tell_each_block(void)
{
    setup();
    listen(FA_EVENT_BIT(FA_EVENT_ALLOC));
    fa_magazine magazine;
    CHECK_EQ(fa_magazine_open(a, &magazine, 64, 16), FA_OK);
    void *first = fa_magazine_take(&magazine);
    void *second = fa_magazine_take(&magazine);
    CHECK_EQ(times(FA_EVENT_ALLOC), 2);
    CHECK(h.last[FA_EVENT_ALLOC].block == second);
    CHECK_EQ(fa_magazine_give(&magazine, first), FA_OK);
    CHECK_EQ(fa_magazine_give(&magazine, second), FA_OK);
    CHECK_EQ(fa_magazine_close(&magazine), FA_OK);
    fa_allocator_release(a);
}

static void *sent[8];

static void allocate_eight(void *user)
{
    (void)user;
    for (int i = 0; i < 8; i++)
        sent[i] = fa_pool_alloc(a, 64, 16);
}

static void process_all(void *user)
{
    (void)user;
    CHECK_EQ(fa_deferred_process(a, UINT64_MAX, NULL), FA_OK);
}

static void frees_of_others_are_told(void)
{
    worker owner;
    setup();
    worker_start(&owner);
    worker_do(&owner, allocate_eight, NULL);
    listen(FA_EVENT_BIT(FA_EVENT_FREE_QUEUED) | FA_EVENT_BIT(FA_EVENT_DEFERRED_PROCESSED));
    for (int i = 0; i < 8; i++)
        CHECK_EQ(fa_release(a, sent[i]), FA_OK);
    CHECK_EQ(times(FA_EVENT_FREE_QUEUED), 8);
    CHECK(h.last[FA_EVENT_FREE_QUEUED].block == sent[7]);
    CHECK_EQ(h.last[FA_EVENT_FREE_QUEUED].bytes, 64);
    CHECK(h.last[FA_EVENT_FREE_QUEUED].other_lane != 0);
    CHECK(h.last[FA_EVENT_FREE_QUEUED].other_lane != h.last[FA_EVENT_FREE_QUEUED].lane);
    CHECK_EQ(times(FA_EVENT_DEFERRED_PROCESSED), 0);
    worker_do(&owner, process_all, NULL);
    CHECK_EQ(times(FA_EVENT_DEFERRED_PROCESSED), 1);
    CHECK_EQ(h.last[FA_EVENT_DEFERRED_PROCESSED].count, 8);
    CHECK_EQ(h.last[FA_EVENT_DEFERRED_PROCESSED].lane, h.last[FA_EVENT_FREE_QUEUED].other_lane);
    worker_end(&owner);
    fa_allocator_release(a);
}

static void transfers_are_told(void)
{
    fa_transfer transfer;
    setup();
    listen(FA_EVENT_BIT(FA_EVENT_TRANSFER_INITIATED) | FA_EVENT_BIT(FA_EVENT_TRANSFER_COMPLETED));
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_transfer_alloc(a, 100, 16, &transfer) != NULL);
    CHECK_EQ(atomic_load(&h.total), 0);
    CHECK_EQ(fa_transfer_send(a, transfer), FA_OK);
    CHECK_EQ(times(FA_EVENT_TRANSFER_INITIATED), 1);
    CHECK_EQ(h.last[FA_EVENT_TRANSFER_INITIATED].id, transfer);
    CHECK_EQ(h.last[FA_EVENT_TRANSFER_INITIATED].bytes, 100);
    CHECK(fa_transfer_receive(a, transfer, NULL) != NULL);
    CHECK_EQ(atomic_load(&h.total), 1);
    void *value = fa_transfer_take(a, transfer);
    CHECK_EQ(times(FA_EVENT_TRANSFER_COMPLETED), 1);
    CHECK(h.last[FA_EVENT_TRANSFER_COMPLETED].block == value);
    CHECK_EQ(fa_release(a, value), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    fa_allocator_release(a);
}

static void limits_are_told(void)
{
    setup();
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 1000;
    fa_tag tag = fa_tag_get(a, "ai");
    CHECK_EQ(fa_budget_set_tag(a, tag, &budget), FA_OK);
    listen(FA_EVENT_BIT(FA_EVENT_BUDGET_EXCEEDED) | FA_EVENT_BIT(FA_EVENT_MEMORY_PRESSURE));
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    CHECK(fa_pool_try_alloc(a, 2000, 16) == NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(times(FA_EVENT_BUDGET_EXCEEDED), 1);
    CHECK_EQ(h.last[FA_EVENT_BUDGET_EXCEEDED].id, tag);
    CHECK(h.last[FA_EVENT_BUDGET_EXCEEDED].bytes >= 2000);
    CHECK_EQ(times(FA_EVENT_MEMORY_PRESSURE), 0);
    CHECK(fa_heap_try_alloc(a, (size_t)1 << 46, 16) == NULL);
    CHECK(times(FA_EVENT_MEMORY_PRESSURE) >= 1);
    CHECK_EQ(h.last[FA_EVENT_MEMORY_PRESSURE].bytes, (uint64_t)1 << 46);
    fa_allocator_release(a);
}

static void use_the_allocator(void *user, const fa_event *event)
{
    listen_quietly(user, event);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK(block != NULL);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
}

static void a_listener_may_use_the_allocator(void)
{
    setup();
    CHECK_EQ(fa_event_listen(a, FA_EVENT_ALL, use_the_allocator, &h, &id), FA_OK);
    void *block = fa_pool_alloc(a, 64, 16);
    CHECK_EQ(times(FA_EVENT_ALLOC), 1);
    CHECK_EQ(fa_event_suppressed(a), 2);
    CHECK_EQ(fa_release(a, block), FA_OK);
    CHECK_EQ(times(FA_EVENT_FREE), 1);
    CHECK_EQ(fa_event_suppressed(a), 4);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_frame_alloc(a, 10, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(times(FA_EVENT_FRAME_END), 1);
    CHECK_EQ(figures(a).pool.live_count, 0);
    fa_allocator_release(a);
}

static void stop_at_once(void *user, const fa_event *event)
{
    listen_quietly(user, event);
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    CHECK_EQ(fa_event_ignore(a, id), FA_ERROR_NOT_FOUND);
}

static void a_listener_may_remove_itself(void)
{
    setup();
    CHECK_EQ(fa_event_listen(a, FA_EVENT_ALL, stop_at_once, &h, &id), FA_OK);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(atomic_load(&h.total), 1);
    fa_allocator_release(a);
}

static atomic_bool inside;
static atomic_bool may_leave;
static atomic_bool has_left;

static void stay(void *user, const fa_event *event)
{
    (void)user;
    (void)event;
    atomic_store(&inside, true);
    while (!atomic_load(&may_leave))
        (void)sched_yield();
    atomic_store(&has_left, true);
}

static void begin_and_end(void *user)
{
    (void)user;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void *let_it_leave(void *user)
{
    for (int i = 0; i < 100; i++)
        (void)sched_yield();
    atomic_store(&may_leave, true);
    return user;
}

/* What the listener works with may be freed afterwards. */
static void removing_waits_for_a_run_on_another_thread(void)
{
    worker other;
    pthread_t opener;
    setup();
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_FRAME_BEGIN), stay, NULL, &id), FA_OK);
    worker_start(&other);
    worker_begin(&other, begin_and_end, NULL);
    while (!atomic_load(&inside))
        (void)sched_yield();
    REQUIRE(pthread_create(&opener, NULL, let_it_leave, NULL) == 0);
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    CHECK(atomic_load(&has_left));
    (void)pthread_join(opener, NULL);
    worker_end(&other);
    fa_allocator_release(a);
}

static void a_lane_in_use_elsewhere_follows(void)
{
    worker other;
    setup();
    worker_start(&other);
    worker_do(&other, begin_and_end, NULL);
    listen(FA_EVENT_BIT(FA_EVENT_FRAME_BEGIN));
    worker_do(&other, begin_and_end, NULL);
    CHECK_EQ(times(FA_EVENT_FRAME_BEGIN), 1);
    CHECK_EQ(fa_event_ignore(a, id), FA_OK);
    worker_do(&other, begin_and_end, NULL);
    CHECK_EQ(times(FA_EVENT_FRAME_BEGIN), 1);
    worker_end(&other);
    fa_allocator_release(a);
}

static void frames_are_measured(void)
{
    setup();
    fa_frame_times measured = FA_FRAME_TIMES_INIT;
    begin_and_end(NULL);
    CHECK_EQ(fa_frame_get_times(a, NULL, &measured), FA_OK);
    CHECK_EQ(measured.frames, 0);
    CHECK_EQ(fa_frame_measure(a, 1), FA_OK);
    for (unsigned i = 1; i <= 3; i++) {
        CHECK_EQ(fa_frame_begin(a), FA_OK);
        CHECK(fa_frame_alloc(a, 100 * i, 16) != NULL);
        CHECK_EQ(fa_frame_end(a), FA_OK);
    }
    CHECK_EQ(fa_frame_measure(a, 0), FA_OK);
    begin_and_end(NULL);
    CHECK_EQ(fa_frame_get_times(a, NULL, &measured), FA_OK);
    CHECK_EQ(measured.frames, 3);
    CHECK_EQ(measured.total_bytes, 112 + 208 + 304);
    CHECK_EQ(measured.peak_bytes, 304);
    CHECK(measured.total_ns >= measured.longest_ns);
    CHECK(measured.longest_ns >= measured.last_ns && measured.last_ns > 0);
    fa_allocator_release(a);
}

static void nonsense_is_refused(void)
{
    setup();
    uint64_t ids[FA_EVENT_LISTENERS_MAX + 1];
    CHECK_EQ(fa_event_listen(a, 0, listen_quietly, &h, &id), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_event_listen(a, FA_EVENT_ALL + 1, listen_quietly, &h, &id), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_event_listen(a, 1, NULL, &h, &id), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_event_listen(a, 1, listen_quietly, &h, NULL), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_event_listen(NULL, 1, listen_quietly, &h, &id), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_event_ignore(a, 77), FA_ERROR_NOT_FOUND);
    CHECK_EQ(fa_event_ignore(a, 0), FA_ERROR_NOT_FOUND);
    for (int i = 0; i < FA_EVENT_LISTENERS_MAX; i++)
        CHECK_EQ(fa_event_listen(a, 1, listen_quietly, &h, &ids[i]), FA_OK);
    CHECK_EQ(fa_event_listen(a, 1, listen_quietly, &h, &ids[FA_EVENT_LISTENERS_MAX]), FA_ERROR_FULL);
    begin_and_end(NULL);
    CHECK_EQ(times(FA_EVENT_FRAME_BEGIN), FA_EVENT_LISTENERS_MAX);
    CHECK_EQ(fa_event_ignore(a, ids[3]), FA_OK);
    CHECK_EQ(fa_event_listen(a, 1, listen_quietly, &h, &ids[3]), FA_OK);
    CHECK_EQ(fa_event_suppressed(NULL), 0);
    fa_allocator_release(a);
}

static fa_status ignored = FA_ERROR_STATE;

static void stop_in_the_end(void *user, const fa_event *event)
{
    CHECK_EQ(event->lane, 0);
    ignored = fa_event_ignore(a, *(uint64_t *)user);
}

static void *give_up(void *user)
{
    fa_allocator_release(a);
    return user;
}

/* Who ends the allocator has no lane here, and would wait for itself. */
static void a_listener_may_remove_itself_on_a_thread_without_a_lane(void)
{
    pthread_t closer;
    fa_transfer transfer;
    setup();
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    CHECK(fa_transfer_alloc(a, 100, 16, &transfer) != NULL);
    CHECK_EQ(fa_transfer_send(a, transfer), FA_OK);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_FREE), stop_in_the_end, &id, &id), FA_OK);
    REQUIRE(pthread_create(&closer, NULL, give_up, NULL) == 0);
    (void)pthread_join(closer, NULL);
    CHECK_EQ(ignored, FA_OK);
}

static void check_pairs(unsigned count)
{
    CHECK_EQ(times(FA_EVENT_ALLOC), count);
    CHECK_EQ(times(FA_EVENT_FREE), count);
    memset(&h, 0, sizeof h);
}

/* Also of those that go with a frame. */
static void no_release_is_told_without_its_allocation(void)
{
    enum { BLOCKS = 10, PROMOTED = 9 };
    fa_transfer transfer;
    setup();
    listen(FA_EVENT_BIT(FA_EVENT_ALLOC) | FA_EVENT_BIT(FA_EVENT_FREE));
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < BLOCKS; i++)
        CHECK(fa_transfer_alloc(a, 100, 16, &transfer) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    check_pairs(BLOCKS);
    fa_budget budget = FA_BUDGET_INIT;
    budget.hard_limit = 1000;
    budget.policy = FA_BUDGET_PROMOTE;
    CHECK_EQ(fa_budget_set_lane(a, NULL, FA_INTENT_FRAME, &budget), FA_OK);
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < BLOCKS; i++)
        CHECK(fa_frame_alloc(a, 600, 16) != NULL);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    CHECK_EQ(times(FA_EVENT_ALLOC), BLOCKS);
    CHECK_EQ(times(FA_EVENT_FREE), PROMOTED);
    fa_allocator_release(a);
}

static char said[256];

static void note_report(void *user, const fa_event *event)
{
    listen_quietly(user, event);
    (void)snprintf(said, sizeof said, "%s", event->name);
}

static void listen_to_reports(void)
{
    setup();
    CHECK_EQ(fa_event_listen(a, FA_EVENT_BIT(FA_EVENT_DIAGNOSTIC), note_report, &h, &id), FA_OK);
}

/* Since the last check one report was told, of this code; its note contains the words. */
static void check_report(int32_t code, const char *words)
{
    CHECK_EQ(times(FA_EVENT_DIAGNOSTIC), 1);
    CHECK_EQ(h.last[FA_EVENT_DIAGNOSTIC].id, code);
    CHECK(strstr(said, words) != NULL);
    memset(&h, 0, sizeof h);
}

static void reports_are_told(void)
{
    listen_to_reports();
    CHECK_EQ(fa_frame_end(a), FA_ERROR_NO_FRAME);
    check_report(FA_CODE_STRAY_END, "no frame is running");
    CHECK_EQ(fa_diagnostic_raise(a, FA_CODE_OUTSIDE_FRAME, "seen by the program"), FA_OK);
    check_report(FA_CODE_OUTSIDE_FRAME, "seen by the program");
    FA_ASSERT(a, times(FA_EVENT_DIAGNOSTIC) == 77);
    check_report(FA_CODE_ASSERTION, "== 77");
    FA_ASSERT_CODE(a, times(FA_EVENT_DIAGNOSTIC) == 78, FA_CODE_LANE_MISUSE);
    check_report(FA_CODE_LANE_MISUSE, "== 78");
    FA_ASSERT(a, times(FA_EVENT_DIAGNOSTIC) == 0);
    CHECK_EQ(times(FA_EVENT_DIAGNOSTIC), 0);
    fa_allocator_release(a);
}

static void messages_of_the_program_are_told(void)
{
    listen_to_reports();
    fa_message message = FA_MESSAGE(FA_SEVERITY_ERROR, "GAME042", "the level is too large");
    CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    check_report(0, "the level is too large");
    message.note = "9 of 8 rooms";
    CHECK_EQ(fa_diagnostic_emit(a, &message), FA_OK);
    check_report(0, "9 of 8 rooms");
    message.code = "FA042";
    CHECK_EQ(fa_diagnostic_emit(a, &message), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(times(FA_EVENT_DIAGNOSTIC), 1);
    CHECK(h.last[FA_EVENT_DIAGNOSTIC].id != 0);
    fa_allocator_release(a);
}

static void findings_of_debug_mode_are_told(void)
{
    listen_to_reports();
    fa_debug_options options = FA_DEBUG_OPTIONS_INIT;
    if (fa_debug_configure(a, &options) == FA_ERROR_UNSUPPORTED) {
        fa_allocator_release(a);
        SKIP("built without debug mode");
    }
    char *block = opaque(fa_pool_alloc(a, 40, 16));
    void *again = opaque(block);
    block[41] = 3;
    CHECK_EQ(times(FA_EVENT_DIAGNOSTIC), 0);
    (void)fa_release(a, block);
    check_report(FA_CODE_OVERFLOW, "");
    CHECK(fa_release(a, again) != FA_OK);
    check_report(FA_CODE_DOUBLE_FREE, "");
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(frames_are_told), CASE(promoted_blocks_are_told_with_their_tag),
           CASE(blocks_that_move_are_told_with_their_tag), CASE(every_block_is_told), CASE(magazines_tell_each_block), CASE(frees_of_others_are_told),
           CASE(transfers_are_told), CASE(limits_are_told), CASE(a_listener_may_use_the_allocator),
           CASE(a_listener_may_remove_itself), CASE(removing_waits_for_a_run_on_another_thread),
           CASE(a_lane_in_use_elsewhere_follows), CASE(frames_are_measured), CASE(nonsense_is_refused),
           CASE(a_listener_may_remove_itself_on_a_thread_without_a_lane), CASE(no_release_is_told_without_its_allocation),
           CASE(reports_are_told), CASE(messages_of_the_program_are_told), CASE(findings_of_debug_mode_are_told))
