/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Threads pass values round, to each other and to whoever comes first. Contents are checked wherever a value arrives,
 * and in the end the figures add up and nothing is left. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>
#include <sched.h>

enum { THREADS = 4, OPEN = 64 };

typedef struct message {
    uint64_t key;
    uint64_t hops; /* to go */
    size_t size;   /* of the whole */
} message;

typedef struct player {
    pthread_t thread;
    size_t number;
    dice d;
    size_t work;
    uint64_t arrived;
    uint64_t taken;
    uint64_t refused; /* somebody else was quicker */
} player;

static fa_allocator *a;
static player players[THREADS];
static _Atomic(fa_lane *) seats[THREADS];
static _Atomic fa_transfer open_ids[OPEN]; /* sent to nobody in particular; places are overwritten */
static atomic_size_t busy;

static size_t random_size(dice *d)
{
    return sizeof(message) + (dice_below(d, 50) == 0 ? dice_size(d, 17) : dice_size(d, 10));
}

static message *write_message(fa_transfer *id, dice *d, uint64_t hops)
{
    size_t size = random_size(d);
    message *m = fa_transfer_alloc(a, size, 16, id);
    if (!CHECK(m != NULL))
        return NULL;
    *m = (message){dice_next(d), hops, size};
    pattern_fill(m + 1, size - sizeof *m, m->key);
    return m;
}

static void dispatch(player *p, fa_transfer id)
{
    if (dice_below(&p->d, 4) != 0) {
        fa_lane *to = atomic_load(&seats[dice_below(&p->d, THREADS)]);
        CHECK_EQ(fa_transfer_send_to(a, id, to), FA_OK);
        return;
    }
    CHECK_EQ(fa_transfer_send(a, id), FA_OK);
    fa_transfer old = atomic_exchange(&open_ids[dice_below(&p->d, OPEN)], id);
    if (old != 0 && fa_transfer_drop(a, old) != FA_OK)
        p->refused++;
}

/* Some are taken, some go with the frame, some are dropped; most are answered. */
static void handle(player *p, fa_transfer id)
{
    size_t size = 0;
    message *m = fa_transfer_receive(a, id, &size);
    if (m == NULL) {
        p->refused++;
        return;
    }
    p->arrived++;
    CHECK_EQ(m->size, size);
    CHECK(pattern_holds(m + 1, size - sizeof *m, size - sizeof *m, m->key));
    uint64_t hops = m->hops;
    size_t choice = dice_below(&p->d, 8);
    if (choice == 0) {
        CHECK_EQ(fa_transfer_drop(a, id), FA_OK);
    } else if (choice < 6) {
        CHECK(fa_transfer_take(a, id) == m);
        CHECK_EQ(fa_release(a, m), FA_OK);
        p->taken++;
    }
    fa_transfer answer;
    if (hops > 0 && write_message(&answer, &p->d, hops - 1) != NULL)
        dispatch(p, answer);
}

static void play_frame(player *p)
{
    fa_transfer id;
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (int i = 0; i < 2; i++) {
        if (write_message(&id, &p->d, dice_below(&p->d, 6)) != NULL && dice_below(&p->d, 10) != 0)
            dispatch(p, id);
    }
    for (int i = 0; i < 8 && fa_transfer_next(a, &id) == FA_OK; i++)
        handle(p, id);
    id = atomic_exchange(&open_ids[dice_below(&p->d, OPEN)], 0);
    if (id != 0)
        handle(p, id);
    CHECK_EQ(fa_frame_end(a), FA_OK);
}

static void *play(void *user)
{
    player *p = user;
    atomic_store(&seats[p->number], fa_lane_current(a));
    for (size_t i = 0; i < THREADS; i++) {
        while (atomic_load(&seats[i]) == NULL)
            (void)sched_yield();
    }
    for (size_t i = 0; i < p->work; i++)
        play_frame(p);
    /* What the others still send is for this lane alone. */
    atomic_fetch_sub(&busy, 1);
    while (atomic_load(&busy) != 0)
        (void)sched_yield();
    for (fa_transfer id; fa_transfer_next(a, &id) == FA_OK;)
        CHECK_EQ(fa_transfer_drop(a, id), FA_OK);
    return NULL;
}

