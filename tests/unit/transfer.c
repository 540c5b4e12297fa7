/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Which step of a transfer is possible when, and what is said of those that are not. */
#include "lanes.h"

/* Where a value can be when something is tried on it. */
enum { OWNED, FLIGHT, MAILED, RECEIVED, TAKEN, DROPPED, UNSENT, EXPIRED, FOREIGN, NOTHING, PLACES };
enum { SEND, MAIL, RECEIVE, TAKE, DROP, STEPS };
enum { OK = FA_OK, WRONG = FA_ERROR_WRONG_LANE, STATE = FA_ERROR_STATE, STALE = FA_ERROR_STALE };

/* The value was allocated at home, and sent away or received there. Each pair is what happens at home, and away. */
static const fa_status expected[PLACES][STEPS][2] = {
    [OWNED] = {[SEND] = {OK, WRONG}, [MAIL] = {OK, WRONG},
               [RECEIVE] = {STATE, STATE}, [TAKE] = {STATE, STATE}, [DROP] = {OK, WRONG}},
    [FLIGHT] = {[SEND] = {STATE, STATE}, [MAIL] = {STATE, STATE},
                [RECEIVE] = {OK, OK}, [TAKE] = {STATE, STATE}, [DROP] = {OK, OK}},
    [MAILED] = {[SEND] = {STATE, STATE}, [MAIL] = {STATE, STATE},
                [RECEIVE] = {WRONG, OK}, [TAKE] = {STATE, STATE}, [DROP] = {OK, OK}},
    [RECEIVED] = {[SEND] = {STATE, STATE}, [MAIL] = {STATE, STATE},
                  [RECEIVE] = {STATE, STATE}, [TAKE] = {WRONG, OK}, [DROP] = {WRONG, OK}},
    [TAKEN] = {{STATE, STATE}, {STATE, STATE}, {STATE, STATE}, {STATE, STATE}, {STATE, STATE}},
    [DROPPED] = {{STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}},
    [UNSENT] = {{STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}},
    [EXPIRED] = {{STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}},
    [FOREIGN] = {{STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}},
    [NOTHING] = {{STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}, {STALE, STALE}},
};

/* What the report says of it, unless the lane is the wrong one. */
static const char *const said[PLACES] = {
    [OWNED] = "is with the lane that allocated it", [FLIGHT] = "is in flight", [MAILED] = "is in flight",
    [RECEIVED] = "is received", [TAKEN] = "is taken", [DROPPED] = "was dropped", [UNSENT] = "was dropped",
    [EXPIRED] = "was dropped", [FOREIGN] = "is of allocator", [NOTHING] = "was dropped",
};

static const int32_t state_at[PLACES] = {
    [OWNED] = FA_TRANSFER_OWNED, [FLIGHT] = FA_TRANSFER_IN_FLIGHT, [MAILED] = FA_TRANSFER_IN_FLIGHT,
    [RECEIVED] = FA_TRANSFER_RECEIVED, [TAKEN] = FA_TRANSFER_CONSUMED, [DROPPED] = -1, [UNSENT] = -1, [EXPIRED] = -1,
    [FOREIGN] = -1, [NOTHING] = -1,
};

static const int32_t state_after[STEPS] = {
    [SEND] = FA_TRANSFER_IN_FLIGHT, [MAIL] = FA_TRANSFER_IN_FLIGHT, [RECEIVE] = FA_TRANSFER_RECEIVED,
    [TAKE] = FA_TRANSFER_CONSUMED, [DROP] = -1,
};

typedef struct scene {
    unsigned char *value; /* NULL once it is gone */
    unsigned char *taken; /* the caller's */
    fa_transfer id;
} scene;

enum { VALUE = 200 };

