/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Random transfers among several lanes against a model that knows where every value is, and what goes with which
 * frame. */
#include "capture.h"
#include "figures.h"
#include "pattern.h"

enum { LANES = 4, VALUES = 200, DEPTH = 6, STEPS = 40000, GONE = -1 };

typedef struct value {
    fa_transfer id;
    unsigned char *memory;
    size_t size;
    uint64_t key;
    int32_t state;
    int lane;      /* that has it, or has allocated it */
    int addressee; /* LANES for any */
    unsigned depth; /* checkpoints open when it was tied to the frame; 0 for no frame, else 1 + */
    uint64_t order; /* of sending */
} value;

typedef struct lane_model {
    fa_lane *lane;
    bool running;
    fa_checkpoint checkpoints[DEPTH];
    unsigned open;
} lane_model;

static fa_allocator *a;
static dice d;
static lane_model lanes[LANES];
static value values[VALUES];
static fa_transfer_stats model;
static uint64_t sends;
static uint64_t received;
static uint64_t expired;
static int here;

static value *pick(int32_t state)
{
    size_t start = dice_below(&d, VALUES);
    for (size_t i = 0; i < VALUES; i++) {
        value *v = &values[(start + i) % VALUES];
        if (v->state == state)
            return v;
    }
    return NULL;
}

static unsigned tie(void)
{
    return lanes[here].running ? 1 + lanes[here].open : 0;
}

static void check_contents(const value *v)
{
    CHECK(pattern_holds(v->memory, v->size, v->size, v->key));
}

static void refuse(fa_status actual, fa_status first, fa_status second)
{
    if (!CHECK(actual == first || actual == second))
        printf("# %d\n", actual);
}

static void make(void)
{
    value *v = pick(GONE);
    if (v == NULL)
        return;
    size_t size = dice_size(&d, 17);
    uint64_t key = dice_next(&d);
    fa_transfer id = 0;
    void *memory = fa_transfer_alloc(a, size, (size_t)1 << dice_below(&d, 9), &id);
    if (!lanes[here].running) {
        CHECK(memory == NULL && fa_last_status() == FA_ERROR_NO_FRAME && id == 0);
        return;
    }
    REQUIRE(memory != NULL);
    pattern_fill(memory, size, key);
    *v = (value){id, memory, size, key, FA_TRANSFER_OWNED, here, LANES, tie(), 0};
    model.initiated++;
}

static void send(void)
{
    value *v = pick(FA_TRANSFER_OWNED);
    if (v == NULL)
        return;
    int to = (int)dice_below(&d, LANES + 2);
    fa_status status = to < LANES ? fa_transfer_send_to(a, v->id, lanes[to].lane) : fa_transfer_send(a, v->id);
    CHECK_EQ(status, v->lane == here ? FA_OK : FA_ERROR_WRONG_LANE);
    if (status != FA_OK)
        return;
    v->state = FA_TRANSFER_IN_FLIGHT;
    v->addressee = to < LANES ? to : LANES;
    v->order = ++sends;
    model.sent++;
}

static void receive(void)
{
    value *v = pick(FA_TRANSFER_IN_FLIGHT);
    if (v == NULL)
        return;
    size_t size = SIZE_MAX;
    void *memory = fa_transfer_receive(a, v->id, &size);
    if (v->addressee != LANES && v->addressee != here) {
        CHECK(memory == NULL && fa_last_status() == FA_ERROR_WRONG_LANE);
        return;
    }
    CHECK(memory == v->memory);
    CHECK_EQ(size, v->size);
    v->state = FA_TRANSFER_RECEIVED;
    v->lane = here;
    v->depth = tie();
    received++;
}

static void take(void)
{
    value *v = pick(FA_TRANSFER_RECEIVED);
    if (v == NULL)
        return;
    unsigned char *memory = fa_transfer_take(a, v->id);
    if (v->lane != here) {
        CHECK(memory == NULL && fa_last_status() == FA_ERROR_WRONG_LANE);
        return;
    }
    REQUIRE(memory == v->memory);
    check_contents(v);
    CHECK_EQ(fa_transfer_state(a, v->id), FA_TRANSFER_CONSUMED);
    CHECK_EQ(fa_release(a, memory), FA_OK);
    v->state = GONE;
    model.taken++;
}

static void drop(void)
{
    value *v = &values[dice_below(&d, VALUES)];
    if (v->state == GONE) {
        refuse(fa_transfer_drop(a, v->id), FA_ERROR_STATE, FA_ERROR_STALE);
        return;
    }
    bool may = v->state == FA_TRANSFER_IN_FLIGHT || v->lane == here;
    check_contents(v);
    CHECK_EQ(fa_transfer_drop(a, v->id), may ? FA_OK : FA_ERROR_WRONG_LANE);
    v->state = may ? GONE : v->state;
    model.dropped += may;
}

/* Any step on any value, in whatever state: only those that the others do succeed. */
static void blunder(void)
{
    const value *v = &values[dice_below(&d, VALUES)];
    if (v->state != FA_TRANSFER_OWNED)
        refuse(fa_transfer_send(a, v->id), FA_ERROR_STATE, FA_ERROR_STALE);
    if (v->state != FA_TRANSFER_IN_FLIGHT) {
        CHECK(fa_transfer_receive(a, v->id, NULL) == NULL);
        refuse(fa_last_status(), FA_ERROR_STATE, FA_ERROR_STALE);
    }
    if (v->state != FA_TRANSFER_RECEIVED) {
        CHECK(fa_transfer_take(a, v->id) == NULL);
        refuse(fa_last_status(), FA_ERROR_STATE, FA_ERROR_STALE);
    }
}

