/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A frame pipeline: the simulation writes frame n while the renderer, on another thread, reads frame n - 1. The draw list
 * lies in the simulation's frame. A token holds that frame when it ends, and the renderer gives the token up when it has
 * drawn; nothing is copied, and a barrier keeps the two one frame apart.
 */
#include <framealloc/framealloc.h>
#include <pthread.h>
#include <stdio.h>

enum { FRAMES = 200, OBJECTS = 3000 };

struct draw {
    uint32_t object;
    float depth;
};

struct draw_list {
    struct draw *draws;
    uint32_t count;
    uint32_t frame;
    fa_frame_token token;
};

static fa_allocator *a;
static fa_barrier boundary;
static struct draw_list lists[2]; /* One is written while the other is read. */
static uint64_t drawn, wrong;

/* Every third object, another one each frame, nearest last. */
static int simulate(uint32_t frame, struct draw_list *list)
{
    if (fa_frame_begin(a) != FA_OK)
        return 0;
    *list = (struct draw_list){fa_frame_new(a, struct draw, OBJECTS), 0, frame, 0};
    for (uint32_t i = frame % 3; list->draws != NULL && i < OBJECTS; i += 3)
        list->draws[list->count++] = (struct draw){i, (float)(OBJECTS - i)};
    return list->draws != NULL && fa_frame_hold(a, &list->token) == FA_OK && fa_frame_end(a) == FA_OK;
}

static void draw(const struct draw_list *list)
{
    for (uint32_t i = 0; i < list->count; i++)
        wrong += list->draws[i].object != list->frame % 3 + 3 * i || list->draws[i].depth != (float)(OBJECTS - list->draws[i].object);
    drawn += list->count;
}

static void *render(void *user)
{
    for (uint32_t frame = 1; frame <= FRAMES; frame++) {
        wrong += fa_barrier_wait(a, boundary) != FA_OK;
        struct draw_list *list = &lists[(frame - 1) % 2];
        draw(list);
        wrong += fa_frame_token_release(a, list->token) != FA_OK;
    }
    return user;
}

static int run_frames(void)
{
    int ok = 1;
    for (uint32_t frame = 0; frame < FRAMES; frame++) {
        ok = simulate(frame, &lists[frame % 2]) && ok;
        ok = fa_barrier_wait(a, boundary) == FA_OK && ok;
    }
    return ok;
}

int main(void)
{
    pthread_t renderer;
    a = fa_allocator_create(NULL);
    if (a == NULL || fa_barrier_create(a, "frame boundary", 2, &boundary) != FA_OK ||
        pthread_create(&renderer, NULL, render, NULL) != 0)
        return 1;
    int ok = run_frames();
    pthread_join(renderer, NULL);
    fa_barrier_stats stats = FA_BARRIER_STATS_INIT;
    ok = fa_barrier_get_stats(a, boundary, &stats) == FA_OK && stats.generation == FRAMES && ok;
    printf("%u frames simulated, %llu objects drawn one frame later, %llu wrong; %llu times somebody waited\n", FRAMES,
           (unsigned long long)drawn, (unsigned long long)wrong, (unsigned long long)stats.waits);
    return fa_allocator_destroy(a, 0) == FA_OK && ok && wrong == 0 && drawn == (uint64_t)FRAMES * OBJECTS / 3 ? 0 : 1;
}