/* Frames run on both lanes when this returns, and it is at home. */
static scene set_up(int place)
{
    scene s = {0};
    go_to(away);
    begin();
    go_to(home);
    begin();
    if (place == NOTHING)
        return s;
    s.value = make(VALUE, &s.id);
    if (place == FLIGHT || place == RECEIVED || place == TAKEN || place == EXPIRED)
        CHECK_EQ(fa_transfer_send(a, s.id), FA_OK);
    if (place == MAILED)
        CHECK_EQ(fa_transfer_send_to(a, s.id, away), FA_OK);
    if (place == DROPPED)
        CHECK_EQ(fa_transfer_drop(a, s.id), FA_OK);
    if (place == UNSENT) {
        end();
        begin();
    }
    go_to(away);
    if (place == RECEIVED || place == TAKEN || place == EXPIRED)
        CHECK(fa_transfer_receive(a, s.id, NULL) == s.value);
    if (place == TAKEN)
        CHECK((s.taken = fa_transfer_take(a, s.id)) == s.value);
    if (place == EXPIRED) {
        end();
        begin();
    }
    if (place >= TAKEN)
        s.value = NULL;
    go_to(home);
    return s;
}

static fa_status done(const void *value)
{
    return value != NULL ? FA_OK : fa_last_status();
}

static fa_status try_step(scene *s, int step)
{
    size_t size = 0;
    switch (step) {
    case SEND: return fa_transfer_send(a, s->id);
    case MAIL: return fa_transfer_send_to(a, s->id, home);
    case DROP: return fa_transfer_drop(a, s->id);
    case TAKE: return done(s->taken = fa_transfer_take(a, s->id));
    default: break;
    }
    void *received = fa_transfer_receive(a, s->id, &size);
    CHECK(received == NULL || (received == s->value && size == VALUE));
    return done(received);
}

/* Nothing has changed, the frame included, and the report says why. */
static void check_refused(int place, fa_status status, const fa_transfer_stats *before, size_t used)
{
    fa_transfer_stats after = counts();
    CHECK(memcmp(before, &after, sizeof after) == 0);
    CHECK_EQ(fa_frame_used(a), used);
    CHECK_EQ(capture_code(&c), 207);
    if (!CHECK(strstr(c.note, status == FA_ERROR_WRONG_LANE ? "another lane" : said[place]) != NULL))
        printf("# place %d: %s\n", place, c.note);
}

static void try_one(int place, int step, int at)
{
    scene s = set_up(place);
    fa_lane *lane = at == 0 ? home : away;
    (void)capture_code(&c);
    go_to(lane);
    fa_transfer_stats before = counts();
    size_t used = fa_frame_used(a);
    unsigned char *taken = s.taken;
    fa_status status = try_step(&s, step);
    if (!CHECK_EQ(status, expected[place][step][at]))
        printf("# place %d, step %d, at %d\n", place, step, at);
    CHECK_EQ(fa_transfer_state(a, s.id), status == FA_OK ? state_after[step] : state_at[place]);
    if (status == FA_OK)
        CHECK_EQ(capture_code(&c), 0);
    else
        check_refused(place, status, &before, used);
    if (s.value != NULL && !(status == FA_OK && step == DROP))
        CHECK(pattern_holds(s.value, VALUE, VALUE, VALUE));
    if (taken != NULL)
        CHECK_EQ(fa_release(a, taken), FA_OK);
    else if (s.taken != NULL)
        CHECK_EQ(fa_release(a, s.taken), FA_OK);
    (void)(status == FA_OK && (step == SEND || step == MAIL) ? fa_transfer_drop(a, s.id) : FA_OK);
    if ((place == FLIGHT || place == MAILED) && status != FA_OK)
        CHECK_EQ(fa_transfer_drop(a, s.id), FA_OK);
    go_to(away);
    end();
    go_to(home);
    end();
    CHECK_EQ(blocks(), 0);
    fa_transfer_stats after = counts();
    CHECK_EQ(after.owned + after.in_flight + after.received, 0);
}