/* What was tied to the frame of this lane at such a depth or deeper is gone. */
static void forget(unsigned depth)
{
    for (size_t i = 0; i < VALUES; i++) {
        value *v = &values[i];
        bool tied = v->state == FA_TRANSFER_OWNED || v->state == FA_TRANSFER_RECEIVED;
        if (!tied || v->lane != here || v->depth == 0 || v->depth < depth)
            continue;
        CHECK_EQ(fa_transfer_state(a, v->id), -1);
        model.dropped++;
        expired += v->state == FA_TRANSFER_RECEIVED;
        v->state = GONE;
    }
}

static void turn_frame(void)
{
    lane_model *lane = &lanes[here];
    CHECK_EQ(lane->running ? fa_frame_end(a) : fa_frame_begin(a), FA_OK);
    if (lane->running)
        forget(1);
    lane->running = !lane->running;
    lane->open = 0;
}

/* A commit hands on to the outer checkpoint what came since. */
static void commit(lane_model *lane)
{
    lane->open--;
    CHECK_EQ(fa_frame_commit(a, lane->checkpoints[lane->open]), FA_OK);
    for (size_t i = 0; i < VALUES; i++) {
        if (values[i].lane == here && values[i].depth > 1 + lane->open)
            values[i].depth = 1 + lane->open;
    }
}

static void turn_checkpoint(void)
{
    lane_model *lane = &lanes[here];
    size_t choice = dice_below(&d, 3);
    if (!lane->running)
        return;
    if (choice == 0 && lane->open < DEPTH) {
        CHECK((lane->checkpoints[lane->open++] = fa_frame_checkpoint(a)) != 0);
    } else if (choice == 1 && lane->open > 0) {
        commit(lane);
    } else if (lane->open > 0) {
        lane->open = (unsigned)dice_below(&d, lane->open);
        CHECK_EQ(fa_frame_rollback(a, lane->checkpoints[lane->open]), FA_OK);
        forget(2 + lane->open);
    }
}

static void look_into_mail(void)
{
    const value *oldest = NULL;
    for (size_t i = 0; i < VALUES; i++) {
        const value *v = &values[i];
        if (v->state == FA_TRANSFER_IN_FLIGHT && v->addressee == here && (oldest == NULL || v->order < oldest->order))
            oldest = v;
    }
    fa_transfer id = 0;
    CHECK_EQ(fa_transfer_next(a, &id), oldest != NULL ? FA_OK : FA_ERROR_NOT_FOUND);
    CHECK_EQ(id, oldest != NULL ? oldest->id : 0);
}

static void look(void)
{
    fa_transfer_stats stats = FA_TRANSFER_STATS_INIT;
    CHECK_EQ(fa_transfer_get_stats(a, &stats), FA_OK);
    fa_transfer_stats now = model;
    for (size_t i = 0; i < VALUES; i++) {
        const value *v = &values[i];
        now.owned += v->state == FA_TRANSFER_OWNED;
        now.in_flight += v->state == FA_TRANSFER_IN_FLIGHT;
        now.received += v->state == FA_TRANSFER_RECEIVED;
        now.live_bytes += v->state == GONE ? 0 : v->size;
        if (v->state != GONE)
            CHECK_EQ(fa_transfer_state(a, v->id), v->state);
    }
    if (now.live_bytes > model.peak_bytes)
        model.peak_bytes = now.peak_bytes = now.live_bytes;
    CHECK(memcmp(&stats, &now, sizeof now) == 0);
}

static void step(void)
{
    static void (*const steps[])(void) = {make,    make, make, send,    send,          receive,
                                          receive, take, drop, blunder, look_into_mail};
    size_t choice = dice_below(&d, 120);
    if (choice < 4)
        turn_frame();
    else if (choice < 10)
        turn_checkpoint();
    else
        steps[choice % (sizeof steps / sizeof *steps)]();
}

static void transfers_are_where_the_model_says(void)
{
    d.state = dice_seed();
    model = (fa_transfer_stats)FA_TRANSFER_STATS_INIT;
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    for (int i = 0; i < LANES; i++)
        REQUIRE((lanes[i].lane = fa_lane_create(a, NULL)) != NULL);
    for (size_t i = 0; i < VALUES; i++)
        values[i].state = GONE;
    for (size_t i = 0; i < STEPS; i++) {
        here = (int)dice_below(&d, LANES);
        CHECK_EQ(fa_lane_bind(a, lanes[here].lane, NULL), FA_OK);
        step();
        look();
    }
    CHECK(received > 100 && model.taken > 100 && expired > 100 && model.dropped - expired > 100);
    for (here = 0; here < LANES; here++) {
        CHECK_EQ(fa_lane_bind(a, lanes[here].lane, NULL), FA_OK);
        for (size_t i = 0; i < VALUES; i++) {
            value *v = &values[i];
            bool mine = v->state == FA_TRANSFER_IN_FLIGHT || (v->state != GONE && v->lane == here);
            CHECK(!mine || fa_transfer_drop(a, v->id) == FA_OK);
            v->state = mine ? GONE : v->state;
        }
    }
    fa_stats stats = figures(a);
    CHECK_EQ(stats.pool.live_count + stats.heap.live_count, 0);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(transfers_are_where_the_model_says))
