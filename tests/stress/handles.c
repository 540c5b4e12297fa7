/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Handles used, pinned and freed by several threads while others compact what they lie in. */
#include "capture.h"
#include "clock.h"
#include "figures.h"
#include "pattern.h"

#include <pthread.h>

enum { USERS = 3, MOVERS = 2, LONGEST_SECONDS = 30, REGION_BYTES = 256 << 10 };

static fa_allocator *a;
static atomic_bool finished;
static atomic_ullong moved;

static bool start(void)
{
    a = fa_allocator_create(NULL);
    if (!CHECK(a != NULL))
        return false;
    capture_mute(a);
    atomic_store(&finished, false);
    atomic_store(&moved, 0);
    return true;
}

static fa_handle_stats stats_of(void)
{
    fa_handle_stats stats = FA_HANDLE_STATS_INIT;
    CHECK_EQ(fa_handle_get_stats(a, &stats), FA_OK);
    return stats;
}

/* Nothing is left. Threads that found no room at once may each have made a region; one of them is used then, the others
 * wait empty for the next block. */
static void finish(void)
{
    fa_handle_stats stats = stats_of();
    CHECK_EQ(stats.live_count, 0);
    CHECK_EQ(stats.live_bytes, 0);
    CHECK_EQ(stats.pinned, 0);
    CHECK_EQ(stats.allocations, stats.frees);
    CHECK_EQ(stats.moved, atomic_load(&moved));
    CHECK_EQ(stats.regions, 0);
    CHECK_EQ(stats.reserved_bytes, stats.regions * REGION_BYTES);
    fa_stats all = figures(a);
    check_adds_up(&all);
    CHECK_EQ(all.heap.live_count, stats.regions);
    fa_allocator_release(a);
}

/* Lets those go on who wait for a lock that is not fair. */
static void rest(void)
{
    const struct timespec moment = {.tv_nsec = 50000};
    (void)nanosleep(&moment, NULL);
}

/* Steps of every kind. Two movers may meet: one of them is told so then. */
static void *compact(void *user)
{
    dice *d = user;
    while (!atomic_load(&finished)) {
        fa_defragmentation done = FA_DEFRAGMENTATION_INIT;
        size_t kind = dice_below(d, 4);
        fa_status status = kind == 0   ? fa_handle_defragment(a, &done)
                           : kind == 1 ? fa_handle_defragment_step(a, 0, 20000, &done)
                                       : fa_handle_defragment_step(a, dice_size(d, 16) + 1, 0, &done);
        CHECK(status == FA_OK || status == FA_ERROR_BUSY);
        atomic_fetch_add(&moved, done.moved);
        rest();
    }
    return NULL;
}

static void run(void *(*use)(void *), size_t movers)
{
    pthread_t users[USERS];
    pthread_t compactors[MOVERS];
    dice dices[USERS + MOVERS];
    for (size_t i = 0; i < USERS + MOVERS; i++)
        dices[i].state = i << 32;
    for (size_t i = 0; i < USERS; i++)
        REQUIRE(pthread_create(&users[i], NULL, use, &dices[i]) == 0);
    for (size_t i = 0; i < movers; i++)
        REQUIRE(pthread_create(&compactors[i], NULL, compact, &dices[USERS + i]) == 0);
    for (size_t i = 0; i < USERS; i++)
        (void)pthread_join(users[i], NULL);
    atomic_store(&finished, true);
    for (size_t i = 0; i < movers; i++)
        (void)pthread_join(compactors[i], NULL);
}

/* Whether to go on: until the work is done and blocks were moved meanwhile, however few cores there are. */
static bool more(size_t round, size_t work, double deadline)
{
    return round < work || (atomic_load(&moved) < work / 50 + 1 && clock_seconds() < deadline);
}

enum { OWN = 200 };

typedef struct item {
    fa_handle id;
    size_t size;
    size_t align;
    uint64_t key;
    unsigned pins;
    const void *pinned;
} item;

static void fill(fa_handle id, size_t size, uint64_t key)
{
    void *memory = fa_handle_pin(a, id);
    REQUIRE(memory != NULL);
    pattern_fill(memory, size, key);
    CHECK_EQ(fa_handle_unpin(a, id), FA_OK);
}

static void take(item *it, dice *d)
{
    *it = (item){.size = dice_size(d, 17) + 1, .align = (size_t)1 << dice_below(d, 9), .key = dice_next(d)};
    REQUIRE(fa_handle_alloc(a, it->size, it->align, &it->id) == FA_OK);
    fill(it->id, it->size, it->key);
}

static void pin(item *it)
{
    const void *memory = fa_handle_pin(a, it->id);
    REQUIRE(memory != NULL);
    CHECK(it->pins == 0 || memory == it->pinned);
    CHECK(aligned_to(memory, it->align));
    CHECK(pattern_holds(memory, it->size, it->size, it->key));
    it->pinned = memory;
    it->pins++;
}

