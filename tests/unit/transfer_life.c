/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What becomes of transfers whose frame, thread, process or allocator ends, or whose memory does not come. */
#include "child.h"
#include "lanes.h"
#include "spy.h"
#include "worker.h"

#include <unistd.h>

static void frames_take_with_them_what_is_theirs(void)
{
    setup();
    begin();
    fa_transfer unsent, sent, taken, kept;
    CHECK(make(100, &unsent) != NULL);
    unsigned char *value = make(100, &sent);
    CHECK(make(100, &taken) != NULL);
    CHECK(make(100, &kept) != NULL);
    CHECK_EQ(fa_transfer_send(a, sent), FA_OK);
    CHECK_EQ(fa_transfer_send(a, taken), FA_OK);
    CHECK_EQ(fa_transfer_send(a, kept), FA_OK);
    end();
    CHECK_EQ(counts().dropped, 1);
    CHECK_EQ(counts().in_flight, 3);
    CHECK_EQ(counts().live_bytes, 300);
    CHECK_EQ(blocks(), 3);
    go_to(away);
    CHECK(fa_transfer_receive(a, kept, NULL) != NULL);
    begin();
    CHECK(fa_transfer_receive(a, sent, NULL) == value);
    CHECK(fa_transfer_receive(a, taken, NULL) != NULL);
    unsigned char *mine = fa_transfer_take(a, taken);
    end();
    CHECK_EQ(counts().dropped, 2);
    CHECK_EQ(counts().received, 1);
    CHECK_EQ(fa_transfer_state(a, sent), -1);
    CHECK_EQ(fa_transfer_state(a, kept), FA_TRANSFER_RECEIVED);
    begin();
    end();
    CHECK_EQ(fa_transfer_state(a, kept), FA_TRANSFER_RECEIVED);
    CHECK_EQ(blocks(), 2);
    CHECK_EQ(fa_transfer_drop(a, kept), FA_OK);
    CHECK(pattern_holds(mine, 100, 100, 100));
    CHECK_EQ(fa_release(a, mine), FA_OK);
    CHECK_EQ(blocks(), 0);
    CHECK_EQ(capture_code(&c), 0);
    fa_allocator_release(a);
}

static void a_value_received_by_its_sender_belongs_to_the_later_frame(void)
{
    setup();
    begin();
    fa_transfer id;
    fa_checkpoint outer = fa_frame_checkpoint(a);
    unsigned char *value = make(50, &id);
    CHECK_EQ(fa_transfer_send(a, id), FA_OK);
    fa_checkpoint inner = fa_frame_checkpoint(a);
    CHECK(fa_transfer_receive(a, id, NULL) == value);
    CHECK_EQ(fa_frame_commit(a, inner), FA_OK);
    CHECK_EQ(fa_transfer_state(a, id), FA_TRANSFER_RECEIVED);
    CHECK_EQ(fa_frame_rollback(a, outer), FA_OK);
    CHECK_EQ(counts().dropped, 1);
    CHECK(make(50, &id) != NULL);
    CHECK_EQ(fa_transfer_send(a, id), FA_OK);
    end();
    begin();
    CHECK(fa_transfer_receive(a, id, NULL) != NULL);
    end();
    CHECK_EQ(counts().dropped, 2);
    CHECK_EQ(blocks(), 0);
    fa_allocator_release(a);
}

