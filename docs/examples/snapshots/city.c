/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* A make-believe city that uses memory in every way there is, to be watched with framealloc-top:
 *
 *     mkdir /tmp/city && city /tmp/city 60 & framealloc-top /tmp/city
 *
 * The main thread simulates and draws frames, two threads plan routes and play sound, one loads districts through a
 * stream whose budget is too small for all of them. The traffic grows until its budget stops it. */
#include <framealloc/framealloc.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CARS = 4000, DISTRICTS = 40, ROUTES = 64, MIB = 1 << 20, KIB = 1 << 10 };

static fa_allocator *a;
static fa_stream *districts;
static atomic_bool stop;
static void *cars[CARS];
static _Atomic(void *) routes[ROUTES];
static size_t refused;
static size_t labels;

static unsigned next_random(unsigned *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void rest(long milliseconds)
{
    (void)nanosleep(&(struct timespec){0, milliseconds * 1000000L}, NULL);
}

static void limit_tag(const char *path, uint64_t soft, uint64_t hard, int32_t policy)
{
    fa_budget budget = FA_BUDGET_INIT;
    budget.soft_limit = soft;
    budget.hard_limit = hard;
    budget.policy = policy;
    (void)fa_budget_set_tag(a, fa_tag_get(a, path), &budget);
}

static void set_budgets(void)
{
    fa_budget whole = FA_BUDGET_INIT;
    whole.soft_limit = 48 * (uint64_t)MIB;
    whole.hard_limit = 64 * (uint64_t)MIB;
    (void)fa_budget_set_global(a, &whole);
    limit_tag("simulation", 0, 4 * (uint64_t)MIB, FA_BUDGET_FAIL);
    limit_tag("simulation::traffic", 700 * (uint64_t)KIB, 800 * (uint64_t)KIB, FA_BUDGET_FAIL);
    limit_tag("simulation::routes", 0, 2 * (uint64_t)MIB, FA_BUDGET_WARN);
    limit_tag("drawing", 0, 6 * (uint64_t)MIB, FA_BUDGET_ALLOW);
    limit_tag("sound", 300 * (uint64_t)KIB, 0, FA_BUDGET_ALLOW);
}

/* One car more or less now and then; when the budget is met, ten go home. */
static void simulate_traffic(unsigned *dice)
{
    FA_TAG_SCOPE(a, "traffic") {
        for (unsigned i = 0; i < 24; i++) {
            void **car = &cars[next_random(dice) % CARS];
            if (*car != NULL && i % 3 != 0)
                continue;
            (void)fa_release(a, *car);
            *car = i % 3 == 0 ? NULL : fa_pool_try_alloc(a, 200 + next_random(dice) % 200, 16);
            refused += i % 3 != 0 && *car == NULL;
        }
    }
}

static void simulate_people(unsigned *dice)
{
    FA_TAG_SCOPE(a, "people") {
        unsigned crowd = 200 + next_random(dice) % 400;
        for (unsigned i = 0; i < crowd; i++) {
            float *person = fa_frame_alloc_array(a, 12, sizeof(float), sizeof(float));
            if (person != NULL)
                person[0] = (float)i;
        }
    }
}

static void draw(unsigned *dice, unsigned frame)
{
    FA_TAG_SCOPE(a, "drawing") {
        FA_TAG_SCOPE(a, "vertices") {
            size_t bytes = (size_t)(256 + frame % 512) * KIB;
            char *vertices = fa_frame_alloc(a, bytes, 64);
            if (vertices != NULL)
                memset(vertices, (int)frame, bytes);
        }
        FA_TAG_SCOPE(a, "text") {
            for (unsigned i = 0; i < 40; i++)
                labels += fa_frame_printf(a, NULL, "%u cars wait at crossing %u", next_random(dice) % 90, i) != NULL;
        }
    }
}

static void one_frame(unsigned *dice, unsigned frame)
{
    (void)fa_frame_begin(a);
    FA_TAG_SCOPE(a, "simulation") {
        simulate_traffic(dice);
        simulate_people(dice);
    }
    draw(dice, frame);
    (void)fa_frame_end(a);
}

/* Routes are planned here and forgotten anywhere: blocks that go home to another lane. */
static void *plan_routes(void *of)
{
    unsigned dice = 7;
    (void)of;
    (void)pthread_setname_np(pthread_self(), "routes");
    (void)fa_tag_push(a, fa_tag_get(a, "simulation::routes"));
    while (!atomic_load(&stop)) {
        (void)fa_frame_begin(a);
        void *open_set = fa_frame_alloc(a, 64 * KIB, 16);
        void *route = fa_heap_alloc(a, (size_t)(1 + next_random(&dice) % 40) * KIB, 16);
        if (open_set != NULL && route != NULL)
            memset(route, 1, KIB);
        (void)fa_release(a, atomic_exchange(&routes[next_random(&dice) % ROUTES], route));
        (void)fa_frame_end(a);
        rest(8);
    }
    (void)fa_tag_pop(a);
    return NULL;
}

static void *play_sound(void *of)
{
    unsigned dice = 11;
    (void)of;
    (void)pthread_setname_np(pthread_self(), "sound");
    (void)fa_tag_push(a, fa_tag_get(a, "sound"));
    while (!atomic_load(&stop)) {
        void *voice = fa_heap_alloc(a, (size_t)(16 + next_random(&dice) % 400) * KIB, 64);
        void *mix = fa_scratch_alloc(a, 32 * KIB, 64);
        rest(mix == NULL ? 1 : 20);
        (void)fa_scratch_reset(a);
        (void)fa_release(a, voice);
    }
    (void)fa_tag_pop(a);
    return NULL;
}

static void visit(fa_asset *district, size_t size)
{
    void *memory;
    if (*district == 0 && fa_stream_reserve(districts, size, FA_PRIORITY_NORMAL, "district", district) != FA_OK)
        return;
    if (fa_stream_access(districts, *district, NULL) != NULL ||
        fa_stream_begin_load(districts, *district, &memory) != FA_OK)
        return;
    memset(memory, 1, KIB);
    (void)fa_stream_finish_load(districts, *district);
}

static void *load_districts(void *of)
{
    fa_asset assets[DISTRICTS] = {0};
    unsigned dice = 13;
    (void)of;
    (void)pthread_setname_np(pthread_self(), "loader");
    (void)fa_tag_push(a, fa_tag_get(a, "districts"));
    for (unsigned step = 0; !atomic_load(&stop); step++) {
        unsigned next = (step / 16 + next_random(&dice) % 12) % DISTRICTS;
        visit(&assets[next], (size_t)(200 + 17 * next) * KIB);
        rest(12);
    }
    (void)fa_tag_pop(a);
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *))
{
    if (pthread_create(thread, NULL, run, NULL) != 0)
        exit(1);
}