static void unpin(item *it)
{
    if (it->pins == 0) {
        CHECK_EQ(fa_handle_unpin(a, it->id), FA_ERROR_UNBALANCED);
        return;
    }
    CHECK(fa_handle_resolve(a, it->id) == it->pinned);
    CHECK(pattern_holds(it->pinned, it->size, it->size, it->key));
    CHECK_EQ(fa_handle_unpin(a, it->id), FA_OK);
    it->pins--;
}

static void drop(item *it)
{
    CHECK_EQ(fa_handle_size(a, it->id), it->size);
    CHECK_EQ(fa_handle_free(a, it->id), it->pins == 0 ? FA_OK : FA_ERROR_PINNED);
    if (it->pins != 0)
        return;
    CHECK(fa_handle_resolve(a, it->id) == NULL);
    *it = (item){0};
}

static void act(item *it, dice *d)
{
    size_t choice = dice_below(d, 10);
    if (it->id == 0)
        take(it, d);
    else if (choice < 5)
        drop(it);
    else if (choice < 7)
        pin(it);
    else
        unpin(it);
}

static void *use_own(void *user)
{
    dice *d = user;
    item items[OWN] = {0};
    size_t work = scaled(60000);
    double deadline = clock_seconds() + LONGEST_SECONDS;
    for (size_t i = 0; more(i, work, deadline) && atomic_load(&check_failures) == 0; i++)
        act(&items[dice_below(d, OWN)], d);
    for (size_t i = 0; i < OWN; i++) {
        while (items[i].pins > 0)
            unpin(&items[i]);
        if (items[i].id != 0)
            drop(&items[i]);
    }
    return NULL;
}

static void pinned_blocks_stay_and_others_keep_their_bytes(void)
{
    if (!start())
        return;
    run(use_own, MOVERS);
    CHECK(atomic_load(&moved) > 0);
    finish();
}

enum { SHARED = 256 };

/* What all threads know. A place is refilled by whoever freed it. */
static _Atomic fa_handle shared[SHARED];
static atomic_ullong freed;

/* Size and content follow from the key, which lies in front. */
static void share(size_t place, dice *d)
{
    fa_handle id;
    uint64_t key = dice_next(d);
    size_t size = sizeof key + (size_t)(key % 6000);
    REQUIRE(fa_handle_alloc(a, size, 16, &id) == FA_OK);
    unsigned char *memory = fa_handle_pin(a, id);
    REQUIRE(memory != NULL);
    memcpy(memory, &key, sizeof key);
    pattern_fill(memory + sizeof key, size - sizeof key, key);
    CHECK_EQ(fa_handle_unpin(a, id), FA_OK);
    atomic_store(&shared[place], id);
}

/* Nobody frees what is pinned, so that all of it is there even if others try to. */
static void look(fa_handle id)
{
    uint64_t key;
    const unsigned char *memory = fa_handle_pin(a, id);
    if (memory == NULL) {
        CHECK_EQ(fa_last_status(), FA_ERROR_STALE);
        return;
    }
    memcpy(&key, memory, sizeof key);
    size_t rest = (size_t)(key % 6000);
    CHECK_EQ(fa_handle_size(a, id), sizeof key + rest);
    CHECK(pattern_holds(memory + sizeof key, rest, rest, key));
    CHECK(fa_handle_resolve(a, id) == memory);
    CHECK_EQ(fa_handle_free(a, id), FA_ERROR_PINNED);
    CHECK_EQ(fa_handle_unpin(a, id), FA_OK);
}

/* A place names one block until the one thread that could free it puts the next one there. */
static void contend(size_t place, dice *d)
{
    fa_handle id = atomic_load(&shared[place]);
    fa_status status = fa_handle_free(a, id);
    CHECK(status == FA_OK || status == FA_ERROR_STALE || status == FA_ERROR_PINNED);
    if (status != FA_OK)
        return;
    CHECK_EQ(atomic_load(&shared[place]), id);
    CHECK_EQ(fa_handle_valid(a, id), 0);
    CHECK(fa_handle_pin(a, id) == NULL);
    CHECK_EQ(fa_handle_unpin(a, id), FA_ERROR_STALE);
    CHECK_EQ(fa_handle_free(a, id), FA_ERROR_STALE);
    atomic_fetch_add(&freed, 1);
    share(place, d);
}

static void *use_shared(void *user)
{
    dice *d = user;
    size_t work = scaled(100000);
    double deadline = clock_seconds() + LONGEST_SECONDS;
    for (size_t i = 0; more(i, work, deadline) && atomic_load(&check_failures) == 0; i++) {
        size_t place = dice_below(d, SHARED);
        if (dice_below(d, 3) == 0)
            contend(place, d);
        else
            look(atomic_load(&shared[place]));
    }
    return NULL;
}

static void share_all(void)
{
    dice d = {1};
    atomic_store(&freed, 0);
    for (size_t i = 0; i < SHARED; i++)
        share(i, &d);
}