static void rollbacks_take_what_came_since(void)
{
    setup();
    begin();
    fa_transfer before, since, sent, received, coming;
    CHECK(make(10, &before) != NULL);
    CHECK(make(20, &coming) != NULL);
    CHECK_EQ(fa_transfer_send(a, coming), FA_OK);
    fa_checkpoint checkpoint = fa_frame_checkpoint(a);
    CHECK(make(30, &since) != NULL);
    unsigned char *value = make(40, &sent);
    CHECK_EQ(fa_transfer_send(a, sent), FA_OK);
    CHECK(fa_transfer_receive(a, coming, NULL) != NULL);
    fa_subframe scope = 0;
    CHECK_EQ(fa_subframe_begin(a, &scope), FA_OK);
    CHECK(make(50, &received) != NULL);
    CHECK_EQ(fa_subframe_end(a, scope, NULL, NULL), FA_OK);
    CHECK_EQ(fa_transfer_state(a, received), -1);
    CHECK_EQ(counts().dropped, 1);
    CHECK_EQ(fa_frame_rollback(a, checkpoint), FA_OK);
    CHECK_EQ(fa_transfer_state(a, before), FA_TRANSFER_OWNED);
    CHECK_EQ(fa_transfer_state(a, since), -1);
    CHECK_EQ(fa_transfer_state(a, coming), -1);
    CHECK_EQ(counts().dropped, 3);
    CHECK_EQ(blocks(), 2);
    CHECK(fa_transfer_receive(a, sent, NULL) == value);
    CHECK(pattern_holds(value, 40, 40, 40));
    CHECK_EQ(fa_transfer_send(a, before), FA_OK);
    CHECK_EQ(fa_transfer_drop(a, before), FA_OK);
    end();
    CHECK_EQ(blocks(), 0);
    fa_allocator_release(a);
}

static void held_frames_hold_their_values(void)
{
    setup();
    begin();
    fa_transfer unsent, later;
    unsigned char *value = make(60, &unsent);
    CHECK(make(70, &later) != NULL);
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    end();
    CHECK_EQ(counts().owned, 2);
    CHECK(pattern_holds(value, 60, 60, 60));
    begin();
    CHECK_EQ(fa_transfer_send(a, later), FA_OK);
    go_to(away);
    begin();
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK_EQ(counts().dropped, 1);
    CHECK_EQ(fa_transfer_state(a, unsent), -1);
    CHECK_EQ(fa_transfer_state(a, later), FA_TRANSFER_IN_FLIGHT);
    CHECK(fa_transfer_receive(a, later, NULL) != NULL);
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    end();
    CHECK_EQ(fa_transfer_state(a, later), FA_TRANSFER_RECEIVED);
    unsigned char *taken = fa_transfer_take(a, later);
    CHECK_EQ(fa_frame_token_release(a, token), FA_OK);
    CHECK(pattern_holds(taken, 70, 70, 70));
    CHECK_EQ(fa_release(a, taken), FA_OK);
    CHECK_EQ(blocks(), 0);
    go_to(home);
    end();
    fa_allocator_release(a);
}

/* One value in each state; whether the allocator's end has something to report. */
static void end_with(int32_t debug, bool leave)
{
    spy s;
    spy_start(&s);
    fa_config config = spy_config(&s);
    config.debug_mode = debug;
    setup_with(&config);
    begin();
    fa_transfer ids[4];
    for (size_t i = 0; i < 4; i++)
        CHECK(make(i == 3 ? 200000 : 100, &ids[i]) != NULL);
    CHECK_EQ(counts().owned, 4);
    fa_frame_token token = 0;
    CHECK_EQ(fa_frame_hold(a, &token), FA_OK);
    for (size_t i = 1; leave && i < 4; i++)
        CHECK_EQ(i == 2 ? fa_transfer_send_to(a, ids[i], away) : fa_transfer_send(a, ids[i]), FA_OK);
    go_to(away);
    if (leave)
        CHECK(fa_transfer_receive(a, ids[3], NULL) != NULL);
    fa_allocator_release(a);
    bool told = debug && leave;
    CHECK_EQ(c.by_code[208], told);
    CHECK_EQ(c.by_code[506], 0);
    CHECK_EQ(atomic_load(&c.reports), told);
    CHECK(!told || strstr(c.note, "3 transfers of 200200 bytes, 2 of them in flight") != NULL);
    CHECK(!told || c.last.severity == FA_SEVERITY_WARNING);
    spy_check_clean(&s);
}