static void every_step_from_every_state(void)
{
    for (int place = 0; place < PLACES; place++) {
        for (int step = 0; step < STEPS; step++) {
            for (int at = 0; at < 2; at++) {
                if (place == FOREIGN) /* has a test of its own */
                    continue;
                setup();
                try_one(place, step, at);
                fa_allocator_release(a);
            }
        }
    }
}

static void try_foreign(fa_allocator *other, fa_transfer theirs)
{
    setup();
    begin();
    char name[80];
    (void)snprintf(name, sizeof name, "is of allocator %llu, not of allocator %llu",
                   (unsigned long long)fa_allocator_id(other), (unsigned long long)fa_allocator_id(a));
    fa_transfer mine;
    CHECK(make(10, &mine) != NULL);
    CHECK(mine != theirs);
    for (int step = 0; step < STEPS; step++) {
        scene s = {.id = theirs};
        fa_transfer_stats before = counts();
        size_t used = fa_frame_used(a);
        CHECK_EQ(try_step(&s, step), expected[FOREIGN][step][0]);
        check_refused(FOREIGN, FA_ERROR_STALE, &before, used);
        CHECK(strstr(c.note, name) != NULL);
    }
    fa_transfer_info info = FA_TRANSFER_INFO_INIT;
    CHECK_EQ(fa_transfer_get_info(a, theirs, &info), FA_ERROR_STALE);
    CHECK_EQ(fa_transfer_state(a, theirs), -1);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    (void)capture_code(&c);
    CHECK_EQ(fa_transfer_send_to(a, mine, fa_lane_current(other)), FA_ERROR_WRONG_LANE);
    CHECK_EQ(capture_code(&c), 207);
    CHECK_EQ(fa_transfer_state(a, mine), FA_TRANSFER_OWNED);
    end();
    fa_allocator_release(a);
}

static void ids_of_another_allocator_are_known_as_such(void)
{
    fa_allocator *other = fa_allocator_create(NULL);
    REQUIRE(other != NULL);
    fa_transfer live, ended;
    CHECK_EQ(fa_frame_begin(other), FA_OK);
    CHECK(fa_transfer_alloc(other, 10, 16, &live) != NULL);
    CHECK(fa_transfer_alloc(other, 10, 16, &ended) != NULL);
    CHECK_EQ(fa_transfer_send(other, ended), FA_OK);
    CHECK(fa_transfer_receive(other, ended, NULL) != NULL);
    CHECK_EQ(fa_release(other, fa_transfer_take(other, ended)), FA_OK);
    try_foreign(other, live);
    try_foreign(other, ended);
    CHECK_EQ(fa_transfer_state(other, live), FA_TRANSFER_OWNED);
    fa_allocator_release(other);
    setup();
    CHECK_EQ(fa_transfer_drop(a, live), FA_ERROR_STALE);
    CHECK_EQ(capture_code(&c), 207);
    fa_allocator_release(a);
}

static void take_one(fa_transfer *id)
{
    CHECK(make(10, id) != NULL);
    CHECK_EQ(fa_transfer_send(a, *id), FA_OK);
    CHECK(fa_transfer_receive(a, *id, NULL) != NULL);
    CHECK_EQ(fa_release(a, fa_transfer_take(a, *id)), FA_OK);
}