/* A mistake, for the list of reports. */
static void make_a_mistake(void)
{
    char local = 0;
    char *volatile pointer = &local;
    (void)fa_release(a, pointer); // fa-lint: allow(FA611)
}

static void run_city(double seconds)
{
    pthread_t threads[3];
    unsigned dice = 3;
    start(&threads[0], plan_routes);
    start(&threads[1], play_sound);
    start(&threads[2], load_districts);
    for (unsigned frame = 0; frame < (unsigned)(seconds * 60); frame++) {
        one_frame(&dice, frame);
        if (frame % 97 == 13)
            make_a_mistake();
        if (frame % 5 == 4)
            (void)fa_release(a, atomic_exchange(&routes[next_random(&dice) % ROUTES], NULL));
        rest(16);
    }
    atomic_store(&stop, true);
    for (unsigned i = 0; i < 3; i++)
        (void)pthread_join(threads[i], NULL);
}

static void ignore_report(void *user, const fa_diagnostic *diagnostic)
{
    (void)user;
    (void)diagnostic;
}

int main(int count, char **arguments)
{
    fa_snapshot_config config = FA_SNAPSHOT_CONFIG_INIT;
    config.folder = count > 1 ? arguments[1] : ".";
    config.name = "city";
    config.kept = 120;
    double seconds = count > 2 ? strtod(arguments[2], NULL) : 60;
    a = fa_allocator_create(NULL);
    if (a == NULL || fa_snapshot_configure(a, &config) != FA_OK)
        return 1;
    (void)fa_diagnostic_set_sink(a, ignore_report, NULL);
    fa_stream_config store = FA_STREAM_CONFIG_INIT;
    store.budget = 8 * (uint64_t)MIB;
    districts = fa_stream_create(a, &store);
    set_budgets();
    run_city(seconds);
    fa_snapshot_stats stats = FA_SNAPSHOT_STATS_INIT;
    (void)fa_snapshot_get_stats(a, &stats);
    printf("%llu snapshots in %s, the longest took %.2f ms; %zu cars found no room, %zu labels were drawn\n",
           (unsigned long long)stats.written, config.folder, (double)stats.longest_ns / 1e6, refused, labels);
    fa_allocator_release(a);
    return stats.written == 0;
}