static void free_shared(void)
{
    for (size_t i = 0; i < SHARED; i++) {
        look(atomic_load(&shared[i]));
        CHECK_EQ(fa_handle_free(a, atomic_load(&shared[i])), FA_OK);
    }
}

static void one_thread_frees_and_the_id_is_dead(void)
{
    if (!start())
        return;
    share_all();
    run(use_shared, MOVERS);
    CHECK(atomic_load(&moved) > 0);
    CHECK(atomic_load(&freed) > 0);
    CHECK_EQ(stats_of().live_count, SHARED);
    CHECK_EQ(stats_of().frees, atomic_load(&freed));
    free_shared();
    finish();
}

static atomic_ullong told;
static atomic_ullong kept;

/* Ids that are not known to all yet may still lack their content. */
static bool known(fa_handle id)
{
    for (size_t i = 0; i < SHARED; i++) {
        if (atomic_load(&shared[i]) == id)
            return true;
    }
    return false;
}

/* Uses what it is told of; others may have freed that by now, but it is moved by nobody else. */
static void use_relocated(void *user, fa_handle id, const void *before, void *after, size_t size)
{
    CHECK(user == &told && before != after);
    atomic_fetch_add(&told, 1);
    const void *memory = fa_handle_pin(a, id);
    if (memory == NULL)
        return;
    CHECK(memory == after);
    CHECK_EQ(fa_handle_size(a, id), size);
    CHECK(fa_handle_moves(a, id) > 0);
    CHECK_EQ(fa_handle_defragment_step(a, 0, 0, NULL), FA_ERROR_BUSY);
    CHECK_EQ(fa_handle_unpin(a, id), FA_OK);
    if (!known(id))
        return;
    look(id);
    atomic_fetch_add(&kept, 1);
}

static void relocations_are_told_while_others_free(void)
{
    if (!start())
        return;
    atomic_store(&told, 0);
    atomic_store(&kept, 0);
    share_all();
    CHECK_EQ(fa_handle_set_relocated(a, use_relocated, &told), FA_OK);
    run(use_shared, 1);
    CHECK_EQ(atomic_load(&told), atomic_load(&moved));
    CHECK(atomic_load(&kept) > 0);
    CHECK_EQ(fa_handle_set_relocated(a, NULL, NULL), FA_OK);
    free_shared();
    finish();
}

enum { MANY = 30000 };

/* Ids published while the table grows. */
static _Atomic fa_handle grown[MANY];
static atomic_size_t reserved;

/* Leaves a hole in front, so that there is something to move. */
static void grow(size_t at)
{
    fa_handle id;
    fa_handle hole;
    REQUIRE(fa_handle_alloc(a, 1000, 8, &hole) == FA_OK);
    REQUIRE(fa_handle_alloc_zeroed(a, 8 + at % 50, 8, &id) == FA_OK);
    fill(id, 8, at);
    atomic_store(&grown[at], id);
    CHECK_EQ(fa_handle_free(a, hole), FA_OK);
}

static void look_at_grown(size_t at)
{
    fa_handle id = atomic_load(&grown[at]);
    if (id == 0)
        return;
    CHECK(fa_handle_resolve(a, id) != NULL);
    CHECK_EQ(fa_handle_valid(a, id), 1);
    const unsigned char *memory = fa_handle_pin(a, id);
    REQUIRE(memory != NULL);
    CHECK(pattern_holds(memory, 8, 8, at));
    CHECK(all_bytes(memory + 8, at % 50, 0));
    CHECK_EQ(fa_handle_unpin(a, id), FA_OK);
}

static void *use_grown(void *user)
{
    dice *d = user;
    size_t most = scaled(MANY);
    double deadline = clock_seconds() + LONGEST_SECONDS;
    for (size_t at; (at = atomic_fetch_add(&reserved, 1)) < most;) {
        grow(at);
        for (int i = 0; i < 4; i++)
            look_at_grown(dice_below(d, at + 1));
    }
    for (size_t i = 0; more(i, most, deadline) && atomic_load(&check_failures) == 0; i++)
        look_at_grown(dice_below(d, most));
    return NULL;
}

static void ids_resolve_while_the_table_grows(void)
{
    size_t most = scaled(MANY);
    if (!start())
        return;
    atomic_store(&reserved, 0);
    run(use_grown, 1);
    CHECK(atomic_load(&moved) > 0);
    CHECK_EQ(stats_of().live_count, most);
    for (size_t i = 0; i < most; i++) {
        look_at_grown(i);
        CHECK_EQ(fa_handle_free(a, atomic_load(&grown[i])), FA_OK);
        CHECK_EQ(fa_handle_valid(a, atomic_load(&grown[i])), 0);
    }
    finish();
}

CHECK_MAIN(CASE(pinned_blocks_stay_and_others_keep_their_bytes), CASE(one_thread_frees_and_the_id_is_dead),
           CASE(relocations_are_told_while_others_free), CASE(ids_resolve_while_the_table_grows))