static void the_end_of_the_allocator_frees_the_rest(void)
{
    end_with(0, true);
    end_with(0, false);
    fa_config config = FA_CONFIG_INIT;
    config.debug_mode = 1;
    fa_allocator *debugged = fa_allocator_create(&config);
    if (debugged == NULL)
        return;
    fa_allocator_release(debugged);
    end_with(1, true);
    end_with(1, false);
}

/* The backend fails at each of its calls in turn, until none fails any more. */
static void failing_backends_change_nothing(void)
{
    static const size_t sizes[] = {64, 20000, 300000};
    bool failed = true;
    for (size_t at = 1; failed; at++) {
        spy s;
        spy_start(&s);
        fa_config config = spy_config(&s);
        setup_with(&config);
        CHECK_EQ(fa_diagnostic_set_sink(a, capture_nothing, NULL), FA_OK);
        begin();
        failed = false;
        s.fail_at = s.asked + at;
        for (size_t i = 0; i < 3; i++) {
            fa_transfer id = 0;
            fa_transfer_stats before = counts();
            uint64_t live = blocks();
            void *value = fa_transfer_alloc(a, sizes[i], 16, &id);
            if (value == NULL) {
                failed = true;
                fa_transfer_stats after = counts();
                CHECK(memcmp(&before, &after, sizeof after) == 0);
                CHECK_EQ(fa_last_status(), FA_ERROR_OUT_OF_MEMORY);
                CHECK_EQ(id, 0);
                CHECK_EQ(blocks(), live);
                value = fa_transfer_alloc(a, sizes[i], 16, &id);
            }
            REQUIRE(value != NULL);
            CHECK_EQ(fa_transfer_send_to(a, id, i == 0 ? home : away), FA_OK);
        }
        fa_transfer next;
        CHECK_EQ(fa_transfer_next(a, &next), FA_OK);
        CHECK(fa_transfer_receive(a, next, NULL) != NULL);
        end();
        CHECK_EQ(counts().in_flight, 2);
        fa_allocator_release(a);
        spy_check_clean(&s);
    }
}

static void values_are_charged_where_they_are_allocated(void)
{
    setup();
    fa_tag tag = fa_tag_get(a, "net");
    CHECK(tag != 0);
    begin();
    CHECK_EQ(fa_tag_push(a, tag), FA_OK);
    fa_transfer id;
    CHECK(make(1000, &id) != NULL);
    CHECK_EQ(fa_tag_pop(a), FA_OK);
    CHECK_EQ(fa_transfer_send(a, id), FA_OK);
    end();
    go_to(away);
    begin();
    CHECK(fa_transfer_receive(a, id, NULL) != NULL);
    fa_tag_stats stats = FA_TAG_STATS_INIT;
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK(stats.pool.live_bytes >= 1000);
    end();
    CHECK_EQ(fa_tag_get_stats(a, tag, &stats), FA_OK);
    CHECK_EQ(stats.pool.live_bytes, 0);
    fa_allocator_release(a);
}

typedef struct parcel {
    fa_transfer id;
    unsigned char *value;
    bool in_frame;
} parcel;

static void send_from_a_frame(void *user)
{
    parcel *p = user;
    begin();
    p->value = make(500, &p->id);
    CHECK_EQ(fa_transfer_send(a, p->id), FA_OK);
    end();
}

static void receive_there(void *user)
{
    parcel *p = user;
    if (p->in_frame)
        begin();
    CHECK(fa_transfer_receive(a, p->id, NULL) == p->value);
}

enum { MANY = 20 };

static void let_them_expire(void *user)
{
    const fa_transfer *ids = user;
    begin();
    fa_clear_last_status();
    for (size_t i = 0; i < MANY; i++)
        CHECK(fa_transfer_receive(a, ids[i], NULL) != NULL);
    end();
    CHECK_EQ(fa_last_status(), FA_OK);
}