static void drop_open(void)
{
    for (size_t i = 0; i < OPEN; i++) {
        fa_transfer id = atomic_exchange(&open_ids[i], 0);
        if (id != 0)
            CHECK_EQ(fa_transfer_drop(a, id), FA_OK);
    }
}

static void check_figures(uint64_t taken)
{
    fa_transfer_stats stats = FA_TRANSFER_STATS_INIT;
    CHECK_EQ(fa_transfer_get_stats(a, &stats), FA_OK);
    CHECK_EQ(stats.taken, taken);
    CHECK_EQ(stats.initiated, stats.taken + stats.dropped);
    CHECK_EQ(stats.owned + stats.in_flight + stats.received, 0);
    CHECK_EQ(stats.live_bytes, 0);
    CHECK(stats.sent <= stats.initiated && stats.taken <= stats.sent);
    fa_stats all = figures(a);
    check_adds_up(&all);
    CHECK_EQ(all.pool.live_count + all.heap.live_count, 0);
}

static void values_go_round(void)
{
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    uint64_t seed = dice_seed();
    atomic_store(&busy, THREADS);
    for (size_t i = 0; i < THREADS; i++) {
        players[i] = (player){.number = i, .d = {seed + i}, .work = scaled(20000)};
        REQUIRE(pthread_create(&players[i].thread, NULL, play, &players[i]) == 0);
    }
    uint64_t arrived = 0, taken = 0;
    for (size_t i = 0; i < THREADS; i++) {
        (void)pthread_join(players[i].thread, NULL);
        arrived += players[i].arrived;
        taken += players[i].taken;
    }
    drop_open();
    CHECK(arrived > taken && taken > 0);
    check_figures(taken);
    CHECK_EQ(fa_allocator_trim(a, NULL), FA_OK);
    CHECK_EQ(figures(a).reserved_bytes, 0);
    fa_allocator_release(a);
}

enum { RACED = 64 };

static fa_transfer raced[RACED];
static atomic_size_t winners[RACED];
static atomic_size_t round_number;

/* Everybody is after the same values; the sender's frame may still be ending. */
static void *race(void *user)
{
    size_t rounds = *(size_t *)user;
    for (size_t i = 1; i <= rounds; i++) {
        while (atomic_load(&round_number) < i)
            (void)sched_yield();
        for (size_t k = 0; k < RACED; k++) {
            void *value = fa_transfer_receive(a, raced[k], NULL);
            if (value == NULL)
                continue;
            atomic_fetch_add(&winners[k], 1);
            CHECK(fa_transfer_take(a, raced[k]) == value);
            CHECK_EQ(fa_release(a, value), FA_OK);
        }
        atomic_fetch_add(&busy, 1);
    }
    return NULL;
}

static void send_round(size_t number)
{
    CHECK_EQ(fa_frame_begin(a), FA_OK);
    for (size_t k = 0; k < RACED; k++) {
        atomic_store(&winners[k], 0);
        CHECK(fa_transfer_alloc(a, 100, 16, &raced[k]) != NULL);
        CHECK_EQ(fa_transfer_send(a, raced[k]), FA_OK);
    }
    atomic_store(&busy, 0);
    atomic_store(&round_number, number);
    CHECK_EQ(fa_frame_end(a), FA_OK);
    while (atomic_load(&busy) != THREADS)
        (void)sched_yield();
    for (size_t k = 0; k < RACED; k++)
        CHECK_EQ(atomic_load(&winners[k]), 1);
}

static void one_of_many_receives(void)
{
    pthread_t threads[THREADS];
    size_t rounds = scaled(500);
    a = fa_allocator_create(NULL);
    REQUIRE(a != NULL);
    capture_mute(a);
    atomic_store(&round_number, 0);
    for (size_t i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, race, &rounds) == 0);
    for (size_t i = 1; i <= rounds; i++)
        send_round(i);
    for (size_t i = 0; i < THREADS; i++)
        (void)pthread_join(threads[i], NULL);
    check_figures(rounds * RACED);
    fa_allocator_release(a);
}

CHECK_MAIN(CASE(values_go_round), CASE(one_of_many_receives))