static void the_last_ones_taken_are_remembered(void)
{
    enum { REMEMBERED = 256 };
    setup();
    begin();
    fa_transfer first, id;
    take_one(&first);
    for (int i = 1; i < REMEMBERED; i++) {
        take_one(&id);
        CHECK(id != first);
        CHECK_EQ(fa_transfer_state(a, first), FA_TRANSFER_CONSUMED);
    }
    CHECK(fa_transfer_take(a, first) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STATE);
    CHECK_EQ(capture_code(&c), 207);
    take_one(&id);
    CHECK_EQ(fa_transfer_state(a, id), FA_TRANSFER_CONSUMED);
    CHECK_EQ(fa_transfer_state(a, first), -1);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    CHECK(fa_transfer_take(a, first) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
    end();
    fa_allocator_release(a);
}

static void values_are_not_copied_and_carry_their_figures(void)
{
    static const size_t sizes[] = {0, 1, 64, 5000, 70000, 3000000};
    setup();
    fa_lane_stats lanes[2] = {FA_LANE_STATS_INIT, FA_LANE_STATS_INIT};
    CHECK_EQ(fa_lane_get_stats(a, home, &lanes[0]), FA_OK);
    CHECK_EQ(fa_lane_get_stats(a, away, &lanes[1]), FA_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        go_to(home);
        begin();
        fa_transfer id;
        size_t align = (size_t)1 << (2 * i), size = 99;
        unsigned char *value = fa_transfer_alloc(a, sizes[i], align, &id);
        REQUIRE(value != NULL && aligned_to(value, align));
        pattern_fill(value, sizes[i], i);
        CHECK_EQ(fa_transfer_send_to(a, id, away), FA_OK);
        end();
        CHECK_EQ(counts().live_bytes, sizes[i]);
        go_to(away);
        CHECK(fa_transfer_receive(a, id, &size) == value);
        CHECK_EQ(size, sizes[i]);
        fa_transfer_info info = FA_TRANSFER_INFO_INIT;
        CHECK_EQ(fa_transfer_get_info(a, id, &info), FA_OK);
        CHECK_EQ(info.state, FA_TRANSFER_RECEIVED);
        CHECK_EQ(info.size, sizes[i]);
        CHECK_EQ(info.sender, lanes[0].lane_id);
        CHECK_EQ(info.receiver, lanes[1].lane_id);
        CHECK(fa_transfer_take(a, id) == value);
        CHECK(pattern_holds(value, sizes[i], sizes[i], i));
        CHECK(fa_usable_size(a, value) >= sizes[i]);
        CHECK_EQ(fa_release(a, value), FA_OK);
    }
    CHECK_EQ(counts().peak_bytes, 3000000);
    CHECK_EQ(blocks(), 0);
    fa_allocator_release(a);
}

static void copies_come_from_frames(void)
{
    setup();
    begin();
    unsigned char *original = fa_frame_alloc(a, 1000, 16);
    REQUIRE(original != NULL);
    pattern_fill(original, 1000, 5);
    fa_transfer id, empty;
    CHECK_EQ(counts().copied_bytes, 0);
    unsigned char *value = fa_transfer_copy(a, original, 1000, 64, &id);
    REQUIRE(value != NULL && value != original && aligned_to(value, 64));
    CHECK(fa_transfer_copy(a, original, 0, 1, &empty) != NULL);
    CHECK_EQ(fa_transfer_send(a, id), FA_OK);
    end();
    CHECK_EQ(fa_transfer_state(a, empty), -1);
    CHECK_EQ(counts().copied_bytes, 1000);
    begin();
    CHECK(fa_frame_alloc_zeroed(a, 1000, 16) != NULL);
    CHECK(fa_transfer_receive(a, id, NULL) == value);
    CHECK(pattern_holds(value, 1000, 1000, 5));
    end();
    CHECK_EQ(blocks(), 0);
    fa_allocator_release(a);
}

static void mail_comes_in_order(void)
{
    setup();
    begin();
    fa_transfer ids[5], next = 0, open;
    CHECK(make(1, &open) != NULL);
    CHECK_EQ(fa_transfer_send(a, open), FA_OK);
    for (size_t i = 0; i < 5; i++) {
        CHECK(make(i + 1, &ids[i]) != NULL);
        CHECK_EQ(fa_transfer_send_to(a, ids[i], away), FA_OK);
    }
    CHECK_EQ(fa_transfer_next(a, &next), FA_ERROR_NOT_FOUND);
    CHECK_EQ(next, 0);
    CHECK_EQ(fa_transfer_drop(a, ids[1]), FA_OK);
    end();
    go_to(away);
    for (size_t i = 0; i < 5; i += i == 0 ? 2 : 1) {
        CHECK_EQ(fa_transfer_next(a, &next), FA_OK);
        CHECK_EQ(next, ids[i]);
        CHECK_EQ(fa_transfer_next(a, &next), FA_OK);
        size_t size = 0;
        CHECK(fa_transfer_receive(a, next, &size) != NULL);
        CHECK_EQ(size, i + 1);
        CHECK_EQ(fa_transfer_drop(a, next), FA_OK);
    }
    CHECK_EQ(fa_transfer_next(a, &next), FA_ERROR_NOT_FOUND);
    CHECK_EQ(capture_code(&c), 0);
    CHECK_EQ(fa_transfer_drop(a, open), FA_OK);
    fa_allocator_release(a);
}

static void bad_arguments_are_refused(void)
{
    setup();
    fa_transfer id = 77;
    CHECK(fa_transfer_alloc(a, 10, 16, &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    CHECK_EQ(capture_code(&c), 1);
    CHECK(fa_transfer_copy(a, "x", 1, 1, &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_NO_FRAME);
    begin();
    CHECK(fa_transfer_alloc(a, opaque_size(SIZE_MAX), 16, &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_SIZE);
    CHECK(fa_transfer_alloc(a, 10, opaque_size(3), &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    CHECK(fa_transfer_alloc(a, 10, opaque_size(0), &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_ALIGNMENT);
    (void)capture_code(&c);
    CHECK(fa_transfer_alloc(a, 10, 16, opaque(NULL)) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(capture_code(&c), 903);
    CHECK(fa_transfer_copy(a, NULL, 10, 16, &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(id, 0);
    CHECK_EQ(fa_transfer_next(a, opaque(NULL)), FA_ERROR_INVALID_ARGUMENT);
    CHECK(make(10, &id) != NULL);
    CHECK_EQ(fa_transfer_send_to(a, id, opaque(NULL)), FA_ERROR_WRONG_LANE);
    CHECK_EQ(fa_transfer_get_info(a, id, opaque(NULL)), FA_ERROR_INVALID_ARGUMENT);
    CHECK_EQ(fa_transfer_get_stats(a, opaque(NULL)), FA_ERROR_INVALID_ARGUMENT);
    fa_transfer_info info = {0, 0, 0, 0, 0};
    CHECK_EQ(fa_transfer_get_info(a, id, &info), FA_ERROR_STRUCT_SIZE);
    CHECK_EQ(fa_transfer_state(a, id), FA_TRANSFER_OWNED);
    CHECK_EQ(fa_transfer_state(a, UINT64_MAX), -1);
    CHECK_EQ(counts().initiated, 1);
    end();
    fa_allocator_release(a);
    CHECK(fa_transfer_alloc(NULL, 10, 16, &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
    CHECK(fa_transfer_copy(a, "x", 1, 1, &id) == NULL);
    CHECK_EQ(fa_last_status(), FA_ERROR_INVALID_ALLOCATOR);
    CHECK(fa_transfer_receive(a, id, NULL) == NULL);
    CHECK(fa_transfer_take(a, id) == NULL);
    CHECK_EQ(fa_transfer_send(a, id), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_transfer_send_to(a, id, home), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_transfer_drop(NULL, id), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_transfer_next(a, &id), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_transfer_state(NULL, id), -1);
    fa_transfer_stats stats = FA_TRANSFER_STATS_INIT;
    CHECK_EQ(fa_transfer_get_stats(a, &stats), FA_ERROR_INVALID_ALLOCATOR);
    CHECK_EQ(fa_transfer_get_info(a, id, &info), FA_ERROR_INVALID_ALLOCATOR);
}

CHECK_MAIN(CASE(every_step_from_every_state), CASE(ids_of_another_allocator_are_known_as_such),
           CASE(the_last_ones_taken_are_remembered), CASE(values_are_not_copied_and_carry_their_figures),
           CASE(copies_come_from_frames), CASE(mail_comes_in_order), CASE(bad_arguments_are_refused))