/* What goes with a frame goes to the allocator, where no queue takes it. */
static void full_queues_lose_nothing(void)
{
    setup();
    fa_deferred_config config = FA_DEFERRED_CONFIG_INIT;
    config.mode = FA_DEFERRED_EXPLICIT;
    config.capacity = 2;
    config.full_policy = FA_QUEUE_FAIL;
    CHECK_EQ(fa_deferred_configure(a, &config), FA_OK);
    begin();
    fa_transfer ids[MANY];
    for (size_t i = 0; i < MANY; i++) {
        CHECK(make(100, &ids[i]) != NULL);
        CHECK_EQ(fa_transfer_send(a, ids[i]), FA_OK);
    }
    worker w;
    worker_start(&w);
    worker_do(&w, let_them_expire, ids);
    CHECK_EQ(counts().dropped, MANY);
    fa_deferred_stats stats = FA_DEFERRED_STATS_INIT;
    CHECK_EQ(fa_deferred_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.refused, 0);
    CHECK_EQ(stats.handed_over, MANY - 2);
    CHECK_EQ(figures(a).pool.live_count, 0);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).pages, 0);
    worker_end(&w);
    end();
    fa_allocator_release(a);
}

static void values_outlive_threads(void)
{
    setup();
    parcel parcels[3] = {{.in_frame = false}, {.in_frame = true}, {.in_frame = false}};
    worker w;
    worker_start(&w);
    for (size_t i = 0; i < 3; i++)
        worker_do(&w, send_from_a_frame, &parcels[i]);
    worker_end(&w);
    CHECK(pattern_holds(parcels[0].value, 500, 500, 500));
    worker_start(&w);
    worker_do(&w, receive_there, &parcels[0]);
    worker_do(&w, receive_there, &parcels[1]);
    worker_end(&w);
    CHECK_EQ(fa_transfer_state(a, parcels[0].id), FA_TRANSFER_RECEIVED);
    CHECK_EQ(fa_transfer_state(a, parcels[1].id), -1);
    CHECK_EQ(counts().dropped, 1);
    CHECK_EQ(fa_transfer_drop(a, parcels[0].id), FA_ERROR_WRONG_LANE);
    CHECK(fa_transfer_receive(a, parcels[2].id, NULL) == parcels[2].value);
    CHECK(pattern_holds(parcels[2].value, 500, 500, 500));
    fa_allocator_release(a);
}

static void child_of_a_fork_goes_on(void)
{
    setup();
    begin();
    fa_transfer sent, owned;
    unsigned char *value = make(300, &sent);
    CHECK_EQ(fa_transfer_send_to(a, sent, home), FA_OK);
    CHECK(make(300, &owned) != NULL);
    (void)fflush(stdout);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        fa_transfer next = 0;
        bool good = fa_transfer_next(a, &next) == FA_OK && next == sent &&
                    fa_transfer_receive(a, next, NULL) == value && pattern_holds(value, 300, 300, 300) &&
                    fa_transfer_send(a, owned) == FA_OK && fa_frame_end(a) == FA_OK &&
                    fa_transfer_drop(a, owned) == FA_OK && counts().dropped == 2;
        child_end(good ? 0 : 1);
    }
    CHECK_EQ(child_await(child), 0);
    CHECK_EQ(fa_transfer_state(a, sent), FA_TRANSFER_IN_FLIGHT);
    end();
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(frames_take_with_them_what_is_theirs), CASE(a_value_received_by_its_sender_belongs_to_the_later_frame),
           CASE(rollbacks_take_what_came_since), CASE(held_frames_hold_their_values),
           CASE(the_end_of_the_allocator_frees_the_rest), CASE(failing_backends_change_nothing),
           CASE(values_are_charged_where_they_are_allocated), CASE(full_queues_lose_nothing),
           CASE(values_outlive_threads), CASE(child_of_a_fork_goes_on))
